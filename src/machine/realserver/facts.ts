/** How a video server is currently set up. */
import type { Host } from '../host/host.ts';
import { type Device, readDevices } from '../host/interfaces.ts';
import { deviceSysctl, keptSysctls, readSysctls } from '../host/sysctl.ts';
import { findKeeper } from './keeper.ts';
import { type Keeper, keptFiles, ourPaths, unitLink } from './kept-files.ts';
import { type Memory, memoryFile, parseMemory } from './memory.ts';
import type { Vip } from './request.ts';
import { type Setup, withPrefix } from './setup.ts';

export interface ServerFacts {
  readonly devices: readonly Device[];
  /** By name, of every device; null: there is no such device. */
  readonly sysctls: ReadonlyMap<string, string | null>;
  readonly keeper: Keeper;
  /** Files at the paths that ours use, whoever wrote them. */
  readonly files: ReadonlyMap<string, string>;
  readonly unitEnabled: boolean;
  /** What the next boot sets, and in which file. */
  readonly kept: ReadonlyMap<string, { readonly value: string; readonly file: string }>;
}

export interface Recall {
  readonly memory: Memory | null;
  /** True if there is a record that we cannot read. */
  readonly broken: boolean;
}

export async function recall({ files }: Host): Promise<Recall> {
  const text = await files.read(memoryFile);
  const memory = text === null ? null : parseMemory(text);
  return { memory, broken: text !== null && memory === null };
}

export async function readServer(host: Host, setup: Setup, memory: Memory | null): Promise<ServerFacts> {
  const devices = await readDevices(host);
  if (devices === null) throw new Error('cannot list the addresses of this machine: `ip -j -d address show` failed');
  const keeper = await findKeeper(host, setup.device);
  const paths = [...keptFiles(setup, keeper).map(({ path }) => path), ...ourPaths(keeper), ...(memory?.files ?? [])];
  const files = new Map<string, string>();
  for (const path of new Set(paths)) {
    const text = await host.files.read(path);
    if (text !== null) files.set(path, text);
  }
  const names = new Set(['all', 'lo', setup.device, ...devices.map(({ name }) => name)]);
  const keys = ['arp_ignore', 'arp_announce', 'rp_filter'];
  return {
    devices,
    sysctls: await readSysctls(
      host.files,
      [...names].flatMap((name) => keys.map((key) => deviceSysctl(name, key))),
    ),
    keeper,
    files,
    unitEnabled: await host.files.exists(unitLink),
    kept: await keptSysctls(host.files),
  };
}

export interface Place {
  readonly device: string;
  readonly prefix: number;
  /** A device without a wire, where a real server may have a VIP. */
  readonly inside: boolean;
  /** True for a single address: with a shorter prefix on lo, a whole network would be local. */
  readonly single: boolean;
}

export function placesOf({ address, family }: Vip, devices: readonly Device[]): readonly Place[] {
  return devices.flatMap((device) =>
    device.addresses
      .filter((one) => one.address === address)
      .map(({ prefix }) => ({
        device: device.name,
        prefix,
        inside: ['lo', 'tunl0', 'ip6tnl0'].includes(device.name) || device.kind === 'dummy',
        single: prefix === (family === 4 ? 32 : 128),
      })),
  );
}

/** The effective value, the larger of `all` and the device; null: unknown. */
export function effective(sysctls: ServerFacts['sysctls'], device: string, key: string): number | null {
  const values = [sysctls.get(deviceSysctl('all', key)), sysctls.get(deviceSysctl(device, key))];
  const known = values.flatMap((text) => (text !== null && text !== undefined && /^-?\d+$/.test(text) ? [+text] : []));
  return known.length === 0 ? null : Math.max(...known);
}

export function describePlace(vip: Vip, { device, prefix, single }: Place): string {
  return `${single ? withPrefix(vip) : `${vip.address}/${prefix}`} on ${device}`;
}
