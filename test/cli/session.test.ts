import { expect, test } from 'vitest';
import { lookOf, type Session } from '../../src/cli/session.ts';

const rows: readonly (readonly [string, { columns?: number; isTTY?: boolean }, string | undefined, number])[] = [
  ['a terminal with its width', { columns: 100, isTTY: true }, undefined, 100],
  ['a terminal that reports 0 columns', { columns: 0, isTTY: true }, undefined, 80],
  ['a very narrow terminal', { columns: 5, isTTY: true }, undefined, 20],
  ['a pipe', {}, undefined, 160],
  ['a pipe with COLUMNS', {}, '72', 72],
  ['a pipe with COLUMNS=0', {}, '0', 160],
  ['a pipe with COLUMNS that is no number', {}, 'wide', 160],
];

test.each(rows)('the width of %s', (_name, out, columns, width) => {
  const session = { out: { write() {}, ...out }, env: columns === undefined ? {} : { COLUMNS: columns } };
  expect(lookOf(session as unknown as Session).width).toBe(width);
});
