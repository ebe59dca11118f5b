/** Reads the exports of a plugin's module: its monitors and alerts, or what is wrong with them. */
import { z } from 'zod';
import { parseDurationMs } from '../../plugin/fields.ts';
import type { Alert, Monitor } from '../../plugin/plugin.ts';
import { errorText } from '../../text.ts';
import { asMap } from '../entry.ts';
import { alertSchema, balancerKinds } from '../sections/alerts.ts';
import { monitorSchema } from '../sections/monitors/monitors.ts';
import { showValue } from '../show.ts';
import type { Plugins } from '../typed.ts';

export interface ModuleParts {
  readonly monitors: readonly Monitor[];
  readonly alerts: readonly Alert[];
  /** Empty: everything is valid. */
  readonly faults: readonly string[];
}

const typeShape = /^[a-z][a-z0-9_]{0,39}$/;

/** `known`: the types that exist already. */
export function judgeModule(exported: unknown, known: Plugins): ModuleParts {
  const all = asMap(exported);
  // `export default { monitors }` works, too.
  const given = [all, asMap(all['default'])].find(isPlugin) ?? all;
  const faults: string[] = [];
  if (!isPlugin(given)) {
    const names = Object.keys(given);
    const got = names.length === 0 ? 'no exports' : `the exports ${names.map((name) => `\`${name}\``).join(', ')}`;
    return { monitors: [], alerts: [], faults: [`expected an export \`monitors\` or \`alerts\`, got ${got}`] };
  }
  const valid = <T>(key: 'monitors' | 'alerts', faultOf: (value: unknown, known: Plugins) => string | null) =>
    listOf(given[key], key, faults).filter((value, at): value is T => {
      const fault = faultOf(value, known);
      if (fault !== null) faults.push(`${key}[${at}]: ${fault}`);
      return fault === null;
    });
  const monitors = valid<Monitor>('monitors', monitorFault);
  const alerts = valid<Alert>('alerts', alertFault);
  for (const [noun, list] of [['monitor', monitors] as const, ['alert', alerts] as const]) {
    const types = list.map(({ type }) => type);
    for (const type of new Set(types.filter((type, at) => types.indexOf(type) !== at)))
      faults.push(`duplicate ${noun} type \`${type}\`, expected each once`);
  }
  return { monitors, alerts, faults };
}

function isPlugin(given: Readonly<Record<string, unknown>>): boolean {
  return given['monitors'] !== undefined || given['alerts'] !== undefined;
}

function listOf(value: unknown, name: string, faults: string[]): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  faults.push(`expected \`${name}\` to be a list, got ${kindOf(value)}`);
  return [];
}

function monitorFault(value: unknown, known: Plugins): string | null {
  const monitor = asMap(value);
  const { interval, onLimit, network, timingNote } = monitor;
  if (typeof monitor['prepare'] !== 'function' || typeof monitor['tripwirePort'] !== 'function')
    return `expected a monitor made with \`defineMonitor\`, got ${kindOf(value)}`;
  const fault = commonFault(monitor, 'monitor', [...known.monitors.keys()], Object.keys(monitorSchema().shape));
  if (fault !== null) return fault;
  if (typeof network !== 'boolean') return `expected \`network\` to be true or false, got ${showValue(network)}`;
  if (interval !== undefined && (typeof interval !== 'string' || (parseDurationMs(interval) ?? 0) < 10))
    return `expected an \`interval\` such as 10s, got ${showValue(interval)}`;
  if (onLimit !== undefined && onLimit !== 'drain' && onLimit !== 'warn')
    return `expected \`onLimit\` to be drain or warn, got ${showValue(onLimit)}`;
  return timingNote === undefined || typeof timingNote === 'string' ? null : 'expected `timingNote` to be text';
}

function alertFault(value: unknown, known: Plugins): string | null {
  const alert = asMap(value);
  if (typeof alert['prepare'] !== 'function' || typeof alert['recipients'] !== 'function')
    return `expected an alert made with \`defineAlert\`, got ${kindOf(value)}`;
  return commonFault(alert, 'alert', [...balancerKinds, ...known.alerts.keys()], Object.keys(alertSchema.shape));
}

function commonFault(
  { type, about, options }: Readonly<Record<string, unknown>>,
  noun: string,
  known: readonly string[],
  common: readonly string[],
): string | null {
  if (typeof type !== 'string' || !typeShape.test(type))
    return `expected a \`type\` of small letters, digits and \`_\`, got ${showValue(type)}`;
  if (known.includes(type)) return `there is a ${noun} of type \`${type}\` already, expected another name`;
  if (typeof about !== 'string' || about === '') return `\`${type}\`: expected one line \`about\` it, got nothing`;
  const read = optionKeys(options);
  if ('fault' in read) return `\`${type}\`: ${read.fault}`;
  const taken = read.keys.find((key) => common.includes(key));
  return taken === undefined
    ? null
    : `\`${type}\`: expected another name for the option \`${taken}\`, every ${noun} has it`;
}

function kindOf(value: unknown): string {
  return typeof value === 'function' ? 'a function' : showValue(value);
}

/** The names of the options. Options made with another copy of zod work, too, as long as its version is the same. */
function optionKeys(options: unknown): { readonly keys: readonly string[] } | { readonly fault: string } {
  if (!(options instanceof z.ZodObject)) return { fault: 'expected `options` made with field.object' };
  try {
    z.toJSONSchema(options, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
    return { keys: Object.keys(options.shape) };
  } catch (error) {
    return { fault: `its \`options\` are no schema: ${errorText(error)}` };
  }
}
