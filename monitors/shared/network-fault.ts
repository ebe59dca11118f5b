import type { Verdict } from '../../src/plugin.ts';
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
}

/**
 * The verdict on a socket error (names of errno(3)). What is not known to be the server's doing is `unknown`:
 * no descriptors, no memory, no local port, forbidden by our own firewall or sandbox.
 */
export function networkFault(error: Error, at: Progress): Verdict {
  const code = errorCode(error);
  const detail = `${at.peer}: ${code}, ${howFar(at)}`;
  switch (code) {
    case 'ECONNREFUSED':
      return fail('refused', detail);
    // A reset may overtake both the end of our connect and our request: one fault, one wording.
    case 'ECONNRESET':
    case 'ECONNABORTED':
      return fail(at.heard === 0 ? `reset after ${at.waitingFor}` : 'truncated answer', detail);
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
  return fail(at.heard === 0 ? 'closed without an answer' : 'truncated answer', `${at.peer}: closed, ${howFar(at)}`);
}

export function lateVerdict(at: Progress, afterMs: number): Verdict {
  const detail = `${at.peer}: ${howFar(at)} in ${afterMs} ms`;
  return at.heard === 0 ? silence(noAnswer(at), detail) : fail(`unfinished answer to ${at.waitingFor}`, detail);
}

function noAnswer(at: Progress): string {
  return `no answer to ${at.connected ? at.waitingFor : 'TCP connect'}`;
}

function howFar(at: Progress): string {
  if (!at.connected) return 'not connected';
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
