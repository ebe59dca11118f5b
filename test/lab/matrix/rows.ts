/**
 * The rows that are played. In the long run each fault has a row of its own and hits every port. In `npm test` faults
 * that hit single ports share a row, each on ports of its own, so that every fault and every monitor occurs in minutes.
 */
import { type ColumnName, columns } from './columns.ts';
import { type Cell, expected, type Row } from './expected.ts';
import { type FaultName, faults } from './faults.ts';

export interface RowPart {
  readonly fault: FaultName;
  /** null: all. */
  readonly ports: readonly number[] | null;
}

export interface PlayedRow {
  readonly name: string;
  readonly parts: readonly RowPart[];
}

export const longRows: readonly PlayedRow[] = faults.map(({ name }) => ({
  name,
  parts: [{ fault: name, ports: null }],
}));

const alone = ['process killed', 'process stopped', 'link down', 'encoder frozen'];

export const shortRows: readonly PlayedRow[] = [
  ...longRows.filter(({ name }) => alone.includes(name)),
  // A redirected port would answer for the VIP as well.
  mixed([
    { fault: 'encoder gone', ports: null },
    { fault: 'VIP missing', ports: [1935] },
  ]),
  mixed([
    { fault: 'port dropped', ports: [1935, 1936] },
    { fault: 'port rejected', ports: [161, 322, 554, 8554] },
    { fault: 'accept, then silence', ports: [443, 1755, 8000, 9707] },
    { fault: 'list 404', ports: [8088] },
    { fault: 'stats missing', ports: [8080, 8081, 9100] },
  ]),
  mixed([
    { fault: 'play denied', ports: [1935] },
    { fault: 'certificate expired', ports: [322, 443, 1936] },
    { fault: 'stream missing', ports: [554, 1755, 8554] },
    { fault: 'segments 404', ports: [8088] },
    { fault: 'wrong protocol', ports: [8000, 9707] },
    // Not in the row of silence: its second encoder keeps the processor busy, and late timers are no failure.
    { fault: 'limit reached', ports: [80, 8080, 8081, 9100] },
  ]),
  mixed([
    { fault: 'application refused', ports: [80, 554, 1755, 1935, 8000, 8080, 8081, 8554] },
    { fault: 'list stale', ports: [8088] },
  ]),
];

const byName = new Map([...longRows, ...shortRows].map((row) => [row.name, row]));

/** The rows with these names; where none has, the faults with one of these parts in their name; without names, all faults. */
export function rowsNamed(names: readonly string[]): readonly PlayedRow[] {
  const named = [...byName.values()].filter(({ name }) => names.includes(name));
  if (named.length > 0) return named;
  return longRows.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
}

function mixed(parts: readonly RowPart[]): PlayedRow {
  return { name: parts.map(({ fault }) => fault).join(' + '), parts };
}

/** The cells of a row that move. Throws RangeError when two of its parts claim one cell. */
export function expectedOf({ name, parts }: PlayedRow): Row {
  const row: Partial<Record<ColumnName, Cell>> = {};
  for (const { fault, ports } of parts) {
    for (const { name: column, port } of columns) {
      const cell = ports === null || ports.includes(port) ? expected[fault][column] : undefined;
      if (cell === undefined) continue;
      if (row[column] !== undefined) throw new RangeError(`${name}: two parts claim ${column}`);
      row[column] = cell;
    }
  }
  return row;
}
