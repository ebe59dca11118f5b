/** Entries with a `type`: the keys that all of them have, and the options of the plugin of that type. */
import type { z } from 'zod';
import type { Schema } from '../plugin/fields.ts';
import type { Alert, Monitor } from '../plugin/plugin.ts';
import { type Entry, isMap, type Loading, parseEntry, parsePart } from './entry.ts';
import type { Path } from './problems.ts';
import { secretKeys } from './schema-walk.ts';
import { keepSecret, readSecretFiles, secretFileKeys } from './secrets.ts';
import { showValue } from './show.ts';
import { didYouMean } from './suggest.ts';
import { valueAt } from './wording.ts';

export interface Plugins {
  readonly monitors: ReadonlyMap<string, Monitor>;
  readonly alerts: ReadonlyMap<string, Alert>;
  /** The types from the site's own plugin files. */
  readonly own?: OwnTypes;
}

interface OwnTypes {
  readonly monitors: ReadonlySet<string>;
  readonly alerts: ReadonlySet<string>;
  /** False: a plugin file could not be loaded, so an unknown type may be one of its types. */
  readonly isWhole: boolean;
}

export interface TypedEntry<T, Plugin> extends Entry<T> {
  /** null: the type is unknown. */
  readonly plugin: Plugin | null;
  /** undefined: they are invalid, or the type is unknown. */
  readonly options: unknown;
}

interface Kind<Common extends z.ZodObject, Plugin> {
  readonly noun: 'monitor' | 'alert';
  readonly plugins: ReadonlyMap<string, Plugin>;
  /** The types from the site's own plugin files. */
  readonly own: ReadonlySet<string> | undefined;
  /** Types that have no plugin. */
  readonly otherTypes: readonly string[];
  /** The keys that all entries have. */
  readonly schemaFor: (plugin: Plugin | null) => Common;
  /** Calls the plugin's functions with the options. Returns what is wrong, or null. */
  readonly trial: (plugin: Plugin, options: unknown) => string | null;
}

export function parseTyped<
  Common extends z.ZodObject,
  Plugin extends { readonly type: string; readonly options: Schema },
>(kind: Kind<Common, Plugin>, path: Path, { own }: Plugins, loading: Loading): TypedEntry<z.output<Common>, Plugin> {
  const plugin = pluginOf(kind, path, own, loading);
  const entry = parseParts(kind.schemaFor(plugin), plugin, path, loading);
  if (plugin === null || entry.options === undefined || !kind.own?.has(plugin.type)) return entry;
  // A plugin of the site that throws is a problem of the configuration, before the engine uses it.
  const fault = kind.trial(plugin, entry.options);
  if (fault === null) return entry;
  loading.report([...path, 'type'], `the plugin of \`${plugin.type}\` failed: ${fault}`);
  return { ...entry, valid: null, options: undefined };
}

function pluginOf<Plugin>(
  { noun, plugins, otherTypes }: Pick<Kind<z.ZodObject, Plugin>, 'noun' | 'plugins' | 'otherTypes'>,
  path: Path,
  own: OwnTypes | undefined,
  { value, written, report, mute }: Loading,
): Plugin | null {
  const type = valueAt(value, [...path, 'type']);
  const known = [...otherTypes, ...plugins.keys()];
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

function parseParts<Common extends z.ZodObject, Plugin extends { readonly options: Schema }>(
  common: Common,
  plugin: Plugin | null,
  path: Path,
  loading: Loading,
): TypedEntry<z.output<Common>, Plugin> {
  const value = valueAt(loading.value, path);
  if (!isMap(value)) return { ...parseEntry(common, path, loading), plugin: null, options: undefined };
  const all = plugin === null ? value : readSecretFiles(value, plugin.options, path, loading);
  const pick = (isCommon: boolean) =>
    bare(Object.entries(all).filter(([key]) => Object.hasOwn(common.shape, key) === isCommon));
  const { valid, fields } = parsePart(common, path, pick(true), loading);
  if (plugin === null) return { path, valid: null, fields, plugin, options: undefined };

  const schema = plugin.options.strict();
  const moreKeys = [...Object.keys(common.shape), ...secretFileKeys(schema)];
  const options = parsePart(schema, path, pick(false), loading, moreKeys);
  for (const key of secretKeys(schema)) keepSecret(options.fields[key], loading.secrets);
  return { path, valid: options.valid === null ? null : valid, fields, plugin, options: options.valid ?? undefined };
}

/** A map without a prototype, so that every key is only a key. */
function bare(pairs: readonly (readonly [string, unknown])[]): object {
  return Object.assign(Object.create(null), Object.fromEntries(pairs));
}
