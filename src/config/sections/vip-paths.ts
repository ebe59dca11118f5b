/**
 * Routes to real servers by a virtual address: each check of a monitor of type `vip` has a mark and a few source
 * ports for its own.
 */
import { pathMarks, portsPerPath, type VipPath } from '../../core/marks.ts';
import type { Forward } from '../../core/table.ts';
import { familyOf, parseAddress } from '../addresses.ts';
import type { Entry } from '../entry.ts';
import type { Report } from '../problems.ts';
import type { ClassifyConfig } from './classify/groups.ts';
import type { DirectorEntry } from './director.ts';
import type { Monitors } from './monitors/monitors.ts';
import type { Servers } from './servers.ts';
import type { VirtualServiceConfig } from './services/services.ts';
import type { CheckConfig, Watches } from './watches.ts';

interface PathOptions {
  readonly address: string;
  readonly port: number;
  readonly forward: Forward;
}

/** The options of a monitor of type `vip`; null: the type of this name is another plugin's. */
function pathOptions(options: unknown): PathOptions | null {
  if (typeof options !== 'object' || options === null) return null;
  const { address, port, forward } = options as Partial<Record<keyof PathOptions, unknown>>;
  if (typeof address !== 'string' || typeof port !== 'number') return null;
  return { address, port, forward: forward === 'tun' ? 'tun' : 'dr' };
}

interface Drafts {
  readonly director: Entry<DirectorEntry>;
  readonly servers: Servers;
  readonly monitors: Monitors;
  readonly watches: Watches;
}

/** Checks that every path can lead through its server, and that there are enough source ports. */
export function checkPaths({ director, servers, monitors, watches }: Drafts, report: Report): void {
  let count = 0;
  for (const [name, monitor] of monitors.entries) {
    const options = monitor.fields.type === 'vip' ? pathOptions(monitor.options) : null;
    if (options === null) continue;
    const place = [...monitor.path, 'address'];
    const vip = parseAddress(options.address);
    if (!('ok' in vip)) {
      report(place, `expected ${vip.expected}, got \`${options.address}\``);
      continue;
    }
    for (const server of watchedBy(name, watches)) {
      const address = servers.entries.get(server)?.fields.address;
      if (address === undefined) continue;
      count += 1;
      const got = `got \`${vip.ok}\``;
      if (familyOf(address) !== familyOf(vip.ok)) {
        const family = familyOf(address) === 4 ? 'an IPv4' : 'an IPv6';
        report(place, `expected ${family} address as server \`${server}\` has (${address}), ${got}`);
      } else if (address === vip.ok) {
        report(place, `expected a virtual address, not that of server \`${server}\` itself, ${got}`);
      }
    }
  }
  const first = director.fields.probe_ports;
  const ports = count * portsPerPath;
  if (first === undefined || first + ports <= 65_536) return;
  const needed = `${count} checks of type \`vip\` need ${ports} ports`;
  const room = Math.max(0, 65_536 - ports);
  const expected = room < 1024 ? 'fewer of them' : `at most ${room}`;
  report(['director', 'probe_ports'], `${needed} from the first one on, expected ${expected}, got \`${first}\``);
}

function watchedBy(monitor: string, watches: Watches): ReadonlySet<string> {
  const users = [...watches.entries.values()].filter(({ fields }) => fields.monitors?.includes(monitor));
  return new Set(users.flatMap(({ fields }) => fields.servers ?? []));
}

/**
 * Sorted by the names of server and monitor, so that the same configuration always gives the same marks and ports. The
 * first path of a check is the check's own.
 */
export function withPaths(
  checks: readonly CheckConfig[],
  addressOf: (server: string) => string,
  firstPort: number,
): { readonly checks: readonly CheckConfig[]; readonly paths: readonly VipPath[] } {
  const own = new Map<CheckConfig, VipPath>();
  const paths: VipPath[] = [];
  for (const check of checks.filter(({ monitor }) => monitor.type === 'vip').sort(byName)) {
    const options = pathOptions(check.monitor.options);
    const vip = options === null ? null : parseAddress(options.address);
    if (options === null || vip === null || !('ok' in vip)) continue;
    const { port, forward } = options;
    const address = addressOf(check.server);
    const base = { server: check.server, address, vip: vip.ok, port, mark: pathMarks.first + own.size, forward };
    for (let count = 0; count < portsPerPath; count += 1) {
      const path = { ...base, sourcePort: firstPort + paths.length };
      if (count === 0) own.set(check, path);
      paths.push(path);
    }
  }
  return { checks: checks.map((check) => ({ ...check, path: own.get(check) ?? null })), paths };
}

function byName(a: CheckConfig, b: CheckConfig): number {
  if (a.server !== b.server) return a.server < b.server ? -1 : 1;
  return a.monitor.name < b.monitor.name ? -1 : 1;
}

interface Configs {
  readonly checks: readonly CheckConfig[];
  readonly services: ReadonlyMap<string, VirtualServiceConfig>;
  readonly classify: ClassifyConfig;
}

/** Checks by a virtual address that take another route than the viewers. */
export function warnOfPaths({ checks, services, classify }: Configs, warn: Report): void {
  const pools = [...services.values()].filter(({ balancer }) => balancer === 'ipvs');
  const vips = new Set([
    ...classify.groups.flatMap((group) => group.vips),
    ...pools.flatMap(({ at }) => ('address' in at ? [at.address] : [])),
  ]);
  // Marks that another program sets may belong to any address.
  const knowsAll = classify.groups.length > 0 || pools.every(({ at }) => at.kind !== 'fwmark');
  const warned = new Set<string>();
  for (const { server, monitor, path } of checks) {
    if (path === null) continue;
    const place = ['monitors', monitor.name];
    if (knowsAll && !vips.has(path.vip) && !warned.has(monitor.name)) {
      const message = `\`${path.vip}\` is the address of no virtual service, and in no group of \`classify\``;
      warn([...place, 'address'], message);
      warned.add(monitor.name);
    }
    const used = pools.filter(({ at, members }) => {
      if (at.kind === 'haproxy') return false;
      const family = at.kind === 'fwmark' ? at.family : familyOf(at.address);
      const isIn = members.some((member) => [member.server, ...member.backups].includes(server));
      return isIn && family === familyOf(path.vip);
    });
    const [pool] = used;
    if (pool === undefined || used.some(({ forward }) => forward === path.forward)) continue;
    const ways = `by ${pool.forward}, and this monitor by ${path.forward}`;
    warn([...place, 'forward'], `pool \`${pool.name}\` reaches \`${server}\` ${ways}`);
  }
}
