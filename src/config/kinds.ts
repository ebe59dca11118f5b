/** Entries with a `type`: the keys that all have, and the options of the plugin of that type. */
import type { z } from 'zod';
import type { Schema } from '../plugin/fields.ts';
import type { Alert, Monitor } from '../plugin/plugin.ts';
import { type Entry, isMap, type Loading, parseEntry, parsePart } from './entry.ts';
import { alertTrial, monitorTrial } from './plugins/guard.ts';
import type { Path } from './problems.ts';
import {
  type AlertEntry,
  alertSchema,
  type MonitorEntry,
  monitorSchema,
  type SteeringEntry,
  steeringSchema,
  steeringTypes,
} from './schema.ts';
import { secretKeys } from './schema-walk.ts';
import { keepSecret, readSecretFiles, secretFileKeys } from './secrets.ts';
import { showValue } from './show.ts';
import { didYouMean } from './suggest.ts';
import { valueAt } from './wording.ts';

export interface Plugins {
  readonly monitors: ReadonlyMap<string, Monitor>;
  readonly alerts: ReadonlyMap<string, Alert>;
  /** Types that files of the configuration's own brought. */
  readonly own?: OwnTypes;
}

interface OwnTypes {
  readonly monitors: ReadonlySet<string>;
  readonly alerts: ReadonlySet<string>;
  /** False: a file has a problem, and a type that is unknown may be one of it. */
  readonly isWhole: boolean;
}

/** `options` is undefined when they are wrong, or the type is unknown. */
export interface TypedEntry<T, Plugin> extends Entry<T> {
  readonly plugin: Plugin | null;
  readonly options: unknown;
}

export type MonitorDraft = TypedEntry<MonitorEntry, Monitor>;
export type AlertDraft = TypedEntry<AlertEntry, Alert> | Entry<SteeringEntry>;

export function parseMonitor(path: Path, plugins: Plugins, loading: Loading): MonitorDraft {
  const plugin = pluginOf(path, 'monitor', plugins, plugins.monitors, [], loading);
  const draft = parseTyped(monitorSchema(plugin ?? {}), plugin, path, loading);
  if (plugin === null || draft.options === undefined || !plugins.own?.monitors.has(plugin.type)) return draft;
  return tried(draft, monitorTrial(plugin, draft.options), plugin.type, loading);
}

export function parseAlert(path: Path, plugins: Plugins, loading: Loading): AlertDraft {
  const type = valueAt(loading.value, [...path, 'type']);
  if (steeringTypes.some((steering) => steering === type)) return parseEntry(steeringSchema, path, loading);
  const plugin = pluginOf(path, 'alert', plugins, plugins.alerts, steeringTypes, loading);
  const draft = parseTyped(alertSchema, plugin, path, loading);
  if (plugin === null || draft.options === undefined || !plugins.own?.alerts.has(plugin.type)) return draft;
  return tried(draft, alertTrial(plugin, draft.options), plugin.type, loading);
}

/** A plugin from outside that cannot do with its own options is a problem now, not when the engine takes it over. */
function tried<D extends TypedEntry<unknown, unknown>>(
  draft: D,
  fault: string | null,
  type: string,
  { report }: Loading,
): D {
  if (fault === null) return draft;
  report([...draft.path, 'type'], `the plugin of \`${type}\` failed: ${fault}`);
  return { ...draft, whole: null, options: undefined };
}

function pluginOf<Plugin>(
  path: Path,
  noun: string,
  { own }: Plugins,
  plugins: ReadonlyMap<string, Plugin>,
  others: readonly string[],
  { value, written, report, mute }: Loading,
): Plugin | null {
  const type = valueAt(value, [...path, 'type']);
  const known = [...others, ...plugins.keys()];
  if (isMap(valueAt(value, path)) && type === undefined) {
    report([...path, 'type'], `missing key \`type\`, expected one of ${known.join(', ')}`);
    mute([...path, 'type']);
  }
  if (typeof type !== 'string' || type === '') return null;
  const plugin = plugins.get(type);
  if (plugin !== undefined) return plugin;
  if (own?.isWhole === false) return null;
  const shown = showValue(valueAt(written, [...path, 'type']));
  const hint = didYouMean(type, known);
  report([...path, 'type'], `unknown ${noun} type ${shown}, expected one of ${known.join(', ')}${hint}`);
  return null;
}

function parseTyped<C extends z.ZodObject, Plugin extends { readonly options: Schema }>(
  common: C,
  plugin: Plugin | null,
  path: Path,
  loading: Loading,
): TypedEntry<z.output<C>, Plugin> {
  const value = valueAt(loading.value, path);
  if (!isMap(value)) return { ...parseEntry(common, path, loading), plugin: null, options: undefined };
  const all = plugin === null ? value : readSecretFiles(value, plugin.options, path, loading);
  const isCommon = ([key]: readonly [string, unknown]) => Object.hasOwn(common.shape, key);
  const base = parsePart(common, path, bare(Object.entries(all).filter(isCommon)), loading);
  if (plugin === null) return { path, ...base, whole: null, plugin, options: undefined };

  const schema = plugin.options.strict();
  const rest = bare(Object.entries(all).filter((pair) => !isCommon(pair)));
  const moreKeys = [...Object.keys(common.shape), ...secretFileKeys(schema)];
  const options = parsePart(schema, path, rest, loading, moreKeys);
  for (const key of secretKeys(schema)) keepSecret(options.fields[key], loading.secrets);
  const whole = options.whole === null ? null : base.whole;
  return { path, whole, fields: base.fields, plugin, options: options.whole ?? undefined };
}

function bare(pairs: readonly (readonly [string, unknown])[]): object {
  const map: Record<string, unknown> = Object.create(null);
  for (const [key, value] of pairs) map[key] = value;
  return map;
}
