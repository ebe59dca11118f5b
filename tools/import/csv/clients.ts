/** `client-list.csv`: clients that have a mark of their own. */
import { parseNetwork } from '../../../src/config/networks.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { readMark, type Table } from './table.ts';

export interface Client {
  /** An address, or a network as `192.168.7.0/28`. */
  readonly from: string;
  readonly mark: number;
  readonly line: number;
}

export const clientColumns = ['IP', 'fwmark'] as const;

/** By address, in the order of the file. */
export function readClients(
  { file, rows }: Table<(typeof clientColumns)[number]>,
  remarks: Remarks,
): ReadonlyMap<string, Client> {
  const clients = new Map<string, Client>();
  for (const { line, values } of rows) {
    const at = { file, line };
    const parsed = parseNetwork(values.IP);
    const network = 'ok' in parsed && parsed.ok.family === 4 ? parsed.ok : null;
    const expected = 'expected' in parsed ? parsed.expected : 'an IPv4 address';
    if (network === null) remarks.error(at, `expected ${expected}, got ${quoted(values.IP)}`);
    const mark = readMark(values.fwmark, (text) => remarks.error(at, text));
    if (network === null || mark === null) continue;
    const { text: from } = network;
    const before = clients.get(from);
    if (before === undefined) clients.set(from, { from, mark, line });
    else if (before.mark === mark) remarks.skipped(at, `\`${from}\` again, the same as in line ${before.line}`);
    else remarks.error(at, `\`${from}\` a second time, line ${before.line} has mark ${before.mark}`);
  }
  return clients;
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : shown(text);
}
