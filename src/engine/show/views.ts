/** The state of the engine as the API shows it. Reads only. */

import type {
  CheckStatusView,
  Explanation,
  IncidentStatus,
  ServerStatus,
  ServiceStatus,
  TableView,
} from '../../api/control.ts';
import type { BalancerKind } from '../../config/config.ts';
import type { Incident } from '../../core/incident.ts';
import type { Hold, Pin } from '../../core/model.ts';
import { describeCommand, planService } from '../../core/plan.ts';
import type { Place, ServerView } from '../../core/pool.ts';
import { isDark, type PulseState } from '../../core/pulse.ts';
import { type Entry, entryKey, type LiveEntry } from '../../core/table.ts';
import { desired, type PoolRecord } from '../../pools/pool-record.ts';
import type { HistoryRow } from '../../store/store.ts';
import { withReason } from '../../text.ts';
import type { Steer } from '../steer/steer.ts';
import type { PoolWeights } from '../steer/weigher.ts';
import { type CheckRecord, type ServerRecord, serverStatus } from '../watch/board.ts';
import type { WireState } from '../watch/tripwires.ts';
import { lookUpOf, placeStatus, type WeightSources, weightText, why } from './place-views.ts';

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

/** Before the table was read for the first time nothing is decided, but who belongs there is known. */
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

export interface ServerSenses {
  readonly hold: Hold | null;
  readonly pins: readonly Pin[];
  readonly pulse: PulseState | null;
  readonly wire: (check: CheckRecord) => WireState;
  readonly nowMonoMs: number;
}

export function serverStatusView(server: ServerRecord, senses: ServerSenses): ServerStatus {
  const { name, address, backups } = server.config;
  return {
    name,
    address,
    status: serverStatus(server),
    sinceMs: server.sinceMs,
    hold: senses.hold,
    ...(senses.pins.length === 0 ? {} : { pins: senses.pins }),
    backups,
    checks: server.checks.map((check) => checkView(check, senses.wire(check))),
    pulse: pulseView(senses.pulse, senses.nowMonoMs),
  };
}

function pulseView(pulse: PulseState | null, nowMs: number): ServerStatus['pulse'] {
  if (pulse === null) return { state: 'off', rttMs: null };
  if (pulse.heardAtMs === null) return { state: 'never', rttMs: null };
  return { state: isDark(pulse, nowMs) ? 'dark' : 'heard', rttMs: pulse.srttMs };
}

function checkView(check: CheckRecord, tripwire: WireState): CheckStatusView {
  const { last } = check;
  return {
    monitor: check.config.monitor.name,
    type: check.config.monitor.type,
    status: check.state.status,
    sinceMs: check.sinceMs,
    summary: check.summary,
    lastMs: last?.atMs ?? null,
    tookMs: last?.tookMs ?? null,
    measures: last?.measures ?? {},
    unknown: last?.status === 'unknown' ? last.summary : null,
    tripwire,
  };
}

export function incidentView({ id, server, status, openedMs, summary, problems, ack }: Incident): IncidentStatus {
  return { id, server, status, openedMs, summary, problems, ack };
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
    const place = pool.decision?.places.find((one) => one.server === server.name);
    if (place === undefined) return [];
    const entry = pool.actual?.entries.find((one) => one.address === place.address && one.port === place.port);
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
    lines.push(`${check.monitor} is ${check.status}${check.summary === '' ? '' : `: ${check.summary}`}`);
    if (check.unknown !== null) lines.push(`${check.monitor} could not tell: ${check.unknown}`);
  }
  const { standIns } = pool.memory ?? { standIns: new Map<string, string>() };
  const standIn = standIns.get(place.server);
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
  const pinned = pin === undefined ? '' : `pinned to ${pin.weight} by ${pin.by}${withReason(pin.why)}`;
  if ((place.weight ?? 0) === 0) return pinned === '' ? [] : [`${pinned}, when it gets viewers again`];
  const isSelfWeighed = actual?.selfWeighed?.has(entryKey(place)) === true;
  if (isSelfWeighed && (pinned !== '' || weights !== null)) {
    return [...(pinned === '' ? [] : [pinned]), 'its agent reports its weight to the balancer'];
  }
  const known = weights?.weights.get(place.server);
  const balanced = known === undefined || weights === null ? [] : [weightText(known, weights.dryRun)];
  return [...(pinned === '' ? [] : [pinned]), ...balanced];
}

/** Why a hold must be refused, because it would take a pool below its minimum; null: it may be set. */
export function objection(
  steer: Pick<Steer, 'pools' | 'foresee'>,
  { server, kind }: { readonly server: string; readonly kind: Hold['kind'] },
  viewOf: (balancer: BalancerKind, hold: null) => ServerView | undefined,
): string | null {
  for (const { config, rule, decision } of steer.pools().values()) {
    if (!decision?.places.some((place) => place.server === server && (place.weight ?? 0) > 0)) continue;
    const view = viewOf(config.balancer, null);
    if (view === undefined) return null;
    const left = steer.foresee(config.name, new Map([[server, { ...view, hold: kind }]]));
    const pooled = left?.entries.filter((entry) => entry.weight > 0).length ?? 0;
    const { minPooled } = rule;
    if (pooled < minPooled) {
      return `refused to ${kind} ${server}: ${config.name} would be left with ${pooled} pooled, expected at least ${minPooled} (min_pooled)`;
    }
  }
  return null;
}
