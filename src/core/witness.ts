/** Law 1: our own trouble is `unknown`, never `fail`. A failure that rests on silence alone needs a second witness. */
import type { Observation } from './model.ts';

export interface Witnesses {
  /** When the silence began, monotonic ms. */
  readonly silentSinceMs: number;
  /** How late our own deadline timer was. */
  readonly lateByMs: number;
  /** The last sign of life of the same host (its kernel answered a pulse), or null. */
  readonly hostHeardMs: number | null;
  /** The last answer of each reference that ever answered. */
  readonly referencesHeardMs: readonly number[];
}

/** A timer later than this means that we slept, not the server. */
export const lateToleranceMs = 150;

/** The observation, or `unknown` in its place when the silence may be ours. */
export function weigh(seen: Observation, witnesses: Witnesses): Observation {
  if (seen.status !== 'fail' || seen.silent !== true) return seen;
  const { silentSinceMs, lateByMs, hostHeardMs, referencesHeardMs } = witnesses;
  if (lateByMs > lateToleranceMs) return doubt(seen, 'our own timers were late');
  if (hostHeardMs !== null && hostHeardMs >= silentSinceMs) return seen;
  if (referencesHeardMs.length === 0) return seen;
  return referencesHeardMs.some((heardMs) => heardMs >= silentSinceMs)
    ? seen
    : doubt(seen, 'the reference is silent too');
}

function doubt(seen: Observation, why: string): Observation {
  return { ...seen, status: 'unknown', summary: `${seen.summary}, but ${why}` };
}
