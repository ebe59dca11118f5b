/** The status of a check from its verdicts: `fall` bad ones in a row make a status, `rise` good ones end it. */
import type { Observation, Status, VerdictStatus } from './model.ts';

/** Runs of verdicts. */
export interface CheckState {
  readonly status: Status;
  /** Verdicts in a row that were at least as bad, or at least as good, as named. */
  readonly run: { readonly fail: number; readonly notOk: number; readonly notFail: number; readonly ok: number };
  /** When the first bad verdict of the present run was made; null while the last verdict was ok. */
  readonly badSinceMs: number | null;
}

export interface Thresholds {
  readonly fall: number;
  readonly rise: number;
}

export interface Step {
  readonly from: Status;
  readonly to: VerdictStatus;
  readonly firstSeenMs: number;
}

export const untested: CheckState = {
  status: 'untested',
  run: { fail: 0, notOk: 0, notFail: 0, ok: 0 },
  badSinceMs: null,
};

/**
 * `unknown` changes nothing. `untested` becomes ok on one verdict, so that a start is quick, but falls only after
 * the full run, so that a restart with one lost packet depools nobody.
 */
export function observe(
  state: CheckState,
  seen: Pick<Observation, 'status' | 'atMs'>,
  rule: Thresholds,
): { readonly state: CheckState; readonly step: Step | null } {
  if (seen.status === 'unknown') return { state, step: null };
  const bad = seen.status !== 'ok';
  const run = {
    fail: seen.status === 'fail' ? state.run.fail + 1 : 0,
    notOk: bad ? state.run.notOk + 1 : 0,
    notFail: seen.status === 'fail' ? 0 : state.run.notFail + 1,
    ok: bad ? 0 : state.run.ok + 1,
  };
  const badSinceMs = bad ? (state.badSinceMs ?? seen.atMs) : null;
  const to = nextStatus(state.status, run, rule);
  const next: CheckState = { status: to, run, badSinceMs };
  if (to === state.status || to === 'untested') return { state: next, step: null };
  return { state: next, step: { from: state.status, to, firstSeenMs: badSinceMs ?? seen.atMs } };
}

function nextStatus(status: Status, run: CheckState['run'], { fall, rise }: Thresholds): Status {
  if (run.fail >= fall) return 'fail';
  if (status === 'untested' && run.ok > 0) return 'ok';
  if (status === 'untested' || status === 'ok') return run.notOk >= fall ? 'overloaded' : status;
  if (run.ok >= rise) return 'ok';
  return status === 'fail' && run.notFail >= rise ? 'overloaded' : status;
}

/** Between the first bad verdict and the status it leads to: checks then run at the retry interval. */
export function isFalling(state: CheckState): boolean {
  return (
    state.badSinceMs !== null && state.status !== 'fail' && !(state.status === 'overloaded' && state.run.fail === 0)
  );
}
