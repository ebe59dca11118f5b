import type { Verdict } from '../../src/plugin/plugin.ts';
import { tlsFault } from './tls-fault.ts';
import { fail, silence, unknown } from './verdicts.ts';

/** The state of a conversation when it failed. */
export interface Progress {
  /** `10.0.0.1:554`, for the detail. */
  readonly peer: string;
  readonly connected: boolean;
  /** Bytes received from the server. The kernel's SYN-ACK is not an answer of the server. */
  readonly heard: number;
  /** What we were waiting for: `OPTIONS`. */
  readonly waitingFor: string;
  /** `handshake`: during the handshake, and `heard` counts its bytes. `done`: the server has answered, whatever `heard` is. */
  readonly tls?: 'handshake' | 'done';
}

/**
 * The verdict on a socket error (names of errno(3), and OpenSSL's complaints about a peer). Anything that is not known to be
 * the server's fault is `unknown`: no descriptors, memory or local port, or forbidden by our own firewall or sandbox.
 */
export function networkFault(error: Error, at: Progress): Verdict {
  const code = errorCode(error);
  const detail = `${at.peer}: ${code}, ${howFar(at)}`;
  const tls = tlsFault(code);
  if (tls !== null) return fail(tls, detail);
  switch (code) {
    case 'ECONNREFUSED':
      return fail('refused', detail);
    // A reset may arrive before our connect or our request is complete: the same words for the same fault.
    case 'ECONNRESET':
    case 'ECONNABORTED':
      // During a handshake Node also reports an orderly close this way.
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
  // A program completed the handshake: this is no longer mere silence.
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

/** The peer ended the connection, by close or by reset. */
export function isHangUp(error: Error): boolean {
  const code = errorCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

export function errorCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
