/** The balancer's table as plain values, the same for the kernel's IPVS, HAProxy's backends and the in-memory table. */

export type Forward = 'dr' | 'nat' | 'tun';
export type Protocol = 'tcp' | 'udp';

/** Canonical name of a virtual service: `fwmark:1`, `tcp:10.10.3.30:554`, `udp:[2001:db8::1]:554`, `haproxy:rtmp@SOCKET`. */
export type ServiceKey = string;

export type ServiceAddress =
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: 4 | 6 }
  | { readonly kind: Protocol; readonly address: string; readonly port: number }
  | HaproxyAddress;

/** A backend of the HAProxy that listens on this socket: a path, or `address:port`. */
export interface HaproxyAddress {
  readonly kind: 'haproxy';
  readonly socket: string;
  readonly backend: string;
}

export interface ServiceSpec {
  readonly at: ServiceAddress;
  readonly scheduler: string;
  /** Seconds; null: no persistence. */
  readonly persistenceS: number | null;
  /** Prefix length of the persistence granularity, 32 (IPv4) or 128 (IPv6) when each client is its own. */
  readonly persistencePrefix: number;
}

/** One real server in a virtual service. */
export interface Entry {
  readonly address: string;
  readonly port: number;
  readonly forward: Forward;
  readonly weight: number;
}

/** Connections as the balancer counts them now. */
export interface LiveEntry extends Entry {
  readonly activeConns: number;
  readonly inactiveConns: number;
}

export interface TableService {
  readonly spec: ServiceSpec;
  readonly entries: readonly LiveEntry[];
  /** Real servers that were taken out in the balancer itself, by entry key; we do not undo that. Absent if it has no such state. */
  readonly externalHolds?: ReadonlyMap<string, ExternalHold>;
  /** Real servers that report their weight to the balancer themselves, by entry key. Absent if there are none. */
  readonly selfWeighed?: ReadonlySet<string>;
}

export interface ExternalHold {
  readonly hold: 'drain' | 'disable';
  /** False: no stand-in has a place while it lasts. */
  readonly canBeCovered: boolean;
}

export type Table = ReadonlyMap<ServiceKey, TableService>;

export type Command =
  | { readonly op: 'add-service' | 'edit-service' | 'remove-service'; readonly service: ServiceSpec }
  | { readonly op: 'add' | 'edit' | 'remove'; readonly service: ServiceAddress; readonly entry: Entry };

export function serviceKey(at: ServiceAddress): ServiceKey {
  if (at.kind === 'fwmark') return `fwmark:${at.mark}`;
  if (at.kind === 'haproxy') return `haproxy:${at.backend}@${at.socket}`;
  return `${at.kind}:${hostPort(at.address, at.port)}`;
}

/** `10.0.0.1:554`, `[2001:db8::1]:554`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Names a real server inside its virtual service. */
export function entryKey(entry: Pick<Entry, 'address' | 'port'>): string {
  return hostPort(entry.address, entry.port);
}

/** The real servers of a virtual service by their names in it. */
export function entriesByKey(service: TableService | undefined): ReadonlyMap<string, LiveEntry> {
  return new Map(service?.entries.map((entry) => [entryKey(entry), entry]));
}
