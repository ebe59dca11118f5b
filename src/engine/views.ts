/** The state of the engine as the API shows it. Reads only. */
import type { Incident } from '../core/incident.ts';
import { describeCommand, planService } from '../core/plan.ts';
import type { Place, PoolDecision, ServerView } from '../core/pool.ts';
import { isDark, type PulseState } from '../core/pulse.ts';
import type { Entry, LiveEntry } from '../core/table.ts';
import type {
  CheckStatusView,
  Explanation,
  IncidentStatus,
  PlaceStatus,
  ServerStatus,
  ServiceStatus,
  TableView,
} from '../http/api.ts';
import type { HistoryRow } from '../store/store.ts';
import { type CheckRecord, type ServerRecord, serverStatus, serverView } from './board.ts';
import { desired, type PoolRecord } from './reconciler.ts';
import type { WireState } from './tripwires.ts';

export function serviceStatus(pool: PoolRecord, servers: ReadonlyMap<string, ServerRecord>): ServiceStatus {
  const { config, decision, actual } = pool;
  const places = (decision?.places ?? unread(pool, servers)).map((place) => placeStatus(place, pool, servers));
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
    trouble: pool.trouble?.text ?? null,
    lastDrift: pool.lastDrift,
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

function placeStatus(place: Place, pool: PoolRecord, servers: ReadonlyMap<string, ServerRecord>): PlaceStatus {
  const { rule, actual } = pool;
  const entry = actual?.entries.find((one) => one.address === place.address && one.port === place.port);
  const backs = rule.members.filter((member) => member.backups.includes(place.server)).map((member) => member.server);
  const standsInFor = place.role === 'member' ? [] : place.standsInFor.length > 0 ? place.standsInFor : backs;
  return {
    server: place.server,
    address: place.address,
    role: place.role,
    standsInFor: standsInFor.length === 0 ? null : standsInFor.join(', '),
    configuredWeight: rule.members.find((member) => member.server === place.server)?.weight ?? 0,
    desiredWeight: place.weight,
    actualWeight: entry?.weight ?? null,
    activeConns: entry?.activeConns ?? 0,
    inactiveConns: entry?.inactiveConns ?? 0,
    keptFailing: place.reason === 'kept although failing',
    why: why(place, servers.get(place.server)),
  };
}

/** One line: the rule that put it there, and the fact behind the rule. */
function why(place: Place, server: ServerRecord | undefined): string {
  const bad = server?.checks.find((check) => check.state.status === 'fail' || check.state.status === 'overloaded');
  const fact = bad === undefined ? '' : `: ${bad.config.monitor.name} ${bad.summary}`;
  switch (place.reason) {
    case 'stands in':
      return `stands in for ${place.standsInFor.join(' and ')}`;
    case 'failing':
    case 'overloaded':
    case 'kept although failing':
    case 'kept although overloaded':
    case 'spare, not eligible':
      return `${place.reason}${fact}`;
    case 'drained by hand':
    case 'disabled by hand':
      return `${place.reason}${server?.hold == null || server.hold.why === '' ? '' : `: ${server.hold.why}`}`;
    default:
      return place.reason;
  }
}

export interface ServerSenses {
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
    hold: server.hold,
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

export function incidentView({ id, server, status, openedMs, summary, troubles, ack }: Incident): IncidentStatus {
  return { id, server, status, openedMs, summary, troubles, ack };
}

export function tableView(pool: PoolRecord): TableView {
  const wanted = pool.decision === null ? null : desired(pool, pool.decision);
  return {
    service: pool.config.name,
    key: pool.key,
    desired: wanted?.entries.map(plain) ?? [],
    actual: pool.actual?.entries.map((entry) => ({ ...plain(entry), ...conns(entry) })) ?? null,
    plan: wanted === null || pool.readMs === null ? [] : planService(wanted, pool.actual).map(describeCommand),
    trouble: pool.trouble?.text ?? null,
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
  pools: Iterable<PoolRecord>,
  servers: ReadonlyMap<string, ServerRecord>,
  recent: readonly HistoryRow[],
): Explanation {
  const own = [...pools].flatMap((pool): Explanation['pools'][number][] => {
    const place = pool.decision?.places.find((one) => one.server === server.name);
    if (place === undefined) return [];
    const entry = pool.actual?.entries.find((one) => one.address === place.address && one.port === place.port);
    return [
      {
        service: pool.config.name,
        role: place.role,
        inTable: entry !== undefined,
        weight: entry?.weight ?? null,
        because: because(place, pool, server, servers),
      },
    ];
  });
  return { server, pools: own, recent };
}

function because(
  place: Place,
  pool: PoolRecord,
  server: ServerStatus,
  servers: ReadonlyMap<string, ServerRecord>,
): readonly string[] {
  const lines: string[] = [];
  if (server.hold !== null)
    lines.push(`${server.hold.kind} by ${server.hold.by}${server.hold.why === '' ? '' : `: ${server.hold.why}`}`);
  for (const check of server.checks) {
    if (check.status === 'ok') continue;
    lines.push(`${check.monitor} is ${check.status}${check.summary === '' ? '' : `: ${check.summary}`}`);
    if (check.unknown !== null) lines.push(`${check.monitor} could not tell: ${check.unknown}`);
  }
  const { standIns } = pool.memory ?? { standIns: new Map<string, string>() };
  const standIn = standIns.get(place.server);
  if (standIn !== undefined) lines.push(`${standIn} stands in for it`);
  lines.push(`in ${pool.config.name}: ${why(place, servers.get(place.server))}`);
  const { failBackAfterMs, minPooled } = pool.rule;
  if (place.reason === 'recovered, waits to fail back') {
    lines.push(
      failBackAfterMs === null
        ? 'it comes back by hand: understudy enable'
        : `it comes back ${failBackAfterMs / 1000} s after its recovery`,
    );
  }
  if (place.reason.startsWith('kept although'))
    lines.push(`at least ${minPooled} must stay pooled (min_pooled), and nothing better is there`);
  if (pool.trouble !== null) lines.push(`the table cannot be changed now: ${pool.trouble.text}`);
  return lines;
}

/** Refuses a hand that would take a pool below its minimum; null: nothing speaks against it. */
export function objection(
  pools: ReadonlyMap<string, PoolRecord>,
  servers: ReadonlyMap<string, ServerRecord>,
  held: { readonly server: string; readonly kind: 'drain' | 'disable' },
  foresee: (service: string, views: ReadonlyMap<string, ServerView>) => PoolDecision | null,
): string | null {
  for (const pool of pools.values()) {
    if (!pool.decision?.places.some((place) => place.server === held.server && (place.weight ?? 0) > 0)) continue;
    const views = new Map([...servers].map(([name, server]) => [name, serverView(server, pool.config.balancer)]));
    const view = views.get(held.server);
    if (view === undefined) continue;
    views.set(held.server, { ...view, hold: held.kind });
    const left = foresee(pool.config.name, views)?.entries.filter((entry) => entry.weight > 0).length ?? 0;
    const { minPooled } = pool.rule;
    if (left < minPooled) {
      return `refused to ${held.kind} ${held.server}: ${pool.config.name} would be left with ${left} pooled, expected at least ${minPooled} (min_pooled)`;
    }
  }
  return null;
}
