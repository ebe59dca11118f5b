/** Pools and tables as the API shows them. */

import type { ServiceStatus, TableView } from '../../api/control.ts';
import { describeCommand, planService } from '../../core/plan.ts';
import type { Place } from '../../core/pool.ts';
import { type Entry, entryKey, type LiveEntry } from '../../core/table.ts';
import { desired, type PoolRecord } from '../../pools/pool-record.ts';
import type { ServerRecord } from '../watch/board.ts';
import { lookUpOf, placeStatus, type WeightSources } from './place-views.ts';

export function serviceStatus(
  pool: PoolRecord,
  servers: ReadonlyMap<string, ServerRecord>,
  sources: WeightSources,
): ServiceStatus {
  const { config, decision, actual } = pool;
  const lookUp = lookUpOf(pool);
  const places = (decision?.places ?? unread(pool, servers)).map((place) => {
    return placeStatus(place, lookUp, servers.get(place.server), sources);
  });
  return {
    name: config.name,
    key: pool.key,
    balancer: config.balancer,
    scheduler: config.scheduler,
    persistenceS: config.persistenceS,
    forward: config.forward,
    minPooled: pool.rule.minPooled,
    pooled: (actual?.entries ?? []).filter((entry) => entry.weight > 0).length,
    readMs: pool.readMs,
    problem: pool.problem?.text ?? null,
    lastDrift: pool.lastDrift,
    ...(sources.weights === null || config.balance === undefined ? {} : { balance: config.balance }),
    places,
  };
}

/** Nothing is decided before the table was read for the first time, but the members are known. */
function unread({ rule }: PoolRecord, servers: ReadonlyMap<string, ServerRecord>): readonly Place[] {
  return rule.members.map(({ server, port }) => ({
    server,
    role: 'member',
    standsInFor: [],
    address: servers.get(server)?.config.address ?? '',
    port,
    weight: null,
    reason: 'the table was not read yet',
  }));
}

export function tableView(pool: PoolRecord): TableView {
  const wanted = pool.decision === null ? null : desired(pool, pool.decision);
  const pinned = new Set(pool.decision?.places.filter((place) => place.pinned).map(entryKey));
  return {
    service: pool.config.name,
    key: pool.key,
    desired:
      wanted?.entries.map((entry) => ({ ...plain(entry), ...(pinned.has(entryKey(entry)) && { pinned: true }) })) ?? [],
    actual: pool.actual?.entries.map((entry) => ({ ...plain(entry), ...conns(entry) })) ?? null,
    plan: wanted === null || pool.readMs === null ? [] : planService(wanted, pool.actual).map(describeCommand),
    problem: pool.problem?.text ?? null,
  };
}

function plain({ address, port, forward, weight }: Entry): Entry {
  return { address, port, forward, weight };
}

function conns({ activeConns, inactiveConns }: LiveEntry): Pick<LiveEntry, 'activeConns' | 'inactiveConns'> {
  return { activeConns, inactiveConns };
}
