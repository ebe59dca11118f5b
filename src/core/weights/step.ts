/**
 * The law of dynamic weights, one tick of it: measure always, act when it is time. It decides no membership: who is
 * pooled comes in, and a weight for each goes out.
 */
import { approach, learn, type Player, poolLevel, rescale } from './learn.ts';
import type { ServerLoad, ServerMemory, Weighing, WeightMemory, WeightSettings, WeightStep } from './model.ts';
import { hasRoom, isPanic, levelElsewhere } from './overload.ts';
import { basesOf } from './scale.ts';
import { adoptedShares, enter, look, type Sighting } from './sighting.ts';
import { type Scene, weigh } from './weigh.ts';

export function stepWeights(
  memory: WeightMemory,
  inputs: readonly ServerLoad[],
  settings: WeightSettings,
  nowMs: number,
): WeightStep {
  const bases = basesOf(inputs, settings.range);
  const adopted = adoptedShares(inputs, bases);
  const sightings = inputs.map((load) =>
    look(load, bases.get(load.server) ?? 1, memory, adopted.get(load.server) ?? null, settings, nowMs),
  );
  const pooled = sightings.filter(({ load }) => load.pooled).length;
  const overloaded = sightings.filter((one) => one.load.pooled && one.overloaded).length;
  const panic = isPanic(overloaded, pooled);
  const isFirst = memory.actedMs === null;
  // A timer a little early is this beat's.
  const isDue = memory.actedMs !== null && nowMs - memory.actedMs >= settings.actMs - settings.measureMs / 2;

  const entered = sightings.map((one) => enter(one, sightings, { isFirst, adopted, dryRun: settings.dryRun }));
  const elsewhere = levelElsewhere(entered);
  const players = entered.map((one, at) => {
    const relieved = one.overloaded && !panic && hasRoom(elsewhere, sightings[at]?.before.relieved === true);
    return { ...one, relieved };
  });
  const pool = poolLevel(players);
  const moved = isDue ? act(players, panic, settings.gain) : players;
  const scene: Scene = { pooled, overloaded, panic, pool, isFirst, settings };
  const servers = new Map<string, ServerMemory>();
  const weights = new Map<string, Weighing>();
  for (const [at, sighting] of sightings.entries()) {
    const player = moved[at];
    if (player === undefined) continue;
    const weighing = weigh(sighting, player, scene);
    weights.set(player.server, weighing);
    servers.set(player.server, remember(sighting, player, weighing));
  }
  const actedMs = isFirst || isDue ? nowMs : memory.actedMs;
  return { memory: { servers, actedMs }, weights, overloadPanic: panic };
}

/** In a panic, too, who is coming in goes on coming: the others wait for it. */
function act(players: readonly Player[], panic: boolean, gain: number): readonly Player[] {
  const learned = learn(players, gain, panic);
  return (panic ? learned : rescale(learned)).map(approach);
}

function remember({ base, before, reading, ...seen }: Sighting, player: Player, { weight }: Weighing): ServerMemory {
  const { smoothed, readAtMs, brimming, overloaded, load } = seen;
  return {
    smoothed,
    readAtMs,
    knownAtMs:
      reading.sight === 'fresh' && reading.atMs !== null ? Math.max(before.knownAtMs, reading.atMs) : before.knownAtMs,
    brimming,
    overloaded,
    share: player.share,
    reached: player.reached,
    base,
    weight: load.pooled ? weight : null,
    pinned: load.pooled && player.pinned,
    relieved: player.relieved,
  };
}
