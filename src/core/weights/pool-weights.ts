/** Between the decision about a pool and the law of its weights: what the law is told, and what comes of it. */
import { noPins, type Pins, pinWithin } from '../pins.ts';
import type { PoolDecision, PoolMemory, PoolRule } from '../pool.ts';
import { reweighed } from '../reweighed.ts';
import { entriesByKey, entryKey, type TableService } from '../table.ts';
import {
  noWeights,
  type ServerLoad,
  type ServerMemory,
  type Term,
  type Weighing,
  type WeightMemory,
  type WeightRange,
  type WeightSettings,
} from './model.ts';
import { basesOf, weightOf } from './scale.ts';
import { adoptedShares } from './sighting.ts';
import { stepWeights } from './step.ts';

export interface PoolScene {
  readonly rule: PoolRule;
  readonly decision: PoolDecision;
  readonly actual: TableService | undefined;
  readonly pins?: Pins;
}

/**
 * One for each place whose weight is ours. A member that comes back in the moment in which its stand-in goes takes its
 * viewers over at once. `allAtOnce`: the pool opens, so nobody is there to bear its viewers meanwhile. A backup that
 * never stood in has nothing to remember.
 */
export function loadsOf(
  { rule, decision, actual, pins = noPins }: PoolScene,
  { servers: known }: WeightMemory,
  before: PoolMemory | null,
  allAtOnce: boolean,
  termsOf: (server: string) => readonly Term[],
): readonly ServerLoad[] {
  const entries = entriesByKey(actual);
  const weights = new Map(rule.members.map(({ server, weight }) => [server, weight]));
  const backed = new Map(rule.members.toReversed().flatMap(({ backups, weight }) => backups.map((b) => [b, weight])));
  return decision.places.flatMap((place): ServerLoad[] => {
    const { server, role, standsInFor } = place;
    if (actual?.selfWeighed?.has(entryKey(place)) === true) return [];
    const standIn = role === 'backup';
    const pooled = (place.weight ?? 0) > 0;
    if (standIn && !pooled && !known.has(server)) return [];
    const sum = standsInFor.reduce((total, member) => total + (weights.get(member) ?? 0), 0);
    const pin = pins.get(server);
    const returns = before?.standIns.has(server) === true && !decision.memory.standIns.has(server);
    return [
      {
        server,
        weight: standIn ? sum || (backed.get(server) ?? 1) : (weights.get(server) ?? 1),
        pooled,
        atOnce: standIn || returns || allAtOnce,
        standIn,
        pin: pin === undefined ? null : pinWithin(pin, rule),
        found: entries.get(entryKey(place))?.weight ?? null,
        terms: termsOf(server),
      },
    ];
  });
}

/** Whether somebody came or went since the last step, a hand pinned a weight or let it go, or there was no step. */
export function isReseated({ actedMs, servers }: WeightMemory, loads: readonly ServerLoad[]): boolean {
  if (actedMs === null) return true;
  return loads.some((load) => !isSeated(load, servers.get(load.server)));
}

function isSeated({ pooled, pin }: ServerLoad, known: ServerMemory | undefined): boolean {
  const weight = known?.weight ?? null;
  if (!pooled || known === undefined || weight === null) return pooled === (weight !== null);
  return pin === null ? !known.pinned : known.pinned && weight === pin;
}

export interface Seated {
  readonly memory: WeightMemory;
  /** Of those who came, are out or have a hand on them, or all at the first time. */
  readonly weights: ReadonlyMap<string, Weighing>;
}

/**
 * Between two ticks: who came, or has a hand on it, gets a weight now, and nobody else's moves, so that a swap is the
 * same swap with and without this law.
 */
export function seatNewcomers(
  memory: WeightMemory,
  loads: readonly ServerLoad[],
  settings: WeightSettings,
  nowMs: number,
): Seated {
  const isFirst = memory.actedMs === null;
  // As if it had acted just now: this is no tick.
  const step = stepWeights(isFirst ? memory : { ...memory, actedMs: nowMs }, loads, settings, nowMs);
  if (isFirst) return step;
  const loadOf = new Map(loads.map((load) => [load.server, load]));
  const stays = (server: string): boolean => {
    const load = loadOf.get(server);
    return load?.pooled === true && isSeated(load, memory.servers.get(server));
  };
  const servers = new Map(
    [...step.memory.servers].map(([server, next]) => {
      return [server, stays(server) ? (memory.servers.get(server) ?? next) : next] as const;
    }),
  );
  return {
    memory: { servers, actedMs: memory.actedMs },
    weights: new Map([...step.weights].filter(([server]) => !stays(server))),
  };
}

/** The decision with the weights that the law remembers. Who is pooled stays who is pooled. */
export function withWeights(decision: PoolDecision, { servers }: WeightMemory): PoolDecision {
  return reweighed(decision, (server, weight) => servers.get(server)?.weight ?? weight);
}

/**
 * For a look without the figures: what the table has stays, and who is added gets the share of the fullest, by the
 * scale that the others have there.
 */
export function withFoundWeights(scene: PoolScene, range: WeightRange): PoolDecision {
  const loads = loadsOf(scene, noWeights, null, true, () => []);
  const bases = basesOf(loads, range);
  const shares = adoptedShares(loads, bases);
  const [known] = shares.keys();
  const first = loads.find(({ server }) => server === known);
  const scale =
    first === undefined || known === undefined
      ? 1
      : (first.found ?? 1) / ((bases.get(known) ?? 1) * (shares.get(known) ?? 1));
  const found = new Map(loads.map((load) => [load.server, load.found ?? 0]));
  return reweighed(scene.decision, (server, weight) => {
    const base = bases.get(server);
    return base === undefined ? weight : found.get(server) || weightOf(base, scale, range);
  });
}
