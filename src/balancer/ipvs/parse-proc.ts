/**
 * Parses `/proc/net/ip_vs`, printed by ip_vs_info_seq_show() in net/netfilter/ipvs/ip_vs_ctl.c: addresses, ports,
 * marks and netmasks are hexadecimal, and persistence is in jiffies, so the kernel's HZ is needed for seconds.
 */
import { wholePrefix } from '../../core/plan.ts';
import {
  type Forward,
  type LiveEntry,
  type ServiceAddress,
  type ServiceKey,
  serviceKey,
  type Table,
  type TableService,
} from '../../core/table.ts';
import { BalancerError } from '../balancer.ts';
import { isPrefixByte, maskPrefix, parseEndpoint } from './hex-fields.ts';

export interface ProcService {
  readonly at: ServiceAddress;
  readonly scheduler: string;
  /** null: no persistence. */
  readonly persistenceJiffies: number | null;
  readonly persistencePrefix: number;
  readonly entries: readonly LiveEntry[];
}

/** The address family of a mark, for when the text does not show it. */
export type FamilyOfMark = (mark: number) => 4 | 6 | undefined;

/** Weights, counts and seconds are decimal. A server on the director itself is `Local`; `ipvsadm -S` calls it `-g`. */
const forwards: Readonly<Record<string, Forward>> = { Route: 'dr', Masq: 'nat', Tunnel: 'tun', Local: 'dr' };

const headerLines = 3;

/** Services of a protocol other than TCP and UDP are left out. */
export function parseProc(text: string, familyOfMark: FamilyOfMark): readonly ProcService[] {
  const services: ProcService[] = [];
  let header: { readonly line: string; readonly number: number } | null = null;
  let entries: LiveEntry[] = [];
  const finish = (): void => {
    const service = header && parseService(header.line, header.number, entries, familyOfMark);
    if (service) services.push(service);
    entries = [];
  };
  const lines = text.split('\n');
  // A truncated text must not look like an empty table.
  if (!lines[0]?.startsWith('IP Virtual Server version'))
    throw unexpected('the header of an IPVS table', lines[0] ?? '', 1);
  for (const [index, line] of lines.entries()) {
    if (index < headerLines || line === '') continue;
    if (!line.startsWith('  -> ')) {
      finish();
      header = { line, number: index + 1 };
    } else if (header === null) {
      throw unexpected('a virtual service', line, index + 1);
    } else {
      entries.push(parseEntry(line, index + 1));
    }
  }
  finish();
  return services;
}

/** If one mark has an IPv4 and an IPv6 service, the key stands for the configured family, or else for IPv4. */
export function toTable(services: readonly ProcService[], hz: number, familyOfMark: FamilyOfMark): Table {
  const table = new Map<ServiceKey, TableService>();
  for (const { at, scheduler, persistenceJiffies, persistencePrefix, entries } of services) {
    const key = serviceKey(at);
    if (at.kind === 'fwmark' && table.has(key) && at.family !== (familyOfMark(at.mark) ?? 4)) continue;
    const persistenceS = persistenceJiffies === null ? null : Math.round(persistenceJiffies / hz);
    table.set(key, { spec: { at, scheduler, persistenceS, persistencePrefix }, entries });
  }
  return table;
}

function parseService(
  line: string,
  number: number,
  entries: readonly LiveEntry[],
  familyOfMark: FamilyOfMark,
): ProcService | null {
  const [protocol = '', name = '', scheduler, ...flags] = line.trim().split(/\s+/);
  if (scheduler === undefined) throw unexpected('a protocol, an address and a scheduler', line, number);
  const persistent = parsePersistence(flags, line, number);
  const at = parseAddress(protocol, name, () => inferFamily(name, persistent?.mask, entries, familyOfMark));
  if (at === undefined) throw unexpected('an address and a port, or a mark, in hexadecimal', line, number);
  if (at === null) return null;
  const whole = wholePrefix(at);
  const persistencePrefix = persistent === null ? whole : maskPrefix(persistent.mask, whole);
  return { at, scheduler, persistenceJiffies: persistent?.jiffies ?? null, persistencePrefix, entries };
}

function parseAddress(protocol: string, name: string, family: () => 4 | 6): ServiceAddress | null | undefined {
  switch (protocol) {
    case 'FWM':
      if (!/^[0-9A-F]{8}$/i.test(name)) return undefined;
      return { kind: 'fwmark', mark: Number.parseInt(name, 16), family: family() };
    case 'TCP':
    case 'UDP': {
      const endpoint = parseEndpoint(name);
      return endpoint && { kind: protocol === 'TCP' ? 'tcp' : 'udp', ...endpoint };
    }
    default:
      return null;
  }
}

/**
 * The family is not shown, but the IPv6 mask is a prefix length (1..128) in the top byte, where an IPv4 mask has
 * 192 or more (/1 aside), and only a tunnel takes a server of the other family.
 */
function inferFamily(
  name: string,
  mask: number | undefined,
  entries: readonly LiveEntry[],
  familyOfMark: FamilyOfMark,
): 4 | 6 {
  if (mask !== undefined) return isPrefixByte(mask) ? 6 : 4;
  const sure = entries.find(({ forward }) => forward !== 'tun');
  if (sure !== undefined) return familyOf(sure.address);
  const configured = familyOfMark(Number.parseInt(name, 16));
  return configured ?? familyOf(entries[0]?.address ?? '');
}

function parsePersistence(
  flags: readonly string[],
  line: string,
  number: number,
): { readonly jiffies: number; readonly mask: number } | null {
  const at = flags.indexOf('persistent');
  if (at === -1) return null;
  const [jiffies = '', mask = ''] = flags.slice(at + 1);
  if (!/^\d+$/.test(jiffies) || !/^[0-9A-F]{8}$/i.test(mask)) throw unexpected('a timeout and a mask', line, number);
  return { jiffies: Number(jiffies), mask: Number.parseInt(mask, 16) };
}

/** One expression per line, for speed: a table may have thousands of lines and is read several times in a swap. */
const entryLine = /^ {2}-> (\S+) +(\S+) +(-?\d+) +(-?\d+) +(-?\d+) *$/;

function parseEntry(line: string, number: number): LiveEntry {
  const match = entryLine.exec(line);
  const endpoint = match === null ? undefined : parseEndpoint(match[1] as string);
  const forward = match === null ? undefined : forwards[match[2] as string];
  if (match === null || endpoint === undefined || forward === undefined)
    throw unexpected('a real server with method, weight and connections', line, number);
  const [weight, activeConns, inactiveConns] = [Number(match[3]), Number(match[4]), Number(match[5])];
  return { address: endpoint.address, port: endpoint.port, forward, weight, activeConns, inactiveConns };
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function unexpected(expected: string, line: string, number: number): BalancerError {
  return new BalancerError(
    'unread',
    `/proc/net/ip_vs line ${number}: expected ${expected}, got \`${line.trim().slice(0, 200)}\``,
  );
}
