/** The reason of a weight, in one line. */

import { deadBand } from './learn.ts';
import type { WeightState } from './model.ts';
import type { Reading } from './reading.ts';

export interface Facts {
  readonly state: WeightState;
  readonly reading: Reading;
  readonly smoothed: number | null;
  /** What it is compared with; null: nothing. */
  readonly pool: number | null;
  readonly overloaded: number;
  readonly pooled: number;
  readonly from: number | null;
  readonly to: number;
  /** Where the law would have it. */
  readonly goal: number;
}

export function explainWeight(facts: Facts): string {
  const inputs = inputsOf(facts);
  return `${inputs === '' ? '' : `${inputs}: `}${becauseOf(facts)}, ${weightsOf(facts)}`;
}

function inputsOf({ reading, smoothed, pool, state }: Facts): string {
  if (reading.sight !== 'fresh' || reading.utilisation === null || smoothed === null) return '';
  const own = `${reading.term} ${percent(reading.utilisation)}, smoothed ${percent(smoothed)}`;
  return pool === null || state === 'out' ? own : `${own}, pool ${percent(pool)}`;
}

function becauseOf({ state, reading, smoothed, pool, overloaded, pooled, goal }: Facts): string {
  switch (state) {
    case 'level':
      return 'level with the pool';
    case 'steered':
      return (smoothed ?? 0) > (pool ?? 0) ? 'fuller than the pool' : 'emptier than the pool';
    case 'coming in':
      return `coming in slowly towards ${goal}`;
    case 'overloaded':
      return 'overloaded until it is at 85 %';
    case 'full':
      return 'overloaded as the others nearly are, so it is only levelled';
    case 'panic':
      return `${overloaded} of ${pooled} servers overloaded, so nothing is lowered`;
    case 'held':
      return `${silence(reading)}, held`;
    case 'blind':
      return `${silence(reading)}, slowly back to its base`;
    case 'pinned':
      return 'pinned manually';
    case 'alone':
      return 'alone in the pool, has its base';
    case 'out':
      return 'not pooled, would come in';
    default:
      return never(state);
  }
}

function weightsOf({ state, from, to }: Facts): string {
  if (state === 'out' || from === null) return `weight ${to}`;
  return from === to ? `weight ${to} stays` : `weight ${from} to ${to}`;
}

function silence({ term, ageMs }: Reading): string {
  const age = `${Math.round(ageMs / 1000)} s`;
  return term === null ? `no figures for ${age}` : `no news of ${term} for ${age}`;
}

export function isLevel(smoothed: number | null, pool: number | null): boolean {
  return smoothed === null || pool === null || Math.abs(smoothed - pool) <= deadBand;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function never(state: never): never {
  throw new Error(`expected a state of a weight, got \`${state}\``);
}
