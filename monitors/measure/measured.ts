import type { Check, Verdict } from '../../src/plugin/plugin.ts';
import { ok, unknown } from '../shared/verdicts.ts';
import type { Facts, What } from './facts.ts';
import type { Wish } from './source.ts';
import { sourceOf, type ViaOptions, type World } from './via.ts';

/** The name of a measure in a summary. */
const called: Readonly<Record<What, string>> = {
  cpu: 'CPU',
  load: 'load',
  bandwidth: 'bandwidth',
  memory: 'memory',
  disk: 'disk',
};

export interface Judged<M> {
  readonly verdict: Verdict;
  /** Kept for the next check of the same server. */
  readonly memory?: M;
}

export type JudgeFacts<M> = (facts: Facts, before: M | undefined, atMs: number) => Judged<M>;

/**
 * Queries the source and judges its facts. The source is not the video server: if it is down or sends nonsense, the
 * verdict is `unknown` and does not count against the server.
 */
export function measured<M>(wish: Wish, via: ViaOptions, world: World, judge: JudgeFacts<M>): Check {
  const look = sourceOf(wish, via, world);
  const memories = new Map<string, M>();
  return async (target, context) => {
    const result = await look(target, context);
    if ('verdict' in result) return noReading(wish.what, result.verdict.summary, result.verdict.detail);
    const { verdict, memory } = judge(result.facts, memories.get(target.server), context.clock.monoMs());
    if (memory !== undefined) memories.set(target.server, memory);
    return verdict;
  };
}

export function noReading(what: What, cause: string, detail?: string): Verdict {
  return unknown(`no ${called[what]} reading: ${cause}`, detail);
}

/** The source answers but lacks the measure: the reason in its own words, or in ours. */
export function lacking(what: What, { missing }: Facts, cause: string): Verdict {
  return noReading(what, missing?.[what] ?? cause);
}

export function noEarlier(what: What): Verdict {
  return unknown(`no earlier ${called[what]} reading to compare with yet`);
}

/** A value with its limit, if any. */
export interface Held {
  readonly name: string;
  readonly value: number;
  readonly limit: number | undefined;
  readonly unit: string;
}

/** A value at its limit means overloaded. The displayed value is the judged one, so that both agree. */
export function judgeLimits(held: readonly Held[], more = ''): Verdict {
  const reached = held.filter(({ value, limit }) => limit !== undefined && value >= limit).map(({ name }) => name);
  const detail = held.map(wordHeld).join(', ') + more;
  const measures = Object.fromEntries(held.map(({ name, value }) => [name, value]));
  const limits = Object.fromEntries(
    held.flatMap(({ name, limit }) => (limit === undefined || limit <= 0 ? [] : [[name, limit] as const])),
  );
  const figures = { measures, ...(Object.keys(limits).length === 0 ? {} : { limits }) };
  if (reached.length > 0) {
    return { status: 'overloaded', summary: `limit reached: ${reached.join(', ')}`, detail, ...figures };
  }
  const count = held.filter(({ limit }) => limit !== undefined).length;
  const below = count === 1 ? 'below its limit' : 'below its limits';
  return { ...ok(count === 0 ? 'measured' : below, detail), ...figures };
}

/** For `loads` of a monitor: the limits that can be partly used up. */
export function namesOfLimits(limits: Readonly<Record<string, number | undefined>>): readonly string[] {
  return Object.keys(limits).filter((name) => (limits[name] ?? 0) > 0);
}

function wordHeld({ name, value, limit, unit }: Held): string {
  return limit === undefined ? `${name} ${value}${unit}` : `${name} ${value}${unit}, limit ${limit}${unit}`;
}

export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
