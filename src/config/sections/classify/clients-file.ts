/** A list of clients as CSV: the header `IP,fwmark`, then an address, a network or a range and its mark in each line. */
import type { Network } from '../../../core/marks.ts';
import { type Parsed, parseMark } from '../../addresses.ts';
import { parseNetworks } from '../../networks.ts';
import type { Position } from '../../problems.ts';
import { showText } from '../../show.ts';

export const maxClientsFileBytes = 16 * 1024 * 1024;
const maxLines = 250_000;
const maxLineLength = 1000;

export interface FileClient {
  readonly networks: readonly Network[];
  readonly mark: number;
  /** From 1. */
  readonly line: number;
}

export interface Fault {
  readonly position: Position;
  readonly message: string;
}

interface Columns {
  readonly address: number;
  readonly mark: number;
  readonly count: number;
}

const header = 'expected the header `IP,fwmark`';

/** Other columns are ignored; `#` starts a comment; blank lines and spaces around values are ignored. */
export function parseClientsFile(text: string): {
  readonly clients: readonly FileClient[];
  readonly faults: readonly Fault[];
} {
  const clients: FileClient[] = [];
  const faults: Fault[] = [];
  let columns: Columns | null = null;
  let line = 0;
  for (const written of text.replace(/^\ufeff/, '').split('\n')) {
    line += 1;
    const fault = (column: number, message: string) => faults.push({ position: { line, column }, message });
    if (line > maxLines) {
      fault(1, `expected at most ${maxLines} lines, got more`);
      break;
    }
    if (written.length > maxLineLength) {
      fault(1, `expected a line of at most ${maxLineLength} characters, got one of ${written.length}`);
      continue;
    }
    const content = withoutComment(written).trimEnd();
    if (/^[\s,]*$/.test(content)) continue;
    const fields = fieldsOf(content);
    if (columns === null) {
      columns = columnsOf(fields);
      if (columns !== null) continue;
      fault(1, `${header}, got ${showText(content)}`);
      return { clients, faults };
    }
    const [address, mark] = [fields[columns.address], fields[columns.mark]];
    if (!address?.text || !mark?.text || fields.length > columns.count) {
      fault(1, `expected ${columns.count} fields as in the header, got ${showText(content)}`);
      continue;
    }
    const networks = take(parseNetworks(address.text), address, fault);
    const number = take(parseMark(mark.text), mark, fault);
    if (networks !== null && number !== null) clients.push({ networks, mark: number, line });
  }
  if (columns === null && faults.length === 0) {
    faults.push({ position: { line: 1, column: 1 }, message: `${header}, got nothing` });
  }
  return { clients, faults };
}

interface Field {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

function take<T>(parsed: Parsed<T>, { text, column }: Field, fault: (column: number, message: string) => void) {
  if ('ok' in parsed) return parsed.ok;
  fault(column, `expected ${parsed.expected}, got ${showText(text)}`);
  return null;
}

function columnsOf(fields: readonly Field[]): Columns | null {
  const names = fields.map(({ text }) => text.toLowerCase());
  const [address, mark] = [names.indexOf('ip'), names.indexOf('fwmark')];
  return address === -1 || mark === -1 ? null : { address, mark, count: fields.length };
}

function withoutComment(line: string): string {
  if (!line.includes('#')) return line;
  // A `#` in quotes is text.
  return /^(?:"[^"]*"|[^"#])*/.exec(line)?.[0] ?? line;
}

function fieldsOf(line: string): readonly Field[] {
  const parts = line.includes('"') ? (line.match(/(?:"(?:[^"]|"")*"|[^,])+|(?<=^|,)(?=,|$)/g) ?? []) : line.split(',');
  let at = 0;
  return parts.map((part) => {
    const lead = part.length - part.trimStart().length;
    const column = at + lead + 1;
    at += part.length + 1;
    return {
      text: part
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim(),
      column,
    };
  });
}
