/** Clients in an ipset of type hash:net, which finds the longest prefix itself and stores a mark for each. */
import { networkKey } from '../address-key.ts';
import type { ClientEdit } from '../client-index.ts';
import { formatMark, type Marked, parseMark } from '../reading.ts';
import { type Slices, sliceLength } from '../slices.ts';
import { setName } from './chains.ts';

export interface ClientSet {
  readonly clients: ReadonlyMap<string, Marked>;
  /** A description of the set if it is not of the type that we create. */
  readonly wrongType: string | null;
  readonly strange: readonly string[];
}

const smallest = 65_536;

/** The set that is filled before it is swapped with the one in use, which then has this name. */
export function spareName(name: string): string {
  return `${name}.new`;
}

/** Input for `ipset restore`. With `swap`, the set in use has the spare's name afterwards. */
export function* fillText(name: string, clients: ReadonlyMap<string, Marked>, swap: boolean): Slices<string> {
  const filled = swap ? spareName(name) : name;
  const family = name === setName(6) ? 'inet6' : 'inet';
  // Room for as many again, so that single clients can be added later.
  const room = Math.max(smallest, 2 ** Math.ceil(Math.log2(clients.size * 2 + 1)));
  const lines = [`create ${filled} hash:net family ${family} maxelem ${room} skbinfo\n`];
  for (const { text, mark } of clients.values()) {
    lines.push(`add ${filled} ${text} skbmark ${formatMark(mark)}\n`);
    if (lines.length % sliceLength === 0) yield;
  }
  if (swap) lines.push(swapText(name));
  return lines.join('');
}

export function swapText(name: string): string {
  return `swap ${name} ${spareName(name)}\n`;
}

/** With -exist, existing entries are changed and missing ones are ignored. */
export function editText(edits: readonly ClientEdit[]): string {
  const lines = edits.map(({ network, after }) => {
    const name = setName(network.family);
    return after === null ? `del ${name} ${network.text}` : `add ${name} ${network.text} skbmark ${formatMark(after)}`;
  });
  return `${lines.join('\n')}\n`;
}

/** The text of `ipset save NAME`. */
export function* parseSet(text: string, name: string): Slices<ClientSet> {
  const clients = new Map<string, Marked>();
  const strange: string[] = [];
  let wrongType: string | null = null;
  let count = 0;
  for (const line of text.split('\n')) {
    count += 1;
    if (count % sliceLength === 0) yield;
    const [verb, set, first = '', ...rest] = line.trim().split(' ');
    if (verb === '' || set !== name) continue;
    if (verb === 'create') {
      const family = name === setName(6) ? 'inet6' : 'inet';
      if (first !== 'hash:net' || rest[rest.indexOf('family') + 1] !== family || !rest.includes('skbinfo')) {
        wrongType = [first, ...rest].join(' ').slice(0, 100);
      }
      continue;
    }
    const [address = '', prefix] = first.split('/');
    const key = networkKey(address, Number(prefix ?? (address.includes(':') ? 128 : 32)));
    const mark = rest.length === 2 && rest[0] === 'skbmark' ? parseMark(rest[1] ?? '') : null;
    if (verb === 'add' && key !== null && mark !== null) clients.set(key, { text: first, mark });
    else strange.push(`element of set ${name}: \`${line.trim().slice(0, 160)}\``);
  }
  return { clients, wrongType, strange };
}
