/** Section `alerts`: who is notified, and which balancers' pools obey the checks of a watch. */
import { z } from 'zod';
import { field } from '../../plugin/fields.ts';
import type { Alert } from '../../plugin/plugin.ts';
import { type Entry, type Loading, parseEntry, type Section, validOf } from '../entry.ts';
import type { DeepReadonly } from '../freeze.ts';
import { alertTrial } from '../plugins/guard.ts';
import type { Path } from '../problems.ts';
import { type Plugins, parseTyped, type TypedEntry } from '../typed.ts';
import { valueAt } from '../wording.ts';

export const balancerKinds = ['ipvs', 'haproxy', 'memory'] as const;
export type BalancerKind = (typeof balancerKinds)[number];

/** An alert whose type is a balancer sends nothing: it is the switch by which that balancer's pools obey a watch. */
export const steeringSchema = z.strictObject({
  type: z.enum(balancerKinds).describe('The pools of this balancer obey the checks of the watch'),
});

export const alertSchema = z.strictObject({
  type: field.text().describe('Which alert'),
  alertafter: field.duration().prefault('0s').describe('Failing for this long before the first notice'),
  alertevery: z
    .union([field.duration(1000), z.literal('none')], 'expected a duration such as 1h, at least 1s, or `none`')
    .prefault('1h')
    .describe('A reminder this often until acknowledged; `none` for no reminders'),
  numalerts: z
    .union([field.count(1, 1_000_000), z.literal('none')], 'expected a whole number from 1, or `none`')
    .default('none')
    .describe('At most this many notices for each incident, not counting the recovery; `none` for no limit'),
  upalert: field.flag().default(true).describe('A notice on recovery, if one was sent before'),
});

type NotifyingEntry = TypedEntry<z.output<typeof alertSchema>, Alert>;
export type AlertEntry = NotifyingEntry | Entry<z.output<typeof steeringSchema>>;
export type Alerts = Section<AlertEntry>;

/** When people are notified. The words are mon's. */
export type NoticeRule = DeepReadonly<ReturnType<typeof buildRule>>;

export interface AlertConfig {
  readonly name: string;
  readonly type: string;
  readonly options: unknown;
  readonly rule: NoticeRule;
}

export function parseAlert(path: Path, plugins: Plugins, loading: Loading): AlertEntry {
  const type = valueAt(loading.value, [...path, 'type']);
  if (balancerKinds.some((balancer) => balancer === type)) return parseEntry(steeringSchema, path, loading);
  const kind = {
    noun: 'alert' as const,
    plugins: plugins.alerts,
    own: plugins.own?.alerts,
    otherTypes: balancerKinds,
    schemaFor: () => alertSchema,
    trial: alertTrial,
  };
  return parseTyped(kind, path, plugins, loading);
}

/** The balancer whose pools obey, or null for an alert that notifies people. */
export function steeredBy(alert: AlertEntry | undefined): BalancerKind | null {
  return balancerKinds.find((balancer) => balancer === alert?.fields.type) ?? null;
}

/** Those that notify people. */
export function buildAlerts({ entries }: Alerts): ReadonlyMap<string, AlertConfig> {
  return new Map(
    [...entries].flatMap(([name, entry]) => {
      if (!('options' in entry)) return [];
      const { type, ...rule } = validOf(entry);
      return [[name, { name, type, options: entry.options, rule: buildRule(rule) }] as const];
    }),
  );
}

function buildRule({ alertafter, alertevery, numalerts, upalert }: Omit<z.output<typeof alertSchema>, 'type'>) {
  return {
    /** Failing for this long before the first notice. */
    alertafterMs: alertafter,
    /** A reminder this often while failing and not acknowledged; null: none. */
    alerteveryMs: alertevery === 'none' ? null : alertevery,
    /** At most this many notices for each incident, not counting the recovery; null: no limit. */
    numalerts: numalerts === 'none' ? null : numalerts,
    /** A notice on recovery, if one was sent before. */
    upalert,
  };
}
