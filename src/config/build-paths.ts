/** Ways to real servers by a virtual address: one mark and a few source ports for each check of type `vip`. */
import { pathMarks, portsPerPath, type VipPath } from '../core/marks.ts';
import type { Forward } from '../core/table.ts';
import { parseAddress } from './addresses.ts';
import type { CheckConfig } from './config.ts';

interface PathOptions {
  readonly address: string;
  readonly port: number;
  readonly forward: Forward;
}

/** What a monitor of type `vip` is told; null: the monitor of this name is another one. */
export function pathOptions(options: unknown): PathOptions | null {
  if (typeof options !== 'object' || options === null) return null;
  const { address, port, forward } = options as Partial<Record<keyof PathOptions, unknown>>;
  if (typeof address !== 'string' || typeof port !== 'number') return null;
  return { address, port, forward: forward === 'tun' ? 'tun' : 'dr' };
}

/**
 * By the names of server and monitor in their order, so that the same configuration always gives the same marks and
 * ports; the first of its paths is the check's own.
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
    const path = {
      server: check.server,
      address: addressOf(check.server),
      vip: vip.ok,
      port: options.port,
      mark: pathMarks.first + own.size,
      forward: options.forward,
    };
    for (let count = 0; count < portsPerPath; count += 1) {
      const way = { ...path, sourcePort: firstPort + paths.length };
      if (count === 0) own.set(check, way);
      paths.push(way);
    }
  }
  return { checks: checks.map((check) => ({ ...check, path: own.get(check) ?? null })), paths };
}

function byName(a: CheckConfig, b: CheckConfig): number {
  return compare(a.server, b.server) || compare(a.monitor.name, b.monitor.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
