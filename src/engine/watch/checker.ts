/** One run of a check, from its deadline to the verdict that counts, and what starts it outside its interval. */
import { logLines } from '../../api/log-lines.ts';
import { alarmMs, patience, rerunAfterMs, usualAfter } from '../../core/beat.ts';
import type { CheckId, Observation } from '../../core/model.ts';
import { isFalling } from '../../core/observe.ts';
import { isLate } from '../../core/pulse.ts';
import { weigh } from '../../core/witness.ts';
import type { Cancel, Clock, Log } from '../../ports.ts';
import type { Board, CheckRecord } from './board.ts';
import type { Pulses } from './pulses.ts';
import { runCheck } from './runner.ts';

export interface CheckerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly board: () => Board;
  readonly pulses: Pulses;
  /** Addresses of the references. */
  readonly references: () => readonly string[];
  /** What counts of an observation, before anything follows from it. */
  readonly judged: (check: CheckRecord, observation: Observation) => Promise<Observation>;
  readonly onObservation: (check: CheckRecord, observation: Observation) => void;
  readonly runNow: (id: CheckId) => void;
}

export interface Checker {
  /** For the scheduler: resolves to when it wants to run again, in ms, or null for its interval. */
  run(id: CheckId): Promise<number | null>;
  /** A held connection of this check closed. */
  tripped(id: CheckId): void;
  /** The host at this address went dark. */
  wentDark(address: string): void;
  /** Aborts running checks; their verdicts are dropped. */
  stop(): void;
}

/** The other checks of a tripped server start this much later: earlier they would only delay its confirmation. */
const siblingsAfterMs = 50;

export function createChecker(options: CheckerOptions): Checker {
  const { clock, log, board, pulses, references, judged, onObservation, runNow } = options;
  const running = new Map<CheckId, AbortController>();
  /** Timers of the checks next to a tripped one, by address. */
  const siblings = new Map<string, Cancel>();

  async function run(id: CheckId): Promise<number | null> {
    const record = board().checks.get(id);
    if (record === undefined) return null;
    const { address } = record.target;
    const { timing } = record.config.monitor;
    const { network } = record.monitor;
    const dark = network && pulses.isDark(address);
    const confirmsSilence = network && isFalling(record.state) && record.last?.silent === true;
    const limits = patience(timing, { usualMs: record.usualMs, dark, confirmsSilence });
    // A program is started once, and a failing server gets no second attempt at the same time.
    const hedgeMs = network && record.state.status !== 'fail' ? limits.hedgeMs : Number.POSITIVE_INFINITY;
    const controller = new AbortController();
    running.set(id, controller);
    const world = { clock, log, signal: controller.signal };
    const done = await runCheck(record.check, record.target, { timeoutMs: limits.timeoutMs, hedgeMs }, world);
    const seen = await judged(record, done.observation);
    running.delete(id);
    if (controller.signal.aborted || board().checks.get(id) !== record) return null;

    const wasShortened = limits.timeoutMs < timing.timeoutMs && dark;
    const observation = judge(seen, done.startedMs, done.lateByMs, address, wasShortened);
    log.debug({ check: id, ...observation, lateByMs: done.lateByMs }, logLines.observation);
    if (observation.status === 'ok') record.usualMs = usualAfter(record.usualMs, observation.tookMs);
    if (record.alarm !== null) ageAlarm(record, record.alarm, address);
    onObservation(record, observation);
    return rerunAfterMs(record.state, observation, timing, record.alarm);
  }

  function judge(
    seen: Observation,
    startedMs: number,
    lateByMs: number,
    address: string,
    wasShortened: boolean,
  ): Observation {
    const pulse = pulses.state(address);
    const answered = seen.status !== 'unknown' && seen.silent !== true;
    if (answered && pulses.isDark(address)) pulses.distrust(address);
    // The shortened timeout of a dark host only counts while the host is dark.
    if (wasShortened && !pulses.isDark(address) && seen.silent === true) {
      return {
        ...seen,
        status: 'unknown',
        summary: `${seen.summary} within the shortened timeout, but the host is up`,
      };
    }
    const heard = references().flatMap((one) => {
      const state = pulses.state(one);
      const { heardAtMs, steadySinceMs } = state;
      if (heardAtMs === null) return [];
      return [{ heardMs: isLate(state, clock.monoMs()) ? Number.NEGATIVE_INFINITY : heardAtMs, steadySinceMs }];
    });
    const silentSinceMs = Math.min(startedMs, pulse.silentSinceMs ?? startedMs);
    return weigh(seen, { startedMs, silentSinceMs, lateByMs, hostHeardMs: pulse.heardAtMs, references: heard });
  }

  function ageAlarm(record: CheckRecord, alarm: NonNullable<CheckRecord['alarm']>, address: string): void {
    const over = alarm.cause === 'dark' ? !pulses.isDark(address) : clock.monoMs() - alarm.sinceMs > alarmMs;
    record.alarm = over ? null : { ...alarm, runs: alarm.runs + 1 };
  }

  function checksAt(address: string): CheckRecord[] {
    return [...board().checks.values()].filter((check) => check.target.address === address && check.monitor.network);
  }

  return {
    run,
    tripped(id) {
      const tripped = board().checks.get(id);
      if (tripped === undefined) return;
      log.debug({ check: id }, 'a held connection closed');
      tripped.alarm = { cause: 'tripwire', sinceMs: clock.monoMs(), runs: 0 };
      runNow(id);
      const { address } = tripped.target;
      siblings.get(address)?.();
      siblings.set(
        address,
        clock.after(siblingsAfterMs, () => {
          siblings.delete(address);
          for (const check of checksAt(address)) if (check.alarm === null) runNow(check.id);
        }),
      );
    },
    wentDark(address) {
      for (const check of checksAt(address)) {
        log.debug({ check: check.id }, 'the host went dark');
        if (check.state.status === 'fail') continue;
        check.alarm = { cause: 'dark', sinceMs: clock.monoMs(), runs: 0 };
        // A run with the full deadline would only delay the new one.
        running.get(check.id)?.abort();
        runNow(check.id);
      }
    },
    stop() {
      for (const controller of running.values()) controller.abort();
      for (const cancel of siblings.values()) cancel();
    },
  };
}
