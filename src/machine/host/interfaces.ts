/** The network devices of this machine, from `ip -j -d address show`. */
import { type Host, output } from './host.ts';

export interface Device {
  readonly name: string;
  /** `dummy`, `ipip`, ...; '' for hardware and lo. */
  readonly kind: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly addresses: readonly DeviceAddress[];
}

export interface DeviceAddress {
  readonly address: string;
  readonly prefix: number;
}

/** null: unreadable. */
export async function readDevices(host: Host): Promise<readonly Device[] | null> {
  const text = await output(host, 'ip', ['-j', '-d', 'address', 'show']);
  return text === null ? null : parseDevices(text);
}

export function parseDevices(text: string): readonly Device[] | null {
  const rows = jsonList(text);
  return rows === null ? null : rows.flatMap(deviceOf);
}

/** The route that the kernel would use for a packet. */
export interface Route {
  /** True if the address is local. */
  readonly local: boolean;
  readonly device: string;
  /** The MTU of the route itself; null: that of the device. */
  readonly mtu: number | null;
  /** True if it goes through a router; false: on a connected network. */
  readonly routed: boolean;
}

/** null: no route, or unknown. `mark`: routes as for a packet with that mark. */
export async function readRoute(host: Host, address: string, mark: number | null): Promise<Route | null> {
  const marked = mark === null ? [] : ['mark', String(mark)];
  const text = await output(host, 'ip', ['-j', 'route', 'get', address, ...marked]);
  return text === null ? null : parseRoute(text);
}

export function parseRoute(text: string): Route | null {
  const row = jsonList(text)?.[0];
  if (!isRecord(row) || typeof row['dev'] !== 'string') return null;
  const metrics: unknown = Array.isArray(row['metrics']) ? row['metrics'][0] : null;
  const mtu = isRecord(metrics) && typeof metrics['mtu'] === 'number' ? metrics['mtu'] : null;
  const routed = row['gateway'] !== undefined || row['via'] !== undefined;
  return { local: row['type'] === 'local', device: row['dev'], mtu, routed };
}

function deviceOf(row: unknown): Device[] {
  if (!isRecord(row) || typeof row['ifname'] !== 'string') return [];
  const flags: readonly unknown[] = Array.isArray(row['flags']) ? row['flags'] : [];
  const linkinfo = row['linkinfo'];
  const kind = isRecord(linkinfo) && typeof linkinfo['info_kind'] === 'string' ? linkinfo['info_kind'] : '';
  const addresses: readonly unknown[] = Array.isArray(row['addr_info']) ? row['addr_info'] : [];
  return [
    {
      name: row['ifname'],
      kind,
      mtu: typeof row['mtu'] === 'number' ? row['mtu'] : 0,
      up: flags.includes('UP'),
      addresses: addresses.flatMap((one) =>
        isRecord(one) && typeof one['local'] === 'string' && typeof one['prefixlen'] === 'number'
          ? [{ address: one['local'], prefix: one['prefixlen'] }]
          : [],
      ),
    },
  ];
}

function jsonList(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
