/** Comma-separated records with the lines that they stand on (RFC 4180, and what is met beside it). */

export interface CsvRecord {
  /** Of its first character, from 1. */
  readonly line: number;
  readonly fields: readonly CsvField[];
}

export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

export interface CsvText {
  /** Without blank lines and comments. */
  readonly records: readonly CsvRecord[];
  readonly blankLines: readonly number[];
  /** Lines that begin with `#`, without it. */
  readonly comments: readonly { readonly line: number; readonly text: string }[];
  /** Lines with blanks around a field. */
  readonly spacedLines: readonly number[];
  readonly startsWithMark: boolean;
  /** The first line that ends in CR LF, or in a lone CR. */
  readonly firstCr: number | null;
  /** Lines that are no CSV, with why. */
  readonly faults: readonly { readonly line: number; readonly text: string }[];
}

const blank = /[ \t\u00a0\u3000]/;

export function readCsv(text: string): CsvText {
  const startsWithMark = text.startsWith('\ufeff');
  const source = startsWithMark ? text.slice(1) : text;
  const records: CsvRecord[] = [];
  const blankLines: number[] = [];
  const comments: { line: number; text: string }[] = [];
  const spacedLines: number[] = [];
  const faults: { line: number; text: string }[] = [];
  let firstCr: number | null = null;
  let line = 1;
  for (let at = 0; at < source.length; line += 1) {
    const end = lineEnd(source, at);
    const whole = source.slice(at, end);
    if (source[end] === '\r') firstCr ??= line;
    at = end + (source.startsWith('\r\n', end) ? 2 : 1);
    const content = trimBlanks(whole);
    if (content === '') blankLines.push(line);
    else if (content.startsWith('#')) comments.push({ line, text: content.replace(/^#+/, '').trim() });
    else {
      const read = readRecord(whole);
      if ('fault' in read) faults.push({ line, text: read.fault });
      else if (read.fields.every((field) => field.text === '')) blankLines.push(line);
      else records.push({ line, fields: read.fields });
      if ('fields' in read && read.spaced) spacedLines.push(line);
    }
  }
  return { records, blankLines, comments, spacedLines, startsWithMark, firstCr, faults };
}

type ReadRecord = { readonly fields: readonly CsvField[]; readonly spaced: boolean } | { readonly fault: string };

/** A record is one line: none of these files has a field with a line end in it, and a lost quote stays in its line. */
function readRecord(line: string): ReadRecord {
  const fields: CsvField[] = [];
  let spaced = false;
  for (let at = 0; at <= line.length; ) {
    const start = skipBlanks(line, at);
    if (line[start] === '"') {
      const quoted = readQuoted(line, start + 1);
      if (quoted === null) return { fault: 'expected a closing quote on the same line, got none' };
      const next = skipBlanks(line, quoted.end);
      if (next < line.length && line[next] !== ',') {
        return { fault: `expected a comma after the closing quote, got ${shownRest(line.slice(next))}` };
      }
      spaced ||= start > at || next > quoted.end || trimBlanks(quoted.text) !== quoted.text;
      fields.push({ text: trimBlanks(quoted.text), quoted: true });
      at = next + 1;
    } else {
      const comma = line.indexOf(',', at);
      const end = comma === -1 ? line.length : comma;
      const raw = line.slice(at, end);
      const text = trimBlanks(raw);
      spaced ||= text !== raw;
      fields.push({ text, quoted: false });
      at = end + 1;
    }
  }
  return { fields, spaced };
}

function readQuoted(line: string, from: number): { readonly text: string; readonly end: number } | null {
  let text = '';
  for (let at = from; at < line.length; ) {
    const quote = line.indexOf('"', at);
    if (quote === -1) return null;
    text += line.slice(at, quote);
    if (line[quote + 1] !== '"') return { text, end: quote + 1 };
    text += '"';
    at = quote + 2;
  }
  return null;
}

function lineEnd(source: string, from: number): number {
  for (let at = from; at < source.length; at += 1) if (source[at] === '\n' || source[at] === '\r') return at;
  return source.length;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && blank.test(line[at] ?? '')) at += 1;
  return at;
}

function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && blank.test(text[start] ?? '')) start += 1;
  while (end > start && blank.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

function shownRest(text: string): string {
  return `\`${text.length > 40 ? `${text.slice(0, 40)}...` : text}\``;
}
