/** Whether people are told now, and why. The words are mon's: alertafter, alertevery, numalerts, upalert, ack. */
import type { Incident } from './incident.ts';

export interface TellRule {
  readonly alertafterMs: number;
  readonly alerteveryMs: number | null;
  readonly numalerts: number | null;
  readonly upalert: boolean;
}

/** What this alert was told of this incident so far. */
export interface TellMemory {
  readonly count: number;
  readonly last: { readonly atMs: number; readonly status: Incident['status']; readonly summary: string } | null;
  readonly recovered: boolean;
}

export const nothingTold: TellMemory = { count: 0, last: null, recovered: false };

export type Telling =
  | {
      readonly send: 'down' | 'overloaded' | 'changed' | 'reminder' | 'recovered';
      readonly because: 'first' | 'worsened' | 'summary changed' | 'alertevery' | 'recovered';
    }
  | {
      readonly hold:
        | 'disabled'
        | 'acked'
        | 'alertafter'
        | 'alertevery'
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
  if (incident.closedMs !== null) {
    if (memory.recovered) return { hold: 'told', untilMs: null };
    if (memory.count === 0) return { hold: 'no alert sent', untilMs: null };
    return rule.upalert ? { send: 'recovered', because: 'recovered' } : { hold: 'upalert off', untilMs: null };
  }
  if (disabled) return { hold: 'disabled', untilMs: null };
  if (rule.numalerts !== null && memory.count >= rule.numalerts) return { hold: 'numalerts', untilMs: null };
  const { last } = memory;
  const state = incident.status === 'fail' ? 'down' : 'overloaded';
  if (last === null) {
    const fromMs = incident.openedMs + rule.alertafterMs;
    return nowMs < fromMs ? { hold: 'alertafter', untilMs: fromMs } : { send: state, because: 'first' };
  }
  if (last.status === 'overloaded' && incident.status === 'fail') return { send: 'down', because: 'worsened' };
  if (incident.ack !== null) return { hold: 'acked', untilMs: null };
  if (last.summary !== incident.summary) return { send: 'changed', because: 'summary changed' };
  if (rule.alerteveryMs === null) return { hold: 'told', untilMs: null };
  const againMs = last.atMs + rule.alerteveryMs;
  return nowMs < againMs ? { hold: 'alertevery', untilMs: againMs } : { send: 'reminder', because: 'alertevery' };
}
