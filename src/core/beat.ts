/** When a check runs, and how long it may take. Times are monotonic ms. */
import type { Observation } from './model.ts';
import { type CheckState, isFalling } from './observe.ts';

export interface Pace {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retryIntervalMs: number;
}

/** The beat after the one that was due: on the same grid; beats that passed meanwhile are skipped and counted. */
export function nextBeat(
  dueMs: number,
  intervalMs: number,
  nowMs: number,
): { readonly dueMs: number; readonly missed: number } {
  const missed = Math.max(0, Math.floor((nowMs - dueMs) / intervalMs));
  return { dueMs: dueMs + (missed + 1) * intervalMs, missed };
}

/** Where in its interval a check runs, from its name alone: restarts do not bunch the checks. FNV-1a. */
export function phaseMs(name: string, intervalMs: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return ((hash >>> 0) / 2 ** 32) * intervalMs;
}

/** A reason to look again at once, and how often we did so for it. */
export interface Alarm {
  readonly cause: 'tripwire' | 'dark';
  readonly sinceMs: number;
  readonly runs: number;
}

/** A tripwire's alarm is over after this long without a bad verdict: the server only hung up on an idle client. */
export const alarmMs = 300;

/**
 * How long to wait before the next run when it should not wait for its beat; null: the beat.
 * A bad verdict is confirmed at the retry interval, or at once where the alarm leaves no doubt: the host is dark,
 * or a held connection closed and the server's own answer was bad. A good verdict just after a tripwire may have come
 * from a process that was still dying (its listening socket closes after its connections): look again, ever later.
 */
export function rerunAfterMs(state: CheckState, last: Observation, pace: Pace, alarm: Alarm | null): number | null {
  if (isFalling(state)) {
    const certain = alarm !== null && (alarm.cause === 'dark' || last.silent !== true);
    return certain && last.status === 'fail' ? 0 : Math.max(0, pace.retryIntervalMs - last.tookMs);
  }
  if (alarm?.cause === 'tripwire' && state.status !== 'fail') return 2 * 2 ** Math.min(alarm.runs, 7);
  return null;
}

/** How much of a new measurement goes into the usual duration. */
const slowerShare = 0.2;
const quickerShare = 0.5;

/** How long a good answer usually takes. Slow ones, as a start or a burst of load brings, are soon forgotten. */
export function usualAfter(usualMs: number | null, tookMs: number): number {
  if (usualMs === null) return tookMs;
  return usualMs + (tookMs < usualMs ? quickerShare : slowerShare) * (tookMs - usualMs);
}

/**
 * The deadline of a run, and how far apart further attempts start beside silent ones. Early, whatever is usual: after a
 * lost SYN the kernel waits a second (RFC 6298 section 2), so one attempt fails as often as the network loses a packet.
 */
export function patience(
  pace: Pace,
  now: { readonly usualMs: number | null; readonly dark: boolean; readonly confirmsSilence: boolean },
): { readonly timeoutMs: number; readonly hedgeMs: number } {
  const usualMs = now.usualMs ?? pace.timeoutMs;
  const timeoutMs = runTimeoutMs(pace.timeoutMs, usualMs, now);
  return { timeoutMs, hedgeMs: usualMs > timeoutMs / 2 ? timeoutMs / 2 : timeoutMs / 4 };
}

/** Short for a dark host, half where a quick server is silent for the second time in a row, else as configured. */
function runTimeoutMs(
  fullMs: number,
  usualMs: number,
  now: { readonly dark: boolean; readonly confirmsSilence: boolean },
): number {
  if (now.dark) return Math.min(fullMs, Math.max(100, 8 * usualMs));
  return now.confirmsSilence && usualMs * 20 <= fullMs ? fullMs / 2 : fullMs;
}
