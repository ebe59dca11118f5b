/** From multipliers to weights of a table. */
import type { ServerLoad, WeightRange } from './model.ts';

/** With less than this for the largest, a weight has too few steps to be steered by 5 %. */
const enough = 100;
const leastStep = 3;
const leastPart = 0.05;

/** The operator's weights, scaled together so that they can be steered finely and fit the table. */
export function basesOf(
  servers: readonly Pick<ServerLoad, 'server' | 'weight' | 'standIn'>[],
  range: WeightRange,
): ReadonlyMap<string, number> {
  const sound = servers.map((one) => ({ ...one, weight: Number.isFinite(one.weight) ? Math.max(1, one.weight) : 1 }));
  const own = sound.filter(({ standIn }) => !standIn);
  const largest = (own.length > 0 ? own : sound).reduce((most, { weight }) => Math.max(most, weight), 1);
  const factor = Math.min(range.most, Math.max(largest, enough)) / largest;
  return new Map(sound.map(({ server, weight }) => [server, inRange(weight * factor, range)]));
}

export function weightOf(base: number, multiplier: number, range: WeightRange): number {
  return inRange(Math.round(base * multiplier), range);
}

export function inRange(weight: number, { least, most }: WeightRange): number {
  return Number.isFinite(weight) ? Math.min(most, Math.max(least, Math.round(weight))) : least;
}

/** Each change of a table disturbs a little and is a line in the history: a small one is not worth it. */
export function isWorthWriting(from: number, to: number): boolean {
  const step = Math.abs(to - from);
  return step >= leastStep && step >= leastPart * from;
}
