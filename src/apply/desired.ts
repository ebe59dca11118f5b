/**
 * The state that a configuration declares, as far as one read can tell. No checks run here, so swaps and drains found
 * in the table are kept; members that are missing without a known reason are added.
 */
import type { Config, VirtualServiceConfig } from '../config/config.ts';
import { type Marking, overrideClients, pathServices } from '../core/marks.ts';
import { withPins } from '../core/pins.ts';
import type { DesiredService } from '../core/plan.ts';
import {
  adoptPool,
  desirePool,
  type Place,
  type PoolDecision,
  type PoolMemory,
  type PoolRule,
  type ServerView,
} from '../core/pool.ts';
import { entriesByKey, hostPort, type Table, type TableService } from '../core/table.ts';
import { withFoundWeights } from '../core/weights/pool-weights.ts';
import { describePool, desired } from '../pools/pool-record.ts';
import { createStandIns } from '../pools/stand-ins.ts';
import { weightSettings } from '../pools/weight-settings.ts';
import type { Remembered } from './kernel.ts';
import { ipvsServices, ownService } from './ours.ts';

export interface DesiredState {
  readonly pools: readonly DesiredPool[];
  readonly marking: Marking;
}

export interface DesiredPool extends DesiredService {
  /** The service's name in the configuration; for a private service, the server of its path. */
  readonly name: string;
  /** True for a service that checks the path to one server through a virtual address. */
  readonly isPrivate: boolean;
  /** Members that get no viewers, with the reason. */
  readonly notes: readonly string[];
}

interface Decided {
  readonly decision: PoolDecision;
  readonly notes: readonly string[];
}

export function desireState(config: Config, table: Table, remembered: Remembered): DesiredState {
  const standIns = createStandIns<VirtualServiceConfig>();
  const pools = ipvsServices(config).map((service): DesiredPool => {
    const pool = describePool(service);
    const actual = ownService(table, service.at);
    const memory = adoptPool(pool.rule, config.servers, actual);
    const busyFor = (backup: string) => standIns.busyFor(service, backup);
    const decide = (known: Remembered): Decided => {
      const servers = viewsOf(service, config, actual, memory, known);
      const decision = desirePool({ rule: pool.rule, servers, actual, memory, busyFor, nowMs: 0 });
      return { decision, notes: decision.places.flatMap((place) => noteOf(place, decision.memory, servers, known)) };
    };
    const careful = decide(remembered);
    // A server that was failing is better than none.
    const { decision, notes } = isEnough(careful.decision, pool.rule)
      ? careful
      : decide({ ...remembered, failing: new Set() });
    standIns.set(service, decision.memory);
    const settings = weightSettings(service);
    const isSteered = settings !== null && !settings.dryRun;
    const pins = new Map(
      remembered.pins.flatMap((pin) => (pin.service === service.name ? [[pin.server, pin.weight] as const] : [])),
    );
    const scene = { rule: pool.rule, decision, actual, pins };
    const weighed = withPins(isSteered ? withFoundWeights(scene, settings.range) : decision, scene, pins);
    const pinned = weighed.places.flatMap((place) =>
      place.pinned ? [`${place.server} is manually pinned to ${place.weight}`] : [],
    );
    return { ...desired(pool, weighed), name: service.name, isPrivate: false, notes: [...notes, ...pinned] };
  });
  const servers = new Map(config.paths.map(({ mark, server }) => [mark, server]));
  const paths = pathServices(config.paths).map((path): DesiredPool => {
    const { at } = path.spec;
    return {
      ...path,
      name: (at.kind === 'fwmark' ? servers.get(at.mark) : undefined) ?? '',
      isPrivate: true,
      notes: [],
    };
  });
  return { pools: [...pools, ...paths], marking: markingOf(config, remembered) };
}

export function markingOf({ classify, paths }: Config, { overrides }: Remembered): Marking {
  const byClient = classify.groups.some((group) => group.byClient);
  const configured = classify.clients.map(({ network, mark }) => ({ network, mark }));
  return { groups: classify.groups, clients: byClient ? overrideClients(configured, overrides) : [], paths };
}

function isEnough({ entries }: PoolDecision, { minPooled, members }: PoolRule): boolean {
  return entries.filter(({ weight }) => weight > 0).length >= Math.min(minPooled, members.length);
}

/**
 * Members that may have viewers count as ok, so they get their declared weight. Members that were removed for a reason,
 * and all backups, count as untested, so they stay as found.
 */
function viewsOf(
  service: VirtualServiceConfig,
  { servers }: Config,
  actual: TableService | undefined,
  memory: PoolMemory,
  { holds, failing }: Remembered,
): ReadonlyMap<string, ServerView> {
  const entries = entriesByKey(actual);
  const views = new Map<string, ServerView>();
  const see = (name: string, status: ServerView['status']) => {
    const server = servers.get(name);
    if (server === undefined) return;
    const { address, shared } = server;
    const hold = holds.get(name) ?? null;
    views.set(name, { name, address, status, okSinceMs: null, hold, shared, returnNow: false });
  };
  for (const { backups } of service.members) for (const backup of backups) see(backup, 'untested');
  for (const { server, port } of service.members) {
    const found = entries.get(hostPort(servers.get(server)?.address ?? '', port))?.weight;
    const isOut = found === undefined && (failing.has(server) || memory.standIns.has(server));
    see(server, isOut || found === 0 ? 'untested' : 'ok');
  }
  return views;
}

function noteOf(
  { server, role, weight }: Place,
  { standIns }: PoolMemory,
  servers: ReadonlyMap<string, ServerView>,
  { failing }: Remembered,
): readonly string[] {
  if (role === 'backup' || (weight ?? 0) > 0) return [];
  const hold = servers.get(server)?.hold;
  const standIn = standIns.get(server);
  const instead = standIn === undefined ? '' : `, ${standIn} stands in for it`;
  if (hold === 'drain') return [`${server} is manually drained${instead}`];
  if (hold === 'disable') return [`${server} is manually disabled${instead}`];
  if (standIn !== undefined) return [`${server} is swapped out${instead}: the swap is kept`];
  if (weight === 0) return [`${server} is drained in the table, which is kept`];
  if (failing.has(server)) return [`${server} was failing when last checked, so it stays out`];
  return [`${server} stays out because a backup of it is pooled`];
}

/** The declared state itself, as if the table were empty and no server failing. */
export function declareState(config: Config, remembered: Remembered): DesiredState {
  return desireState(config, new Map(), { ...remembered, holds: new Map(), pins: [], failing: new Set() });
}
