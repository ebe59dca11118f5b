import {
  type Check,
  type CheckContext,
  Deadline,
  type Phase,
  type Trace,
  type Verdict,
} from '../../src/plugin/plugin.ts';
import type { Clock, Log } from '../../src/ports.ts';
import { systemClock } from '../../src/system/clock.ts';

export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

const noTrace: Trace = { phase() {}, sent() {}, received() {}, note() {} };

export const loopback = { server: 'edge1', address: '127.0.0.1' };

export function contextOf(signal: AbortSignal, trace: Trace = noTrace): CheckContext {
  return { signal, trace, log: quietLog, clock: systemClock };
}

/** The check as at another time. */
export function timed(check: Check, clock: Partial<Clock>): Check {
  return (target, context) => check(target, { ...context, clock: { ...context.clock, ...clock } });
}

/** Runs a check as the daemon does: with a deadline, and nothing else to stop it. */
export async function runCheck(check: Check, deadlineMs = 5000, target = loopback): Promise<Verdict> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Deadline(deadlineMs)), deadlineMs);
  try {
    return await check(target, contextOf(abort.signal));
  } finally {
    clearTimeout(timer);
  }
}

export interface Recorded {
  readonly phases: Phase[];
  sent: string;
  received: string;
}

export function recordTrace(): { readonly trace: Trace; readonly recorded: Recorded } {
  const recorded: Recorded = { phases: [], sent: '', received: '' };
  const text = (bytes: Uint8Array | string) =>
    typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
  const trace: Trace = {
    phase(name) {
      recorded.phases.push(name);
    },
    sent(bytes) {
      recorded.sent += text(bytes);
    },
    received(bytes) {
      recorded.received += text(bytes);
    },
    note() {},
  };
  return { trace, recorded };
}
