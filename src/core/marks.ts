/** Which packets get which firewall mark, as plain values. `src/classify/` makes the kernel do it. */
import type { DesiredService } from './plan.ts';
import { type Forward, hostPort } from './table.ts';

/** A network of clients; a single client is one of 32 or 128 bits. */
export interface Network {
  readonly family: 4 | 6;
  /** 4 or 16 bytes, those behind the prefix zero. */
  readonly bytes: readonly number[];
  readonly prefix: number;
  /** `192.168.7.0/24`; a single client without its prefix length. Canonical, and so a key. */
  readonly text: string;
}

export interface ClientMark {
  readonly network: Network;
  readonly mark: number;
}

/** What a hand says of a network; `mark` null: as if the configuration did not list it. */
export interface ClientOverride {
  readonly network: Network;
  readonly mark: number | null;
}

/** Both ends belong to it. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Packets to these addresses and ports. Groups never overlap. */
export interface PacketGroup {
  /** Only those that come in there; null: anywhere. */
  readonly interface: string | null;
  readonly vips: readonly string[];
  readonly tcp: readonly PortRange[];
  readonly udp: readonly PortRange[];
  /** The client's longest network gives the mark, and `mark` is for clients in none of them. */
  readonly byClient: boolean;
  /** null, with `byClient` only: such clients get no mark. */
  readonly mark: number | null;
}

/**
 * Our own connections to a virtual address: the source port says through which real server they go. A way through a
 * server has several source ports, and so several of these with one mark.
 */
export interface VipPath {
  readonly server: string;
  /** The real server's. */
  readonly address: string;
  readonly vip: string;
  readonly port: number;
  readonly sourcePort: number;
  readonly mark: number;
  readonly forward: Forward;
}

/** All that the kernel has to do. */
export interface Marking {
  readonly groups: readonly PacketGroup[];
  /** Each network once. */
  readonly clients: readonly ClientMark[];
  readonly paths: readonly VipPath[];
}

/** Marks of VIP paths; the configuration may not use them. */
export const pathMarks = { first: 0x7f00_0000, last: 0x7fff_ffff } as const;

/** Attempts of one check beside each other, and those of its neighbours that need a witness. */
export const portsPerPath = 8;

export function marksNothing({ groups, paths }: Marking): boolean {
  return groups.length === 0 && paths.length === 0;
}

export function contains(network: Network, address: Network): boolean {
  if (network.family !== address.family || network.prefix > address.prefix) return false;
  const whole = network.prefix >> 3;
  for (let at = 0; at < whole; at += 1) if (network.bytes[at] !== address.bytes[at]) return false;
  const bits = network.prefix & 7;
  if (bits === 0) return true;
  const mask = 0xff << (8 - bits);
  return ((network.bytes[whole] ?? 0) & mask) === ((address.bytes[whole] ?? 0) & mask);
}

/** The longest network that has the address in it. */
export function findClient<C extends ClientMark>(clients: Iterable<C>, address: Network): C | null {
  let best: C | null = null;
  for (const client of clients) {
    if (!contains(client.network, address)) continue;
    if (best === null || client.network.prefix > best.network.prefix) best = client;
  }
  return best;
}

/** The marks of the configuration, with manual overrides of the same networks applied. */
export function overrideClients(
  configured: readonly ClientMark[],
  overrides: Iterable<ClientOverride>,
): readonly ClientMark[] {
  const clients = new Map(configured.map((client) => [client.network.text, client]));
  for (const { network, mark } of overrides) {
    if (mark === null) clients.delete(network.text);
    else clients.set(network.text, { network, mark });
  }
  return [...clients.values()];
}

/** The private services by which each VIP path leads to its own server. */
export function pathServices(paths: readonly VipPath[]): readonly DesiredService[] {
  const byMark = new Map(paths.map((path) => [path.mark, path]));
  return [...byMark.values()].map(({ address, vip, mark, forward }) => ({
    spec: {
      at: { kind: 'fwmark', mark, family: vip.includes(':') ? 6 : 4 },
      scheduler: 'rr',
      persistenceS: null,
      persistencePrefix: vip.includes(':') ? 128 : 32,
    },
    entries: [{ address, port: 0, forward, weight: 1 }],
  }));
}

/** `10.10.3.30 tcp 1935,8080 udp 6950-7150 on eth0`. */
export function describeGroup({ interface: device, vips, tcp, udp }: PacketGroup): string {
  const ports = (name: string, ranges: readonly PortRange[]) =>
    ranges.length === 0 ? '' : ` ${name} ${ranges.map(describeRange).join(',')}`;
  return `${vips.join(',')}${ports('tcp', tcp)}${ports('udp', udp)}${device === null ? '' : ` on ${device}`}`;
}

export function describeRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** `10.10.3.30:1935 through edge1`. */
export function describePath({ vip, port, server }: VipPath): string {
  return `${hostPort(vip, port)} through ${server}`;
}
