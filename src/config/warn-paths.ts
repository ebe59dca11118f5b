/** Checks by a virtual address that go where no viewer goes. */
import { familyOf } from './addresses.ts';
import type { Config } from './config.ts';
import type { Report } from './problems.ts';

export function warnOfPaths({ checks, services, classify }: Config, warn: Report): void {
  const pools = [...services.values()].filter(({ balancer }) => balancer === 'ipvs');
  const vips = new Set([
    ...classify.groups.flatMap((group) => group.vips),
    ...pools.flatMap(({ at }) => ('address' in at ? [at.address] : [])),
  ]);
  // Marks that another hand sets may belong to any address.
  const knowsAll = classify.groups.length > 0 || pools.every(({ at }) => at.kind !== 'fwmark');
  const told = new Set<string>();
  for (const { server, monitor, path } of checks) {
    if (path === null) continue;
    const place = ['monitors', monitor.name];
    if (knowsAll && !vips.has(path.vip) && !told.has(monitor.name)) {
      const message = `\`${path.vip}\` is the address of no virtual service, and in no group of \`classify\``;
      warn([...place, 'address'], message);
      told.add(monitor.name);
    }
    const ways = pools.flatMap(({ name, at, forward, members }) => {
      if (at.kind === 'haproxy') return [];
      const family = at.kind === 'fwmark' ? at.family : familyOf(at.address);
      const isIn = members.some((member) => [member.server, ...member.backups].includes(server));
      return isIn && family === familyOf(path.vip) ? [{ name, forward }] : [];
    });
    const [pool] = ways;
    if (pool === undefined || ways.some(({ forward }) => forward === path.forward)) continue;
    warn(
      [...place, 'forward'],
      `pool \`${pool.name}\` reaches \`${server}\` by ${pool.forward}, and this monitor by ${path.forward}`,
    );
  }
}
