/** Law 1: our own problem is `unknown`, never `fail`. A failure that rests on silence alone needs a second witness. */
import type { Observation } from './model.ts';

export interface Witnesses {
  /** When the run that was silent began, monotonic ms. */
  readonly startedMs: number;
  /** When the silence began, which may be long before the run. */
  readonly silentSinceMs: number;
  /** How late our own deadline timer was. */
  readonly lateByMs: number;
  /** The last sign of life of the same host (its kernel answered a pulse), or null. */
  readonly hostHeardMs: number | null;
  /** The references that ever answered: the last answer, and the end of a longer silence before, or null. */
  readonly references: readonly { readonly heardMs: number; readonly steadySinceMs: number | null }[];
}

/** A timer later than this means that we slept, not the server. */
export const lateToleranceMs = 150;

/**
 * When our own network is back, not all hosts are back at the same time: an address that could not be resolved is asked
 * for again after a second (`retrans_time_ms`, arp(7)), and so is a lost SYN (RFC 6298 section 2).
 */
export const settleMs = 2000;

/** The observation, or `unknown` in its place when the silence may be ours. */
export function weigh(seen: Observation, witnesses: Witnesses): Observation {
  const { startedMs, silentSinceMs, lateByMs, hostHeardMs, references } = witnesses;
  if (seen.status !== 'fail') return seen;
  // Also when half an answer was read: the other half may lie in the kernel.
  if (lateByMs > lateToleranceMs) return doubt(seen, 'timers', 'our own timers were late');
  if (seen.silent !== true) return seen;
  if (hostHeardMs !== null && hostHeardMs >= silentSinceMs) return seen;
  if (references.length === 0) return seen;
  const heard = references.filter(({ heardMs }) => heardMs >= silentSinceMs);
  if (heard.length === 0) return doubt(seen, 'reference', 'the reference is silent too');
  const isSettled = heard.some(({ steadySinceMs }) => steadySinceMs === null || startedMs >= steadySinceMs + settleMs);
  return isSettled ? seen : doubt(seen, 'reference', 'the reference was silent until just now');
}

function doubt(seen: Observation, doubtedBy: NonNullable<Observation['doubtedBy']>, why: string): Observation {
  return { ...seen, status: 'unknown', doubtedBy, summary: `${seen.summary}, but ${why}` };
}
