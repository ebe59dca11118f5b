/** What was seen of one row against what was written down for it. Times are ms since the fault. */
import type { ColumnName } from './columns.ts';
import type { Cell, Row } from './expected.ts';

export interface Look {
  readonly atMs: number;
  readonly status: 'ok' | 'overloaded' | 'fail' | 'unknown';
  readonly words: string;
}

/** Of one column, since the fault. */
export interface Seen {
  readonly looks: readonly Look[];
  /** Status changes. */
  readonly changes: readonly Look[];
}

export interface CellResult {
  readonly column: ColumnName;
  /** `unknown`: the status stayed as it was, and the last looks could not tell. */
  readonly verdict: 'ok' | 'overloaded' | 'fail' | 'unknown';
  readonly words: string;
  /** Of the status change, or of the first look without a verdict; null: nothing moved. */
  readonly atMs: number | null;
  /** Null: as expected. */
  readonly problem: string | null;
}

/** The guest was out of breath: such a look says nothing of a monitor, and the next one may come late. */
export const breathless = /, but our own timers were late(?:"|$)/;
/** So many times longer may all take then. */
export const breathlessFactor = 3;

export const unmoved: Cell = { verdict: 'ok', words: null, withinMs: 0 };

/** `slack`: so many times longer than written may it take. */
export function judgeCell(column: ColumnName, seen: Seen, wanted: Cell = unmoved, slack = 1): CellResult {
  const { changes } = seen;
  const looks = seen.looks.filter(({ words }) => !breathless.test(words));
  const cell = { ...wanted, withinMs: wanted.withinMs * slack };
  const [first, next] = changes;
  const last = looks.at(-1);
  if (first !== undefined) {
    const found = { column, verdict: first.status, words: first.words, atMs: first.atMs };
    if (cell.verdict === 'ok')
      return { ...found, problem: `false ${first.status}: expected ok, got \`${first.words}\`` };
    if (first.status !== cell.verdict) {
      return { ...found, problem: `expected ${cell.verdict}, got ${first.status}: \`${first.words}\`` };
    }
    if (next !== undefined) {
      return { ...found, problem: `expected it to stay ${cell.verdict}, got ${next.status}: \`${next.words}\`` };
    }
    return { ...found, problem: wrongWords(cell, first.words) ?? tooLate(cell, first.atMs) };
  }
  const blindSince = blind(looks);
  if (blindSince !== null) {
    const found = { column, verdict: 'unknown' as const, words: last?.words ?? '', atMs: blindSince.atMs };
    if (cell.verdict !== 'unknown') {
      return { ...found, problem: `expected ${cell.verdict}, got unknown: \`${found.words}\`` };
    }
    return { ...found, problem: wrongWords(cell, found.words) ?? tooLate(cell, blindSince.atMs) };
  }
  const found = { column, verdict: 'ok' as const, words: last?.words ?? '', atMs: null };
  if (cell.verdict !== 'ok') return { ...found, problem: `false ok: expected ${cell.verdict} ${asText(cell)}` };
  // A check that does not run looks as well as one that is well.
  return {
    ...found,
    problem: looks.some(({ status }) => status === 'ok') ? null : 'expected looks that say ok, got none',
  };
}

/** Every cell of the row that has to move has moved. */
export function isComplete(row: Row, results: readonly CellResult[]): boolean {
  return results.every(({ column, atMs }) => row[column] === undefined || atMs !== null);
}

/** The longest that any cell of the row may take. */
export function patienceMs(row: Row): number {
  return Math.max(0, ...Object.values(row).map(({ withinMs }) => withinMs));
}

export function isBreathless(seen: Iterable<Seen>): boolean {
  return [...seen].some(({ looks }) => looks.some(({ words }) => breathless.test(words)));
}

/** The first of those looks at the end, two or more, that gave no verdict. */
function blind(looks: readonly Look[]): Look | null {
  const lastKnown = looks.findLastIndex(({ status }) => status !== 'unknown');
  const without = looks.slice(lastKnown + 1);
  return without.length < 2 ? null : (without[0] ?? null);
}

function wrongWords(cell: Cell, words: string): string | null {
  const fits = typeof cell.words === 'string' ? cell.words === words : (cell.words?.test(words) ?? true);
  return fits ? null : `expected the words ${asText(cell)}, got \`${words}\``;
}

function tooLate({ withinMs }: Cell, atMs: number): string | null {
  return atMs <= withinMs ? null : `expected within ${withinMs} ms, got after ${Math.round(atMs)} ms`;
}

function asText({ words }: Cell): string {
  return words === null ? '' : `\`${typeof words === 'string' ? words : words.source}\``;
}
