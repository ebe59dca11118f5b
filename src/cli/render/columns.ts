/** Rows in aligned columns. What does not fit is cut in the column that can spare it, then whole columns go. */
import { clip, columnsOf, type Line, type Look, plain, type Span } from './look.ts';

export interface Column {
  readonly align?: 'left' | 'right';
  /** May be cut down to this many columns; absent: never cut. */
  readonly min?: number;
  /** Left out when there is no room; the highest first. */
  readonly spare?: number;
}

/** One cell: a line without a width of its own. */
export type Cell = Line;

const gap = 2;

/** `indent` columns are kept free at the left. */
export function columns(spec: readonly Column[], rows: readonly (readonly Cell[])[], look: Look, indent = 0): Line[] {
  const natural = spec.map((_, at) => Math.max(0, ...rows.map((row) => cellColumns(row[at] ?? []))));
  const widths = widthsIn(spec, natural, look.width - indent);
  const shown = spec.flatMap((column, at) => ((widths[at] ?? 0) > 0 ? [{ column, at, width: widths[at] ?? 0 }] : []));
  return rows.map((row) => {
    const line: Span[] = indent > 0 ? [plain(' '.repeat(indent))] : [];
    for (const [position, { column, at, width }] of shown.entries()) {
      const cell = clipCell(row[at] ?? [], width);
      const padding = plain(' '.repeat(width - cellColumns(cell)));
      if (position > 0) line.push(plain(' '.repeat(gap)));
      line.push(...(column.align === 'right' ? [padding, ...cell] : [...cell, padding]));
    }
    return line;
  });
}

export function cellColumns(cell: Cell): number {
  return cell.reduce((sum, span) => sum + columnsOf(span.text), 0);
}

/** A width for each column; 0: left out. */
function widthsIn(spec: readonly Column[], natural: readonly number[], room: number): readonly number[] {
  const widths = [...natural];
  const over = () => {
    const used = widths.filter((width) => width > 0);
    return used.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, used.length - 1) - room;
  };
  const spares = spec.flatMap(({ spare }, at) => (spare === undefined ? [] : [{ spare, at }]));
  spares.sort((one, other) => one.spare - other.spare);
  for (;;) {
    shrink(spec, widths, over());
    if (over() <= 0) return widths;
    const last = spares.pop();
    if (last === undefined) return widths;
    for (const [at, width] of natural.entries()) if (widths[at] !== 0) widths[at] = width;
    widths[last.at] = 0;
  }
}

/** Takes from the widest column first, so that short ones stay whole. */
function shrink(spec: readonly Column[], widths: number[], over: number): void {
  for (let left = over; left > 0; left -= 1) {
    let widest = -1;
    for (const [at, { min }] of spec.entries()) {
      const width = widths[at] ?? 0;
      if (min !== undefined && width > min && width > (widths[widest] ?? 0)) widest = at;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function clipCell(cell: Cell, width: number): Cell {
  if (cellColumns(cell) <= width) return cell;
  const kept: Span[] = [];
  let left = width;
  for (const span of cell) {
    const size = columnsOf(span.text);
    if (size >= left) {
      kept.push({ ...span, text: clip(`${span.text}  `, left) });
      break;
    }
    kept.push(span);
    left -= size;
  }
  return kept;
}
