import type { Verdict } from '../../src/plugin/plugin.ts';
import { tlsFault } from './tls-fault.ts';
import { fail, silence, unknown } from './verdicts.ts';

/** Where a conversation was when it broke. */
export interface Progress {
  /** `10.0.0.1:554`, for the detail. */
  readonly peer: string;
  readonly connected: boolean;
  /** Bytes that came from the server. The kernel's SYN-ACK is not the server speaking. */
  readonly heard: number;
  /** What was waited for: `OPTIONS`. */
  readonly waitingFor: string;
  /** `handshake`: still in it, and `heard` counts its bytes. `done`: the server has spoken, whatever `heard` says. */
  readonly tls?: 'handshake' | 'done';
}

/**
 * The verdict on a socket error (names of errno(3), and of what OpenSSL has against a peer). What is not known to be
 * the server's doing is `unknown`: no descriptors, no memory, no local port, forbidden by our own firewall or sandbox.
 */
export function networkFault(error: Error, at: Progress): Verdict {
  const code = errorCode(error);
  const detail = `${at.peer}: ${code}, ${howFar(at)}`;
  const tls = tlsFault(code);
  if (tls !== null) return fail(tls, detail);
  switch (code) {
    case 'ECONNREFUSED':
      return fail('refused', detail);
    // A reset may overtake both the end of our connect and our request: one fault, one wording.
    case 'ECONNRESET':
    case 'ECONNABORTED':
      // In a handshake Node says so of an orderly end, too.
      if (at.tls === 'handshake') return closedEarly(at);
      return fail(at.heard === 0 ? `reset after ${at.waitingFor}` : 'truncated answer', `${detail}${hint(at)}`);
    // The peer closed while we were still writing.
    case 'EPIPE':
      return closedEarly(at);
    case 'EHOSTUNREACH':
      return silence('host unreachable', detail);
    case 'ENETUNREACH':
      return silence('network unreachable', detail);
    case 'ETIMEDOUT':
      return silence(noAnswer(at), detail);
    default:
      return unknown(`cannot connect: ${code}`, detail);
  }
}

export function closedEarly(at: Progress): Verdict {
  const detail = `${at.peer}: closed, ${howFar(at)}`;
  if (at.tls === 'handshake') return fail('tls: closed in the handshake', detail);
  return fail(at.heard === 0 ? 'closed without an answer' : 'truncated answer', `${detail}${hint(at)}`);
}

function hint(at: Progress): string {
  return at.tls === undefined && at.connected && at.heard === 0 ? '; a port that wants TLS does so, too' : '';
}

export function lateVerdict(at: Progress, afterMs: number): Verdict {
  const detail = `${at.peer}: ${howFar(at)} in ${afterMs} ms`;
  if (at.heard > 0) return fail(at.tls === 'handshake' ? 'tls: unfinished handshake' : unfinished(at), detail);
  // A program shook hands with us: it is no longer silence alone.
  return at.tls === 'done' ? fail(noAnswer(at), detail) : silence(noAnswer(at), detail);
}

function unfinished(at: Progress): string {
  return `unfinished answer to ${at.waitingFor}`;
}

function noAnswer(at: Progress): string {
  if (at.tls === 'handshake') return 'tls: no answer to the handshake';
  return `no answer to ${at.connected ? at.waitingFor : 'TCP connect'}`;
}

function howFar(at: Progress): string {
  if (!at.connected) return 'not connected';
  if (at.tls === 'handshake') return `${at.heard} bytes of a TLS handshake received`;
  return at.heard === 0 ? `connected, no answer to ${at.waitingFor}` : `${at.heard} bytes received`;
}

/** The peer ended the connection, one way or the other. */
export function isHangUp(error: Error): boolean {
  const code = errorCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

export function errorCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
