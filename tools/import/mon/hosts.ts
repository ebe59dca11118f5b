/** Hosts as servers: each address is one, under the best name that the files have for it. */
import { parseAddress } from '../../../src/config/addresses.ts';
import { asName, createNames, nameOfAddress } from '../cluster/names.ts';
import type { HostGroup } from './records.ts';

/** Host names and their addresses, as in hosts(5). */
export type HostTable = ReadonlyMap<string, string>;

export interface Servers {
  /** The name of the server that a host is, and null when it is no address and nobody knows its name. */
  find(host: string): string | null;
  addressOf(server: string): string;
  /** Names and addresses of those that were found, in their order. */
  list(): ReadonlyMap<string, string>;
}

/** `groups`: a host that is alone in one is called like it, where it has no name of its own. */
export function createServers(groups: Iterable<HostGroup>, table: HostTable): Servers {
  const names = createNames();
  const byAddress = new Map<string, string>();
  const found = new Map<string, string>();
  const nicknames = new Map<string, string>();
  const named = new Map([...table].reverse().map(([name, address]) => [address, name]));
  for (const { name, hosts } of groups) {
    const address = hosts.length === 1 ? addressOf(hosts[0]?.text ?? '', table) : null;
    if (address !== null && !nicknames.has(address)) nicknames.set(address, name);
  }
  return {
    find(host) {
      const address = addressOf(host, table);
      if (address === null) return null;
      const known = byAddress.get(address);
      if (known !== undefined) return known;
      const own = isAddress(host) ? (nicknames.get(address) ?? named.get(address)) : host;
      const name = names.take(asName(own ?? '') || nameOfAddress(address));
      byAddress.set(address, name);
      found.set(name, address);
      return name;
    },
    addressOf: (server) => found.get(server) ?? '',
    list: () => found,
  };
}

/** Lines of hosts(5): an address and its names. The first address of a name counts, IPv4 before IPv6. */
export function readHostTable(text: string): HostTable {
  const table = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [first = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const parsed = parseAddress(first);
    if (!('ok' in parsed)) continue;
    for (const name of names) {
      const before = table.get(name.toLowerCase());
      const better = before === undefined || (before.includes(':') && !parsed.ok.includes(':'));
      if (better) table.set(name.toLowerCase(), parsed.ok);
    }
  }
  return table;
}

function addressOf(host: string, table: HostTable): string | null {
  const parsed = parseAddress(host);
  return 'ok' in parsed ? parsed.ok : (table.get(host.toLowerCase()) ?? null);
}

function isAddress(host: string): boolean {
  return 'ok' in parseAddress(host);
}
