/** Runs one check: its deadline, a second attempt beside a silent first one, and the causes of no verdict at all. */
import type { Observation } from '../../core/model.ts';
import { lateToleranceMs } from '../../core/witness.ts';
import { type Check, Deadline, type Target, type Trace, type Verdict } from '../../plugin/plugin.ts';
import type { Cancel, Clock, Log } from '../../ports.ts';
import { errorText } from '../../text.ts';

export interface Run {
  readonly observation: Observation;
  readonly startedMs: number;
  /** How late the deadline timer was; 0 when it was not reached. */
  readonly lateByMs: number;
}

export interface RunLimits {
  readonly timeoutMs: number;
  /** After so long without a verdict another attempt starts; at least `timeoutMs`: never. */
  readonly hedgeMs: number;
}

export const noTrace: Trace = { phase() {}, sent() {}, received() {}, note() {} };

/** A check that does not obey its deadline is left behind after this long. */
const graceMs = 100;
/** A timer later than this gives the sockets one more look before the deadline is called. */
const secondLookMs = 5;

/** The reason of an attempt that lost to its twin, or of a run that was called off; one for all, since it says it all. */
const calledOff = new Error('called off');

/** Never rejects. `signal` calls the run off: then the observation is `unknown` and to be dropped. */
export function runCheck(
  check: Check,
  target: Target,
  limits: RunLimits,
  world: { readonly clock: Clock; readonly log: Log; readonly trace?: Trace; readonly signal?: AbortSignal },
): Promise<Run> {
  const { clock, log, trace = noTrace, signal } = world;
  const atMs = clock.wallMs();
  const startedMs = clock.monoMs();
  const pending = new Set<AbortController>();
  let lateByMs = 0;
  let settled = false;
  let silent: Verdict | null = null;
  let cancelTimer: Cancel = () => {};

  return new Promise((resolve) => {
    const settle = (verdict: Verdict): void => {
      if (settled) return;
      settled = true;
      cancelTimer();
      signal?.removeEventListener('abort', callOff);
      for (const attempt of pending) attempt.abort(calledOff);
      const observation: Observation = { ...verdict, atMs, tookMs: clock.monoMs() - startedMs };
      resolve({ observation, startedMs, lateByMs });
    };
    const callOff = (): void => settle({ status: 'unknown', summary: 'called off' });

    const attempt = (): void => {
      const controller = new AbortController();
      pending.add(controller);
      check(target, { signal: controller.signal, trace, log, clock }).then(
        (verdict) => {
          pending.delete(controller);
          if (verdict.silent !== true) return settle(verdict);
          // Silence is the answer only when no other attempt may still hear something.
          silent ??= verdict;
          if (pending.size === 0) settle(silent);
        },
        (error: unknown) => {
          pending.delete(controller);
          if (settled) return;
          log.error({ server: target.server, err: error }, 'a check is broken');
          settle({
            status: 'unknown',
            summary: `the check is broken: ${errorText(error)}`,
          });
        },
      );
    };

    const deadline = (): void => {
      for (const attempt of pending) attempt.abort(new Deadline(limits.timeoutMs));
      cancelTimer = clock.after(graceMs, () => {
        settle({ status: 'unknown', summary: 'the check did not obey its deadline' });
      });
    };
    const tick = (): void => {
      const elapsedMs = clock.monoMs() - startedMs;
      const leftMs = limits.timeoutMs - elapsedMs;
      // Timers may come a fraction early.
      if (leftMs > 1) {
        attempt();
        cancelTimer = clock.after(Math.min(limits.hedgeMs, leftMs), tick);
        return;
      }
      lateByMs = Math.max(0, elapsedMs - limits.timeoutMs);
      if (lateByMs > secondLookMs && lateByMs <= lateToleranceMs) cancelTimer = clock.after(0, deadline);
      else deadline();
    };

    if (signal?.aborted) return callOff();
    signal?.addEventListener('abort', callOff, { once: true });
    attempt();
    if (!settled) cancelTimer = clock.after(Math.min(limits.hedgeMs, limits.timeoutMs), tick);
  });
}
