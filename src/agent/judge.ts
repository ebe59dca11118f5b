/** Decides the answer after each reading, and what to remember for the next one. */
import type { Answer } from './answer.ts';
import { type Latch, openLatch, turnLatch } from './latch.ts';
import { type LimitName, type Limits, limitNames, wordLoad } from './limits.ts';
import { loadOf, nextPercent, smooth } from './load.ts';
import { noEarlierReading, type Reading } from './reading.ts';

export interface Rules {
  readonly limits: Limits;
  /** How long the last answer is kept while a limited figure is missing; null: forever. */
  readonly holdMs: number | null;
}

export interface Judgement {
  /** Smoothed; 1 is the limit. null: no complete reading yet. */
  readonly load: number | null;
  readonly loadAtMs: number;
  readonly percent: number | null;
  readonly percentAtMs: number;
  readonly latches: Readonly<Partial<Record<LimitName, Latch>>>;
  /** null: all limited figures are known. */
  readonly lacking: { readonly sinceMs: number; readonly cause: string; readonly tooLong: boolean } | null;
}

export const noJudgement: Judgement = {
  load: null,
  loadAtMs: 0,
  percent: null,
  percentAtMs: 0,
  latches: {},
  lacking: null,
};

/** HAProxy balances by the answer, whose effect takes time to show before the next change. */
const percentEveryMs = 15_000;
/** A reading may be slightly early. */
const slackMs = 500;

/** A limit that is known to be reached outweighs a missing figure, and a missing figure never counts as 0. */
export function judge(before: Judgement, reading: Reading, atMs: number, rules: Rules): Judgement {
  const latches = turnLatches(before.latches, reading, rules.limits);
  const cause = lackOf(reading, rules.limits);
  if (cause !== null) {
    const sinceMs = before.lacking?.sinceMs ?? atMs;
    // No rate is known at the start: even with `hold: 0s`, the second reading decides.
    const isRate = cause === noEarlierReading && atMs === sinceMs;
    const tooLong = !isRate && rules.holdMs !== null && atMs - sinceMs >= rules.holdMs;
    return { ...before, latches, lacking: { sinceMs, cause, tooLong } };
  }
  const now = loadOf(reading.figures, rules.limits);
  const load = now === null ? before.load : smooth(before.load, now, atMs - before.loadAtMs);
  const mayChange = before.percent === null || atMs - before.percentAtMs >= percentEveryMs - slackMs;
  const percent = load !== null && mayChange ? nextPercent(before.percent, load) : before.percent;
  const percentAtMs = percent === before.percent ? before.percentAtMs : atMs;
  return { load, loadAtMs: atMs, percent, percentAtMs, latches, lacking: null };
}

/** null: nothing is known yet, and an empty answer changes nothing. */
export function answerOf({ latches, lacking, percent }: Judgement): Answer | null {
  const reached = limitNames.flatMap((name) => latches[name]?.reached ?? []);
  if (reached.length > 0) return { down: reached.join(', ') };
  if (lacking?.tooLong) return { down: `no data: ${lacking.cause}` };
  return percent === null ? null : { up: percent };
}

function turnLatches(before: Judgement['latches'], { figures }: Reading, limits: Limits): Judgement['latches'] {
  const latches: Partial<Record<LimitName, Latch>> = {};
  for (const name of limitNames) {
    const limit = limits[name];
    const value = figures[name];
    const latch = before[name] ?? openLatch;
    if (limit === undefined) continue;
    latches[name] = value === undefined ? latch : turnLatch(latch, value, limit, wordLoad(name, value, limit));
  }
  return latches;
}

function lackOf({ figures, missing }: Reading, limits: Limits): string | null {
  const name = limitNames.find((one) => limits[one] !== undefined && figures[one] === undefined);
  return name === undefined ? null : (missing[name] ?? `no ${name}`);
}
