/** The server that each check asks, and by which VIP path when it asks by a virtual address. */
import type { CheckConfig, Config } from '../../config/config.ts';
import type { VipPath } from '../../core/marks.ts';
import type { Target } from '../../plugin/plugin.ts';

export function targetsOf({ servers, checks, paths }: Config): (check: CheckConfig) => Target {
  const sourcePorts = groupBy(paths, ({ mark }) => mark);
  const checked = checks.flatMap(({ monitor, path }) => (path === null ? [] : [{ monitor: monitor.name, path }]));
  // Sorted by address, so that neighbours are mostly of one network: only such a witness counts (monitors/vip/judge.ts).
  const rings = groupBy(checked.toSorted(byAddress), ({ monitor }) => monitor);
  const places = new Map([...rings.values()].flatMap((ring) => ring.map(({ path }, at) => [path.mark, at] as const)));
  const portsOf = ({ mark }: VipPath) => (sourcePorts.get(mark) ?? []).map(({ sourcePort }) => sourcePort);

  return ({ server, monitor, path }) => {
    const address = servers.get(server)?.address ?? '';
    if (path === null) return { server, address };
    const ring = rings.get(monitor.name) ?? [];
    const at = places.get(path.mark) ?? 0;
    // The one farthest away as well: a fault of a rack is a fault of neighbours.
    const others = [at - 1, at + 1, at + Math.ceil(ring.length / 2)].flatMap(
      (place) => ring.at(place % ring.length)?.path ?? [],
    );
    const witnesses = [...new Set(others)]
      .filter((other) => other !== path)
      .map((other) => ({ address: other.address, sourcePorts: portsOf(other) }));
    return { server, address, path: { vip: path.vip, port: path.port, sourcePorts: portsOf(path), witnesses } };
  };
}

/** Source ports and witnesses do not count: they change with every server that is added. */
export function sameTarget(a: Target, b: Target): boolean {
  const isSamePlace = a.server === b.server && a.address === b.address;
  return isSamePlace && a.path?.vip === b.path?.vip && a.path?.port === b.path?.port;
}

interface Placed {
  readonly path: VipPath;
}

function byAddress({ path: a }: Placed, { path: b }: Placed): number {
  if (a.address === b.address) return 0;
  return a.address < b.address ? -1 : 1;
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
