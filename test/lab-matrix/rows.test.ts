import { expect, test } from 'vitest';
import { columns } from '../lab/matrix/columns.ts';
import { faults } from '../lab/matrix/faults.ts';
import { expectedOf, longRows, rowsNamed, shortRows } from '../lab/matrix/rows.ts';

const movedIn = (rows: typeof longRows) => new Set(rows.flatMap((row) => Object.keys(expectedOf(row))));

test('the rows of every run have each fault at least once, and no cell twice', () => {
  const played = shortRows.flatMap(({ parts }) => parts.map(({ fault }) => fault));
  expect(new Set(played)).toEqual(new Set(faults.map(({ name }) => name)));
  for (const { name, parts } of shortRows) {
    for (const part of parts) expect(Object.keys(expectedOf({ name, parts: [part] })), part.fault).not.toEqual([]);
  }
});

test('each monitor moves in the rows of every run, as in those of the long one', () => {
  expect(movedIn(shortRows)).toEqual(movedIn(longRows));
  expect(movedIn(shortRows)).toEqual(new Set(columns.map(({ name }) => name)));
});

test('a row is played by its name, a fault by a part of its name, and without names each fault by itself', () => {
  const named = (...names: readonly string[]) => rowsNamed(names).map(({ name }) => name);
  const short = shortRows.map(({ name }) => name);
  expect(named(...short).toSorted()).toEqual(short.toSorted());
  expect(named('link')).toEqual(['link down']);
  expect(named()).toEqual(faults.map(({ name }) => name));
});
