/** Why a server is where it is, as the API shows it. */

import type { Explanation, ServerStatus } from '../../api/control.ts';
import type { Hold } from '../../core/model.ts';
import type { Place } from '../../core/pool.ts';
import { entryKey } from '../../core/table.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';
import type { HistoryRow } from '../../store/store.ts';
import { withReason } from '../../text.ts';
import type { PoolWeights } from '../steer/weigher.ts';
import type { ServerRecord } from '../watch/board.ts';
import { weightText, why } from './place-views.ts';

export function explanation(
  server: ServerStatus,
  pools: readonly PoolRecord[],
  sources: {
    readonly servers: ReadonlyMap<string, ServerRecord>;
    readonly weightsOf: (service: string) => PoolWeights | null;
    readonly hold: (server: string) => Hold | null;
    readonly recent: readonly HistoryRow[];
    readonly reached: (pool: PoolRecord) => readonly string[];
  },
): Explanation {
  const { servers, weightsOf, hold, recent, reached } = sources;
  const own = pools.flatMap((pool): Explanation['pools'][number][] => {
    const place = pool.decision?.places.find((place) => place.server === server.name);
    if (place === undefined) return [];
    const entry = pool.actual?.entries.find(({ address, port }) => address === place.address && port === place.port);
    return [
      {
        service: pool.config.name,
        role: place.role,
        inTable: entry !== undefined,
        weight: entry?.weight ?? null,
        because: [
          ...because(place, pool, server, why(place, servers.get(place.server), hold)),
          ...weightLines(place, pool, server, weightsOf(pool.config.name)),
        ],
        reachedBy: reached(pool),
      },
    ];
  });
  return { server, pools: own, recent };
}

function because(place: Place, pool: PoolRecord, server: ServerStatus, placed: string): readonly string[] {
  const lines: string[] = [];
  if (server.hold !== null) lines.push(`${server.hold.kind} by ${server.hold.by}${withReason(server.hold.why)}`);
  for (const check of server.checks) {
    if (check.status === 'ok') continue;
    lines.push(`${check.monitor} is ${check.status}${withReason(check.summary)}`);
    if (check.unknown !== null) lines.push(`${check.monitor} has no verdict now: ${check.unknown}`);
  }
  const standIn = pool.memory?.standIns.get(place.server);
  if (standIn !== undefined) lines.push(`${standIn} stands in for it`);
  lines.push(`in ${pool.config.name}: ${placed}`);
  const { failBackAfterMs, minPooled } = pool.rule;
  if (place.reason === 'recovered, waits to fail back') {
    lines.push(
      failBackAfterMs === null
        ? 'it comes back when an operator enables it: understudy enable'
        : `it comes back ${failBackAfterMs / 1000} s after its recovery`,
    );
  }
  if (place.reason.startsWith('kept although'))
    lines.push(`at least ${minPooled} must stay pooled (min_pooled), and nothing better is there`);
  if (pool.problem !== null) lines.push(`the table cannot be changed now: ${pool.problem.text}`);
  return lines;
}

function weightLines(
  place: Place,
  { actual, config }: PoolRecord,
  { pins = [] }: ServerStatus,
  weights: PoolWeights | null,
): readonly string[] {
  const pin = pins.find(({ service }) => service === config.name);
  const pinned = pin === undefined ? [] : [`pinned to ${pin.weight} by ${pin.by}${withReason(pin.why)}`];
  if ((place.weight ?? 0) === 0) return pinned.map((line) => `${line}, when it gets viewers again`);
  const isSelfWeighed = actual?.selfWeighed?.has(entryKey(place)) === true;
  if (isSelfWeighed && (pin !== undefined || weights !== null)) {
    return [...pinned, 'its agent reports its weight to the balancer'];
  }
  const known = weights?.weights.get(place.server);
  if (known === undefined || weights === null) return pinned;
  return [...pinned, weightText(known, weights.dryRun)];
}
