/** Runs one check: its deadline, a second attempt next to a silent first one, and the reasons for having no verdict. */
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
  /** Another attempt starts after this long without a verdict; never, when it is `timeoutMs` or more. */
  readonly hedgeMs: number;
}

export const noTrace: Trace = { phase() {}, sent() {}, received() {}, note() {} };

/** A check that does not respect its deadline is abandoned after this long. */
const graceMs = 100;
/** When the timer is later than this, sockets are read once more before the deadline applies. */
const lateTimerMs = 5;

/** Why an attempt ends that lost to its twin, or whose run was cancelled. */
const calledOff = new Error('called off');

/** Never rejects. `signal` cancels the run: then the observation is `unknown` and must be dropped. */
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
          // Silence is the verdict only when no other attempt may still hear something.
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
      if (lateByMs > lateTimerMs && lateByMs <= lateToleranceMs) cancelTimer = clock.after(0, deadline);
      else deadline();
    };

    if (signal?.aborted) return callOff();
    signal?.addEventListener('abort', callOff, { once: true });
    attempt();
    if (!settled) cancelTimer = clock.after(Math.min(limits.hedgeMs, limits.timeoutMs), tick);
  });
}
