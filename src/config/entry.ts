/** One map of the document against its schema. What is right in a wrong one is kept, so that other checks can go on. */
import type { z } from 'zod';
import type { Path, ReportLine, Where } from './problems.ts';
import { type Outside, readSecretFiles, secretFileKeys } from './secrets.ts';
import { type Failure, reportFailure, valueAt, wordIssue } from './wording.ts';

export interface Entry<T> {
  readonly path: Path;
  /** null: something in it is wrong, and reported. */
  readonly whole: T | null;
  readonly fields: Partial<T>;
}

export interface Loading extends Outside {
  /** The document with values from the environment in it. */
  readonly value: unknown;
  /** The document as it stands in the file. */
  readonly written: unknown;
  /** For what is told of much later: `understudy.yaml:12`. */
  readonly whereIs: (path: Path) => Where;
  /** The folder of the file as it was named, for messages about files beside it. */
  readonly shownFolder: string;
  readonly reportLine: ReportLine;
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
  if (parsed.success) return { whole: parsed.data, fields: parsed.data };
  const written = valueAt(loading.written, path);
  const failure: Failure = { schema, path, value, written, issues: parsed.error.issues, moreKeys };
  reportFailure(failure, loading.report);
  return { whole: null, fields: isMap(value) ? rightFields(schema, value) : {} };
}

function rightFields<S extends z.ZodObject>(schema: S, value: object): Partial<z.output<S>> {
  const fields: Record<string, unknown> = {};
  for (const [key, part] of Object.entries<z.ZodType>(schema.shape)) {
    const parsed = part.safeParse(valueAt(value, [key]));
    if (parsed.success) fields[key] = parsed.data;
  }
  // Each key was checked by the schema's own part for it.
  return fields as Partial<z.output<S>>;
}

/** True when the key is not in the document at all; not when it is there and wrong. */
export function isAbsent<T>({ whole, fields }: Entry<T>, key: keyof T): boolean {
  return fields[key] === undefined && (whole !== null || Object.hasOwn(fields, key));
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
