/** What people and emails ask of all pools together. */
import type { Config } from '../../config/config.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';

type Pools = ReadonlyMap<string, PoolRecord>;

/** Pools that a server may be in, by its own right or as a stand-in. */
export function poolsWith(server: string, { services }: Pick<Config, 'services'>): readonly string[] {
  return [...services.values()]
    .filter(({ members }) => members.some((m) => m.server === server || m.backups.includes(server)))
    .map(({ name }) => name);
}

export function standInsFor(server: string, pools: Pools): readonly string[] {
  return [...new Set([...pools.values()].flatMap((pool) => pool.memory?.standIns.get(server) ?? []))];
}

/** Servers that are pooled although failing, one line each. */
export function keptIn(pools: Pools): readonly string[] {
  return [...pools.values()].flatMap((pool) =>
    (pool.decision?.places ?? [])
      .filter((place) => place.reason.startsWith('kept although'))
      .map((place) => `${place.server} in ${pool.config.name}, ${place.reason}`),
  );
}
