/** Addresses of virtual servers, and the lists of them in a group. */
import { parseAddress, parseMark } from '../../../src/config/addresses.ts';
import type { Protocol } from '../../../src/core/table.ts';
import type { PoolAddress } from '../cluster/cluster.ts';
import { portIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { Statement } from './statements.ts';

const maxAddresses = 512;

interface Found {
  readonly addresses: readonly PoolAddress[];
  /** Names the services of a group. */
  readonly group: string | null;
}

/** What a `virtual_server` is at: an address and port, a mark, or the members of a group; a remark for what is wrong. */
export function addressesOf(
  { words, place }: Statement,
  protocol: Protocol,
  family: 4 | 6 | null,
  groups: ReadonlyMap<string, Statement>,
  remarks: Remarks,
): Found {
  const [, first = '', second] = words;
  if (first !== 'group') {
    const at = addressIn(words.slice(1), protocol, family);
    if (typeof at !== 'string') return { addresses: at, group: null };
    remarks.skipped(place, `virtual server: ${at}`);
    return { addresses: [], group: null };
  }
  const group = groups.get(second ?? '');
  if (group === undefined) {
    remarks.skipped(place, `no virtual_server_group ${shown(second ?? '')} was found`);
    return { addresses: [], group: null };
  }
  const addresses = (group.block ?? []).flatMap((line) => {
    const at = addressIn(line.words, protocol, family);
    if (typeof at !== 'string') return at;
    remarks.skipped(line.place, `virtual_server_group: ${at}`);
    return [];
  });
  if (addresses.length > maxAddresses) {
    remarks.error(group.place, `expected at most ${maxAddresses} addresses in a group, got ${addresses.length}`);
  }
  return { addresses: addresses.slice(0, maxAddresses), group: second ?? null };
}

/** `ADDRESS PORT`, `ADDRESS-LAST PORT`, `fwmark N`; or what was expected. */
function addressIn(
  words: readonly string[],
  protocol: Protocol,
  family: 4 | 6 | null,
): readonly PoolAddress[] | string {
  const [first = '', second] = words;
  if (first === 'fwmark') {
    const parsed = parseMark(second ?? '');
    if (!('ok' in parsed)) return `expected ${parsed.expected}, got ${shown(second ?? '')}`;
    return [{ kind: 'fwmark', mark: parsed.ok, family }];
  }
  const port = portIn(second);
  if (port === null) {
    const got = second === undefined || second === '0' ? 'a service for all ports' : shown(second);
    return `expected a port from 1 to 65535 after ${shown(first)}, got ${got}`;
  }
  const addresses = rangeIn(first.replace(/\/\d+$/, ''));
  return typeof addresses === 'string' ? addresses : addresses.map((address) => ({ kind: protocol, address, port }));
}

/** `192.168.200.1-10`, `2001:db8::1-f`: the part after the dash is the last of the final group. */
function rangeIn(text: string): readonly string[] | string {
  const range = /^(.*[.:])([0-9a-f]+)-([0-9a-f]+)$/i.exec(text);
  const base = range === null || text.includes(':') ? 16 : 10;
  const [, lead = '', from = '', to = ''] = range ?? [];
  const first = Number.parseInt(from, base);
  const last = Number.parseInt(to, base);
  if (range !== null && !(last >= first && last - first < maxAddresses))
    return `expected an address, got ${shown(text)}`;
  const all =
    range === null ? [text] : Array.from({ length: last - first + 1 }, (_, at) => lead + (first + at).toString(base));
  const addresses: string[] = [];
  for (const one of all) {
    const parsed = parseAddress(one);
    if (!('ok' in parsed)) return `expected ${parsed.expected}, got ${shown(one)}`;
    addresses.push(parsed.ok);
  }
  return addresses;
}
