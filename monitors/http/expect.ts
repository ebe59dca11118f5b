import type { Verdict } from '../../src/plugin/plugin.ts';
import { type HttpAnswer, saidIn } from '../shared/http.ts';
import type { Matches } from '../shared/pattern.ts';
import { quote } from '../shared/quote.ts';
import { fail, unknown } from '../shared/verdicts.ts';
import { holds, type JsonTest, numberOf, parse, valueAt } from './json-test.ts';

/** What an answer must contain. */
export interface Expected {
  /** Numbers and classes such as `2xx`. */
  readonly statuses: readonly (number | string)[];
  /** The same for statuses that mean that the server is overloaded. */
  readonly busy: readonly (number | string)[];
  readonly body: { readonly text: string; readonly matches: Matches } | null;
  readonly json: readonly JsonTest[];
}

export type Judged = { readonly verdict: Verdict } | { readonly measures: Readonly<Record<string, number>> };

export function judgeAnswer({ statuses, busy, body, json }: Expected, answer: HttpAnswer): Judged {
  const { status } = answer;
  const wanted = statuses.join(' or ');
  if (!isOneOf(status, statuses)) {
    const summary = `expected HTTP ${wanted}, got \`${status}\``;
    const location = answer.header('location');
    const detail = location === undefined ? saidIn(answer.body) : `redirected to ${quote(location)}`;
    return { verdict: isOneOf(status, busy) ? { status: 'overloaded', summary, detail } : fail(summary, detail) };
  }
  if (body === null && json.length === 0) return { measures: {} };
  const text = answer.body.toString().replace(/^\uFEFF/, '');
  if (body !== null) {
    const found = body.matches(text);
    if (found === null) return { verdict: unknown(`gave up on ${quote(body.text)}: it takes too long`) };
    if (!found) return { verdict: fail(`expected ${quote(body.text)}, got ${quote(text)}`) };
  }
  return judgeJson(json, text);
}

function isOneOf(status: number, list: readonly (number | string)[]): boolean {
  return list.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
}

function judgeJson(tests: readonly JsonTest[], text: string): Judged {
  if (tests.length === 0) return { measures: {} };
  const document = parse(text);
  // A truncated document differs between polls.
  if (document === undefined)
    return { verdict: fail(`expected JSON, got ${/^\s*[[{]/.test(text) ? 'a broken document' : quote(text)}`) };
  const measures: Record<string, number> = {};
  for (const test of tests) {
    const value = valueAt(document, test.path);
    const number = numberOf(value);
    if (number !== null) measures[pathText(test)] = number;
    if (holds(test, value)) continue;
    const summary = `expected ${quote(test.text)}, got ${kindOf(value)}`;
    const detail = value === undefined ? undefined : `${pathText(test)} is ${quote(JSON.stringify(value))}`;
    return { verdict: { ...fail(summary, detail), measures } };
  }
  return { measures };
}

/** Numbers vary between polls, so they go into the detail. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || numberOf(value) !== null) return 'another number';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : quote(String(value));
}

function pathText({ text }: JsonTest): string {
  return text.replace(/\s*(==|!=|<=|>=|<|>).*$/, '').trim();
}
