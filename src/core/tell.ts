/** Whether people are told now, and why. The words are mon's: alertafter, alertevery, numalerts, upalert, ack. */
import { flapMs, type Incident } from './incident.ts';

export interface TellRule {
  readonly alertafterMs: number;
  readonly alerteveryMs: number | null;
  readonly numalerts: number | null;
  readonly upalert: boolean;
}

/** What this alert was told of this incident so far. */
export interface TellMemory {
  /** Since the last recovery that was told. */
  readonly count: number;
  readonly last: { readonly atMs: number; readonly status: Incident['status']; readonly summary: string } | null;
  /** The last word was that it recovered. */
  readonly recovered: boolean;
  /** How often it was told to be down again after it had been better. */
  readonly relapses: number;
}

export const nothingTold: TellMemory = { count: 0, last: null, recovered: false, relapses: 0 };

/** After so many relapses a server flaps: what it is must last before it is told. */
const relapsesToFlap = 2;
const steadyMs = 60_000;

export type Telling =
  | {
      readonly send: 'down' | 'overloaded' | 'changed' | 'reminder' | 'recovered';
      readonly because: 'first' | 'relapsed' | 'worsened' | 'summary changed' | 'alertevery' | 'recovered';
    }
  | {
      readonly hold:
        | 'disabled'
        | 'acked'
        | 'alertafter'
        | 'alertevery'
        | 'flapping'
        | 'numalerts'
        | 'no alert sent'
        | 'upalert off'
        | 'told';
      /** Wall ms at which time alone would change the answer; null: never. */
      readonly untilMs: number | null;
    };

export function tell(
  rule: TellRule,
  memory: TellMemory,
  incident: Incident,
  disabled: boolean,
  nowMs: number,
): Telling {
  const { last } = memory;
  const flaps = memory.relapses >= relapsesToFlap;
  if (incident.closedMs !== null) {
    if (memory.recovered) return { hold: 'told', untilMs: null };
    if (memory.count === 0) return { hold: 'no alert sent', untilMs: null };
    const untilMs = incident.closedMs + calmMs(memory);
    if (flaps && nowMs < untilMs) return { hold: 'flapping', untilMs };
    return rule.upalert ? { send: 'recovered', because: 'recovered' } : { hold: 'upalert off', untilMs: null };
  }
  if (disabled) return { hold: 'disabled', untilMs: null };
  if (rule.numalerts !== null && memory.count >= rule.numalerts) return { hold: 'numalerts', untilMs: null };
  const state = incident.status === 'fail' ? 'down' : 'overloaded';
  const sinceMs = incident.problems[0]?.sinceMs ?? incident.openedMs;
  if (last === null || memory.recovered) {
    const fromMs = (last === null ? incident.openedMs : sinceMs) + rule.alertafterMs;
    if (nowMs < fromMs) return { hold: 'alertafter', untilMs: fromMs };
    if (flaps && nowMs < sinceMs + steadyMs) return { hold: 'flapping', untilMs: sinceMs + steadyMs };
    return { send: state, because: last === null ? 'first' : 'relapsed' };
  }
  if (last.status === 'overloaded' && incident.status === 'fail') return { send: 'down', because: 'worsened' };
  if (incident.ack !== null) return { hold: 'acked', untilMs: null };
  const againMs = rule.alerteveryMs === null ? null : last.atMs + rule.alerteveryMs;
  const changed = last.summary !== incident.summary;
  const steadyAtMs = flaps ? Math.max(sinceMs + steadyMs, last.atMs + calmMs(memory)) : nowMs;
  if (changed && nowMs >= steadyAtMs) return { send: 'changed', because: 'summary changed' };
  if (againMs !== null && nowMs >= againMs) return { send: 'reminder', because: 'alertevery' };
  if (changed) return { hold: 'flapping', untilMs: Math.min(steadyAtMs, againMs ?? steadyAtMs) };
  return againMs === null ? { hold: 'told', untilMs: null } : { hold: 'alertevery', untilMs: againMs };
}

/** How long a flapping server must have been better before that is told: longer each time it was told in vain. */
function calmMs({ relapses }: TellMemory): number {
  return Math.min(flapMs, steadyMs * 2 ** (relapses - relapsesToFlap));
}

/** The memory after this was told. */
export function remember(
  before: TellMemory,
  kind: Extract<Telling, { send: unknown }>['send'],
  incident: Pick<Incident, 'status' | 'summary'>,
  atMs: number,
): TellMemory {
  if (kind === 'recovered') return { ...before, count: 0, recovered: true };
  const { status, summary } = incident;
  const worsened = before.last?.status === 'overloaded' && status === 'fail';
  return {
    count: before.count + 1,
    last: { atMs, status, summary },
    recovered: false,
    relapses: before.relapses + (before.recovered || (worsened && before.count > 1) ? 1 : 0),
  };
}
