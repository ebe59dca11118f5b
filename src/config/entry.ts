/** Reads one map of the document with its schema. Valid keys of an invalid map are kept, so that later checks still see them. */
import type { z } from 'zod';
import type { Path, ReportLine, Where } from './problems.ts';
import { type Outside, readSecretFiles, secretFileKeys } from './secrets.ts';
import { showValue } from './show.ts';
import { type Failure, reportFailure, valueAt, wordIssue } from './wording.ts';

export interface Entry<T> {
  readonly path: Path;
  /** null: something in it is invalid, and has been reported. */
  readonly valid: T | null;
  /** The valid keys, as they are named in the document. */
  readonly fields: Partial<T>;
}

/** A section that is a map of names, such as `servers`. */
export interface Section<E> {
  /** False when the section is not even a map: then its names are unknown. */
  readonly readable: boolean;
  readonly entries: ReadonlyMap<string, E>;
}

export interface Loading extends Outside {
  /** The document with values from the environment in it. */
  readonly value: unknown;
  /** The document as it is written in the file. */
  readonly written: unknown;
  /** For messages at run time: `understudy.yaml:12`. */
  readonly whereIs: (path: Path) => Where;
  /** The folder of the configuration as it was named, for messages about other files. */
  readonly shownFolder: string;
  readonly reportLine: ReportLine;
}

export const nameShape = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

export function parseSection<E>(
  name: string,
  isRequired: boolean,
  parse: (path: Path) => E,
  { value, written, report }: Loading,
): Section<E> {
  const section = valueAt(value, [name]);
  if (section === undefined) {
    if (isRequired) report([name], `missing key \`${name}\`, expected a map`);
    return { readable: !isRequired, entries: new Map() };
  }
  if (!isMap(section)) {
    report([name], `expected a map of names, got ${showValue(valueAt(written, [name]))}`);
    return { readable: false, entries: new Map() };
  }
  const entries = new Map<string, E>();
  for (const key of Object.keys(section)) {
    const shape = 'expected a name of letters, digits, `_`, `.`, `-`, a letter or digit first';
    if (!nameShape.test(key)) report([name, key], `${shape}, got ${showValue(key)}`, 'key');
    entries.set(key, parse([name, key]));
  }
  return { readable: true, entries };
}

export function parseEntry<S extends z.ZodObject>(schema: S, path: Path, loading: Loading): Entry<z.output<S>> {
  const value = valueAt(loading.value, path);
  const entry = isMap(value) ? readSecretFiles(value, schema, path, loading) : value;
  return { path, ...parsePart(schema, path, entry, loading, secretFileKeys(schema)) };
}

/** The same for a value that is only a part of the map at the path. */
export function parsePart<S extends z.ZodObject>(
  schema: S,
  path: Path,
  value: unknown,
  loading: Loading,
  moreKeys: readonly string[] = [],
): Omit<Entry<z.output<S>>, 'path'> {
  const parsed = schema.safeParse(value, { error: wordIssue });
  if (parsed.success) return { valid: parsed.data, fields: parsed.data };
  const written = valueAt(loading.written, path);
  const failure: Failure = { schema, path, value, written, issues: parsed.error.issues, moreKeys };
  reportFailure(failure, loading.report);
  return { valid: null, fields: isMap(value) ? validFields(schema, value) : {} };
}

function validFields<S extends z.ZodObject>(schema: S, value: object): Partial<z.output<S>> {
  const fields: Record<string, unknown> = {};
  for (const [key, part] of Object.entries<z.ZodType>(schema.shape)) {
    const parsed = part.safeParse(valueAt(value, [key]));
    if (parsed.success) fields[key] = parsed.data;
  }
  // Each key was parsed by the schema's own part for it.
  return fields as Partial<z.output<S>>;
}

/** True when the key is not in the document at all; false when it is there and invalid. */
export function isAbsent<T>({ valid, fields }: Entry<T>, key: keyof T): boolean {
  return fields[key] === undefined && (valid !== null || Object.hasOwn(fields, key));
}

/** The valid value. Throws when there is none: the problem has been reported, and nothing is built then. */
export function validOf<T>({ valid, path }: Entry<T>): T {
  if (valid === null) throw new Error(`${path.join('.')} is invalid, and no problem was reported`);
  return valid;
}

/** A map with the same names. */
export function mapValues<A, B>(map: ReadonlyMap<string, A>, change: (value: A, name: string) => B): Map<string, B> {
  return new Map([...map].map(([name, value]) => [name, change(value, name)]));
}

export function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
