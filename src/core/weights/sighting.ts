/** One server at one tick: what it says, what is remembered of it, and how the law meets it. */
import { entryShare, leastShare, type Player } from './learn.ts';
import type { ServerLoad, ServerMemory, WeightMemory, WeightSettings } from './model.ts';
import { notOverloaded, overloadOf } from './overload.ts';
import { type Reading, readTerms, smooth } from './reading.ts';
import { inRange } from './scale.ts';

export interface Sighting {
  readonly load: ServerLoad;
  readonly base: number;
  readonly before: ServerMemory;
  readonly reading: Reading;
  readonly smoothed: number | null;
  readonly readAtMs: number | null;
  readonly brimming: number;
  readonly overloaded: boolean;
  /** Was not pooled at the last tick. */
  readonly joins: boolean;
}

export interface Circumstances {
  readonly isFirst: boolean;
  /** Shares by the weights in the table. */
  readonly adopted: ReadonlyMap<string, number>;
  readonly dryRun: boolean;
}

export function look(
  load: ServerLoad,
  base: number,
  memory: WeightMemory,
  adopted: number | null,
  settings: WeightSettings,
  nowMs: number,
): Sighting {
  const known = memory.servers.get(load.server);
  const isFirst = memory.actedMs === null;
  const before =
    known ?? unseen(base, isFirst && adopted !== null ? inRange(load.found ?? 1, settings.range) : null, nowMs);
  const reading = readTerms(load, before.knownAtMs, settings, nowMs);
  const { taken, ...level } = smooth(before, reading, settings);
  // In a dry run what counts is how full it would be, or an overload that the weights would have cured never ends.
  const supposedLevel =
    settings.dryRun && level.smoothed !== null ? supposed(level.smoothed, before.reached, adopted) : level.smoothed;
  const overload = load.pooled ? overloadOf(before, reading.sight, supposedLevel, taken) : notOverloaded;
  const joins = load.pooled && before.weight === null;
  return { load, base, before, reading, ...level, ...overload, joins };
}

function unseen(base: number, weight: number | null, nowMs: number): ServerMemory {
  const nothing = { smoothed: null, readAtMs: null, pinned: false, relieved: false, ...notOverloaded };
  return { ...nothing, knownAtMs: nowMs, share: 1, reached: 1, base, weight };
}

/**
 * What the weights in the table say of shares, for those that the law may steer: the largest is 1. A hand's weight says
 * nothing of them.
 */
export function adoptedShares(
  inputs: readonly ServerLoad[],
  bases: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const found = inputs.flatMap(({ server, pooled, pin, found }) =>
    pooled && pin === null && found !== null && found > 0 ? [[server, found / (bases.get(server) ?? 1)] as const] : [],
  );
  const largest = Math.max(...found.map(([, share]) => share));
  return new Map(found.map(([server, share]) => [server, share / largest]));
}

/** The server as the law meets it: with the share it has, and the multiplier it begins with. */
export function enter(one: Sighting, all: readonly Sighting[], { isFirst, adopted, dryRun }: Circumstances): Player {
  const { load, before, reading, overloaded, smoothed, joins } = one;
  const { server, pooled, pin } = load;
  const asFound = adopted.get(server) ?? null;
  let { share, reached } = before;
  if (isFirst && asFound !== null) {
    // So little was not learned: it was coming in, or overloaded.
    share = asFound < entryShare ? 1 : asFound;
    reached = Math.max(leastShare, asFound);
  } else if (joins) {
    const isBorne = all.some((other) => other.load.pooled && !other.joins);
    reached = isBorne && !load.atOnce ? Math.min(share, entryShare) : share;
  }
  if (!pooled) reached = Math.min(share, entryShare);
  else if (!all.some((other) => other.load.pooled && other !== one)) reached = share;
  // A lifted pin goes on from where the hand left it.
  if (pooled && before.pinned && pin === null)
    reached = Math.min(share, Math.max(leastShare, (before.weight ?? 1) / before.base));
  const level = dryRun && smoothed !== null ? supposed(smoothed, reached, asFound) : smoothed;
  return {
    server,
    pooled,
    pinned: pin !== null,
    sight: reading.sight,
    overloaded,
    relieved: false,
    level,
    share,
    reached,
  };
}

/** In a dry run the table does not follow: how full it would be, had its load followed the weight. */
function supposed(smoothed: number, reached: number, asFound: number | null): number {
  return asFound === null ? smoothed : (smoothed * reached) / asFound;
}
