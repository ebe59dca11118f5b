/** Whom a check asks, and for a check by a virtual address: which way. */
import type { CheckConfig, Config } from '../config/config.ts';
import type { VipPath } from '../core/marks.ts';
import type { Target } from '../plugin.ts';

/** Servers whose ways are tried beside each other's. */
const witnessesPerPath = 2;

export function targetsOf({ servers, checks, paths }: Config): (check: CheckConfig) => Target {
  const sourcePorts = groupBy(paths, ({ mark }) => mark);
  const ways = checks.flatMap(({ monitor, path }) => (path === null ? [] : [{ monitor: monitor.name, path }]));
  const rings = groupBy(ways, ({ monitor }) => monitor);
  const places = new Map([...rings.values()].flatMap((ring) => ring.map(({ path }, at) => [path.mark, at] as const)));
  const portsOf = ({ mark }: VipPath) => (sourcePorts.get(mark) ?? []).map(({ sourcePort }) => sourcePort);

  return ({ server, monitor, path }) => {
    const address = servers.get(server)?.address ?? '';
    if (path === null) return { server, address };
    const ring = rings.get(monitor.name) ?? [];
    const at = places.get(path.mark) ?? 0;
    const next = Array.from({ length: Math.min(witnessesPerPath, ring.length - 1) }, (_, step) => {
      return ring[(at + 1 + step) % ring.length]?.path ?? path;
    });
    const witnesses = next.map((other) => ({ address: other.address, sourcePorts: portsOf(other) }));
    return { server, address, path: { vip: path.vip, port: path.port, sourcePorts: portsOf(path), witnesses } };
  };
}

export function sameTarget(a: Target, b: Target): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function groupBy<K, V>(values: readonly V[], keyOf: (value: V) => K): ReadonlyMap<K, readonly V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
