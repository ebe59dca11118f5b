/** Values from outside the file: `${NAME}` in any text, and `KEY_file: PATH` in place of a secret `KEY`. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Path, Report } from './problems.ts';
import { secretKeys } from './schema-walk.ts';
import { showValue } from './show.ts';
import { readTextFile } from './text-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Outside {
  readonly env: Environment;
  /** Relative paths start here: the folder of the configuration file. */
  readonly folder: string;
  readonly report: Report;
  /** No more problems are reported at this path: a problem of the value has been reported. */
  readonly mute: (path: Path) => void;
  /** Every text from outside the file or in the place of a secret, with the text to show for it. Grows while loading. */
  readonly secrets: Map<string, string>;
}

type Values = Record<string, unknown>;

const maxSecretBytes = 64 * 1024;

/** A copy of the value with `${NAME}` replaced in every text; `$${` becomes `${`. Keys are not changed. */
export function substitute(value: unknown, path: Path, outside: Outside): unknown {
  if (typeof value === 'string') return value.includes('${') ? substituteText(value, path, outside) : value;
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, [...path, index], outside));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Values = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = substitute(item, [...path, key], outside);
  return copy;
}

function substituteText(text: string, path: Path, { env, report, mute, secrets }: Outside): string {
  const faults: string[] = [];
  let fromEnv = false;
  const result = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (found, name: string | undefined, end: string) => {
    if (name === undefined) return '${';
    if (end === '' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      faults.push(`expected \${NAME} of an environment variable, or $\${ for a plain \${, got ${showValue(found)}`);
      return found;
    }
    const value = env[name];
    if (value === undefined) faults.push(`environment variable \`${name}\` is not set`);
    fromEnv = true;
    return value ?? found;
  });
  for (const fault of faults) report(path, fault);
  if (faults.length > 0) mute(path);
  else if (fromEnv) secrets.set(result, text);
  return result;
}

/** A copy of a map in which each `KEY_file` of a secret `KEY` is replaced by the content of the file. */
export function readSecretFiles(values: object, schema: z.ZodObject, path: Path, outside: Outside): Values {
  const copy: Values = Object.assign(Object.create(null), values);
  for (const key of secretKeys(schema)) {
    const fileKey = `${key}_file`;
    if (!Object.hasOwn(copy, fileKey) || Object.hasOwn(schema.shape, fileKey)) continue;
    const fault = readSecretFile(copy, key, fileKey, outside);
    if (fault !== null) {
      outside.report([...path, fileKey], fault);
      outside.mute([...path, key]);
    }
    delete copy[fileKey];
  }
  return copy;
}

export function secretFileKeys(schema: z.ZodObject): readonly string[] {
  return secretKeys(schema).map((key) => `${key}_file`);
}

function readSecretFile(values: Values, key: string, fileKey: string, { folder, secrets }: Outside): string | null {
  const file = values[fileKey];
  if (Object.hasOwn(values, key)) return `expected \`${key}\` or \`${fileKey}\`, got both`;
  if (typeof file !== 'string' || file === '') return `expected the name of a file, got ${showValue(file)}`;
  const read = readTextFile(resolve(folder, file), maxSecretBytes);
  if ('cause' in read) return `the file of \`${fileKey}\` cannot be read: ${read.cause}`;
  const text = read.text.trim();
  if (text === '') return `the file of \`${fileKey}\` is empty`;
  secrets.set(text, '[secret]');
  values[key] = text;
  return null;
}

/** Keeps every text inside a secret value from being printed. */
export function keepSecret(value: unknown, secrets: Map<string, string>): void {
  if (typeof value === 'string' && !secrets.has(value)) secrets.set(value, '[secret]');
  if (typeof value === 'object' && value !== null) {
    for (const inside of Object.values(value)) keepSecret(inside, secrets);
  }
}
