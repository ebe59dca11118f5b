/** One of the files as rows with named columns. Everything odd about its form is a remark. */

import { parseAddress, parseMark } from '../../../src/config/addresses.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { SourceText } from '../import.ts';
import { type CsvRecord, readCsv } from './records.ts';

export interface Row<Column extends string> {
  readonly line: number;
  readonly values: Readonly<Record<Column, string>>;
  /** Comment lines above it. */
  readonly comments: readonly string[];
}

export interface Table<Column extends string> {
  readonly file: string;
  readonly rows: readonly Row<Column>[];
  /** Comment lines below the last row. */
  readonly lastComments: readonly string[];
}

/** A configuration with more clients would not load. */
const maxRows = 200_000;

/** null: its header is wrong, and a remark says so. */
export function readTable<Column extends string>(
  { name: file, text }: SourceText,
  columns: readonly Column[],
  remarks: Remarks,
): Table<Column> | null {
  const csv = readCsv(text);
  if (csv.startsWithMark) remarks.changed({ file, line: 1 }, 'a byte order mark at the start, ignored');
  if (csv.firstCr !== null) remarks.changed({ file, line: csv.firstCr }, 'lines end in CR LF, read as LF');
  for (const fault of csv.faults) remarks.error({ file, line: fault.line }, fault.text);
  reportLines(csv.blankLines, 'blank line', remarks.skipped, file);
  reportLines(csv.spacedLines, 'blanks around a field, ignored', remarks.changed, file);

  const [header, ...records] = csv.records;
  if (header === undefined) {
    remarks.error({ file, line: null }, `expected a header \`${columns.join(',')}\`, got an empty file`);
    return null;
  }
  const places = placesOf(header, columns, file, remarks);
  if (places === null) return null;
  if (records.length > maxRows) {
    remarks.error({ file, line: null }, `expected at most ${maxRows} rows, got ${records.length}`);
    return null;
  }
  const rows: Row<Column>[] = [];
  let nextComment = 0;
  for (const record of records) {
    const comments: string[] = [];
    for (; (csv.comments[nextComment]?.line ?? Number.POSITIVE_INFINITY) < record.line; nextComment += 1) {
      comments.push(csv.comments[nextComment]?.text ?? '');
    }
    const surplus = surplusOf(record, header.fields.length);
    if (surplus !== null) remarks.error({ file, line: record.line }, surplus);
    else rows.push({ line: record.line, values: valuesOf(record, places), comments: comments.filter(Boolean) });
  }
  const lastComments = csv.comments.slice(nextComment).map((comment) => comment.text);
  return { file, rows, lastComments: lastComments.filter(Boolean) };
}

/** Where each column stands. Its name may be written in capitals or not. */
function placesOf<Column extends string>(
  { line, fields }: CsvRecord,
  columns: readonly Column[],
  file: string,
  remarks: Remarks,
): ReadonlyMap<Column, number> | null {
  const names = fields.map(({ text }) => text.toLowerCase());
  const places = new Map(columns.map((column) => [column, names.indexOf(column.toLowerCase())]));
  const missing = columns.filter((column) => places.get(column) === -1);
  if (missing.length > 0) {
    const whole = fields.map(({ text }) => text).join(',');
    const semicolons = fields.length === 1 && whole.includes(';') ? '; its fields are separated by semicolons' : '';
    const what = missing.map((column) => `\`${column}\``).join(', ');
    const noun = missing.length === 1 ? 'column' : 'columns';
    remarks.error(
      { file, line },
      `missing ${noun} ${what}, expected a header \`${columns.join(',')}\`, got ${shown(whole)}${semicolons}`,
    );
    return null;
  }
  fields.forEach(({ text }, at) => {
    const first = names.indexOf(text.toLowerCase());
    if (first < at && text !== '') remarks.error({ file, line }, `duplicate column \`${text}\`, expected each once`);
    else if (text !== '' && ![...places.values()].includes(at)) {
      remarks.skipped({ file, line }, `the column ${shown(text)}, expected only \`${columns.join(',')}\``);
    }
  });
  return places;
}

function surplusOf({ fields }: CsvRecord, expected: number): string | null {
  const surplus = fields.slice(expected).filter(({ text }) => text !== '');
  if (surplus.length === 0) return null;
  return `expected ${expected} fields, got ${fields.length}; a list in one field needs quotes, as in "10.0.0.1,10.0.0.2"`;
}

function valuesOf<Column extends string>(
  { fields }: CsvRecord,
  places: ReadonlyMap<Column, number>,
): Record<Column, string> {
  const pairs = [...places].map(([column, at]) => [column, fields[at]?.text ?? '']);
  // Each column of the map is a key.
  return Object.fromEntries(pairs) as Record<Column, string>;
}

/** One remark for all lines of a file that have the same harmless fault. */
function reportLines(lines: readonly number[], text: string, add: Remarks['skipped'], file: string): void {
  const [first, ...more] = lines;
  if (first === undefined) return;
  const listed = more.slice(0, 10).join(', ');
  const rest = more.length > 10 ? ` and ${more.length - 10} more` : '';
  add({ file, line: first }, more.length === 0 ? text : `${text}; also in line ${listed}${rest}`);
}

/** The file's addresses are IPv4: its marks, its /24 and its servers are. */
export function readAddress(text: string): string | null {
  const parsed = parseAddress(text);
  return 'ok' in parsed && !parsed.ok.includes(':') && !text.includes(':') ? parsed.ok : null;
}

/** null: none, and `wrong` is called. */
export function readMark(text: string, wrong: (text: string) => void): number | null {
  const parsed = parseMark(text);
  if ('ok' in parsed) return parsed.ok;
  wrong(`expected ${parsed.expected}, got ${text === '' ? 'nothing' : shown(text)}`);
  return null;
}

/** The parts of a list, blanks around them left out. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
