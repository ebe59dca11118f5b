import type { Check, Verdict } from '../../src/plugin/plugin.ts';
import { ok, unknown } from '../shared/verdicts.ts';
import type { Facts, What } from './facts.ts';
import type { Wish } from './source.ts';
import { sourceOf, type ViaOptions, type World } from './via.ts';

/** How a measure is called in a summary. */
const called: Readonly<Record<What, string>> = {
  cpu: 'CPU',
  load: 'load',
  bandwidth: 'bandwidth',
  memory: 'memory',
  disk: 'disk',
};

export interface Judged<M> {
  readonly verdict: Verdict;
  /** For the next check of the same server. */
  readonly memory?: M;
}

export type JudgeFacts<M> = (facts: Facts, before: M | undefined, atMs: number) => Judged<M>;

/**
 * Asks the source and has its facts judged. Whoever measures is no video server: when it is dead or talks nonsense, the
 * verdict is `unknown`, and nothing is held against the server.
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

/** The source answers and does not have it: in its own words, or in ours. */
export function lacking(what: What, { missing }: Facts, cause: string): Verdict {
  return noReading(what, missing?.[what] ?? cause);
}

export function noEarlier(what: What): Verdict {
  return unknown(`no earlier ${called[what]} reading to compare with yet`);
}

/** A value and its limit, if it has one. */
export interface Held {
  readonly name: string;
  readonly value: number;
  readonly limit: number | undefined;
  readonly unit: string;
}

/** Reached means overloaded. Values are shown as they are judged, so that what is shown and what is done agree. */
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
  return { ...ok(count === 0 ? 'measured' : count === 1 ? 'below its limit' : 'below its limits', detail), ...figures };
}

/** For `loads` of a monitor: those of its limits that can be used up in part. */
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
