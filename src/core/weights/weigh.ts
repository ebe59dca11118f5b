/** From where the law stands to the weight of one server, and why. */
import { explainWeight, isLevel } from './explain.ts';
import { isComing, type Player } from './learn.ts';
import type { Weighing, WeightSettings, WeightState } from './model.ts';
import { inRange, isWorthWriting, weightOf } from './scale.ts';
import type { Sighting } from './sighting.ts';

/** The pool at this tick. */
export interface Scene {
  readonly pooled: number;
  readonly overloaded: number;
  readonly panic: boolean;
  readonly pool: number | null;
  /** The table is adopted: its weights keep their ratios, and get the scale of the law all at once. */
  readonly isFirst: boolean;
  readonly settings: WeightSettings;
}

export function weigh(sighting: Sighting, player: Player, scene: Scene): Weighing {
  const { load, base, before, reading, smoothed } = sighting;
  const { range } = scene.settings;
  const state = stateOf(sighting, player, scene);
  const aim = weightOf(base, player.reached, range);
  const from = load.pooled ? before.weight : null;
  const to = scene.isFirst && state === 'held' ? aim : chosen(state, sighting, player, aim, range);
  const weight = from === null || isForced(state, sighting) || isWorthWriting(from, to) ? to : from;
  const goal = weightOf(base, player.share, range);
  const { pool, overloaded, pooled } = scene;
  return {
    weight,
    multiplier: weight / base,
    utilisation: smoothed,
    overloaded: player.overloaded,
    state,
    changedFrom: from === null || from === weight ? null : from,
    why: explainWeight({ state, reading, smoothed: player.level, pool, overloaded, pooled, from, to: weight, goal }),
  };
}

function stateOf({ load, smoothed, joins }: Sighting, player: Player, { pooled, panic, pool }: Scene): WeightState {
  if (!load.pooled) return 'out';
  if (player.pinned) return 'pinned';
  if (pooled === 1) return 'alone';
  if (player.sight === 'held') return joins || isComing(player) ? 'coming in' : 'held';
  if (player.relieved) return 'overloaded';
  if (isComing(player)) return 'coming in';
  if (panic) return 'panic';
  if (player.sight === 'blind') return 'blind';
  if (player.overloaded) return 'full';
  return smoothed === null || isLevel(player.level, pool) ? 'level' : 'steered';
}

function chosen(
  state: WeightState,
  { load, base, before }: Sighting,
  { sight }: Player,
  aim: number,
  range: WeightSettings['range'],
): number {
  switch (state) {
    case 'pinned':
      return inRange(load.pin ?? aim, range);
    case 'alone':
      return inRange(base, range);
    case 'overloaded':
      return range.least;
    case 'panic':
      return Math.max(before.weight ?? aim, aim);
    case 'held':
      return before.weight ?? aim;
    case 'coming in':
      return sight === 'held' ? (before.weight ?? aim) : aim;
    default:
      return aim;
  }
}

/** A hand, a relief and its end are written however small the step. */
function isForced(state: WeightState, { before, base }: Sighting): boolean {
  return state === 'pinned' || state === 'overloaded' || before.pinned || before.relieved || before.base !== base;
}
