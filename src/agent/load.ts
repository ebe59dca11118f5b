/** From figures to a share of new viewers: the smoothed load of a server, and the percentage it asks for. */
import type { LimitName, Limits } from './limits.ts';
import { limitNames } from './limits.ts';
import type { Figures } from './reading.ts';

/** Full share up to the first value, the smallest from the second on. */
const easyLoad = 0.5;
const fullLoad = 0.95;
const smallestPercent = 5;
/** Shares are rounded to these steps, and a change smaller than `worthSaying` is not sent. */
const stepPercent = 5;
const worthSaying = 10;
/** The maximum load of a figure far beyond its limit. */
const loadCap = 1.5;
/** Per `smoothingMs`: rises are followed faster than falls. */
const risingShare = 0.3;
const fallingShare = 0.15;
const smoothingMs = 5000;

/** The fullest limited figure: an idle CPU does not compensate for a full link. 1 is the limit; null: nothing is known. */
export function loadOf(figures: Figures, limits: Limits): number | null {
  const shares = limitNames.flatMap((name: LimitName) => {
    const [value, limit] = [figures[name], limits[name]];
    return value === undefined || limit === undefined ? [] : [value / limit];
  });
  return shares.length === 0 ? null : Math.min(loadCap, Math.max(...shares));
}

/** An exponential mean whose speed does not depend on the interval of readings. */
export function smooth(before: number | null, load: number, stretchMs: number): number {
  if (before === null) return load;
  const share = load > before ? risingShare : fallingShare;
  return before + (1 - (1 - share) ** (Math.max(0, stretchMs) / smoothingMs)) * (load - before);
}

export function percentFor(load: number): number {
  const above = Math.min(1, Math.max(0, (load - easyLoad) / (fullLoad - easyLoad)));
  const percent = 100 - above * (100 - smallestPercent);
  return Math.round(percent / stepPercent) * stepPercent;
}

/** Small changes are skipped, except to the extremes, which would otherwise never be reached. */
export function nextPercent(before: number | null, load: number): number {
  const wanted = percentFor(load);
  if (before === null || Math.abs(wanted - before) >= worthSaying) return wanted;
  return wanted === 100 || wanted === smallestPercent ? wanted : before;
}
