/** Turns zod's issues into messages: unknown keys, missing keys, and `expected X, got Y`. */
import type { z } from 'zod';
import type { Path, Report } from './problems.ts';
import { isSecret, keysAt } from './schema-walk.ts';
import { showValue } from './show.ts';
import { didYouMean } from './suggest.ts';

/** A value that did not pass its schema. */
export interface Failure {
  readonly schema: z.ZodType;
  readonly path: Path;
  /** With values from the environment: never shown. */
  readonly value: unknown;
  /** As it is written in the file: shown. */
  readonly written: unknown;
  readonly issues: readonly z.core.$ZodIssue[];
  /** Keys that are valid at the top of the value, in addition to those of the schema. */
  readonly moreKeys?: readonly string[];
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** For `safeParse(value, { error: wordIssue })`. A schema's own messages come before these. */
export const wordIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `expected \`${String(issue.values[0])}\``
        : `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected at least ${amount(issue.origin, Number(issue.minimum))}`;
    case 'too_big':
      return `expected at most ${amount(issue.origin, Number(issue.maximum))}`;
    case 'invalid_format':
      return issue.pattern === undefined ? `expected ${issue.format}` : `expected text that matches ${issue.pattern}`;
    default:
      return 'expected another value';
  }
};

export function reportFailure(failure: Failure, report: Report): void {
  for (const issue of failure.issues.flatMap(closestBranch)) {
    const path = [...failure.path, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
    if (issue.code === 'unrecognized_keys') {
      const known = [
        ...keysAt(failure.schema, issue.path),
        ...(issue.path.length === 0 ? (failure.moreKeys ?? []) : []),
      ];
      const written = Object.keys(asMap(valueAt(failure.value, issue.path)));
      for (const key of issue.keys) {
        const hint = didYouMean(
          key,
          known.filter((candidate) => !written.includes(candidate)),
        );
        const expected = known.length === 0 ? '' : `, expected one of ${known.join(', ')}`;
        report([...path, key], `unknown key ${showValue(key)}${hint === '' ? expected : hint}`, 'key');
      }
      continue;
    }
    report(path, messageOf(issue, failure));
  }
}

/** The message, with the value that was found if the message names what was expected. */
function messageOf(issue: z.core.$ZodIssue, failure: Failure): string {
  const last = issue.path.at(-1);
  if (typeof last === 'string' && valueAt(failure.value, issue.path) === undefined) {
    return `missing key \`${last}\`, ${issue.message.replace(' that is not empty', '')}`;
  }
  if (!issue.message.startsWith('expected')) return issue.message;
  const written = valueAt(failure.written, issue.path);
  const secret = isSecret(failure.schema, issue.path);
  const hint =
    issue.code === 'invalid_value' && typeof written === 'string' ? didYouMean(written, issue.values.map(String)) : '';
  return `${issue.message}, got ${secret && written !== null ? '[secret]' : showValue(written)}${hint}`;
}

/** For a value that may have several forms: the issues of the form that was meant, if that is clear. */
function closestBranch(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.filter((branch) =>
    branch.every((cause) => cause.path.length > 0 || cause.code === 'unrecognized_keys'),
  );
  const [only] = inside;
  if (only === undefined || inside.length > 1) return [issue];
  return only.map((cause) => ({ ...cause, path: [...issue.path, ...cause.path] })).flatMap(closestBranch);
}

function amount(origin: string, count: number): string {
  if (origin === 'string') return `${count} character${count === 1 ? '' : 's'}`;
  if (origin === 'array') return count === 1 ? 'one entry' : `${count} entries`;
  return String(count);
}

function asMap(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    const map = asMap(inside);
    return Object.hasOwn(map, key) ? Reflect.get(map, key) : undefined;
  }, value);
}
