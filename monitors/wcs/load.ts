import { groupName, sumOf, type WcsFigure, type WcsStats, type WcsSum, wcsSums } from '../../src/formats/wcs.ts';
import type { Verdict } from '../../src/plugin/plugin.ts';
import { ok, unknown } from '../shared/verdicts.ts';

export const loadNames = Object.keys(wcsSums) as readonly WcsFigure[];

/** By the name of a load, or of a counter as `group.key`. */
export type Limits = ReadonlyMap<string, number>;

export function toLimits(limits: Readonly<Record<string, number | undefined>>): Limits {
  return new Map(
    Object.entries(limits).flatMap(([name, limit]) => (limit === undefined ? [] : [[name, limit] as const])),
  );
}

export function isCounter(name: string): boolean {
  return /^\w+\.\w+$/.test(name);
}

/** A known load at its limit outweighs an unknown load; an unknown load never counts as 0. */
export function judgeLoad(stats: WcsStats, limits: Limits): Verdict {
  const measures: Record<string, number> = {};
  const full: Record<string, number> = {};
  const reached: string[] = [];
  const readings: string[] = [];
  let unreadable: string | null = null;

  for (const [name, sum] of [...Object.entries(wcsSums), ...countersIn(limits)]) {
    const limit = limits.get(name);
    const load = total(stats, sum);
    if (typeof load === 'string') {
      if (limit !== undefined) unreadable ??= load;
      continue;
    }
    measures[name] = load;
    if (limit !== undefined && limit > 0) full[name] = limit;
    readings.push(limit === undefined ? `${name} ${load}` : `${name} ${load} of ${limit}`);
    if (limit !== undefined && load >= limit) reached.push(name);
  }

  const detail = readings.join(', ');
  const figures = { measures, ...(Object.keys(full).length === 0 ? {} : { limits: full }) };
  if (reached.length > 0) {
    return { status: 'overloaded', summary: `limit reached: ${reached.join(', ')}`, detail, ...figures };
  }
  if (unreadable !== null) return unknown(unreadable, detail);
  if (readings.length === 0) return unknown('expected WCS statistics, got none of their keys');
  return { ...ok('below its limits', detail), ...figures };
}

function countersIn(limits: Limits): readonly (readonly [name: string, sum: WcsSum])[] {
  return [...limits.keys()].filter(isCounter).map((name) => {
    const [group = '', key = ''] = name.split('.');
    return [name, { group: groupName(group), keys: [key] }] as const;
  });
}

/** Text: the key that could not be read. */
function total(stats: WcsStats, sum: WcsSum): number | string {
  const total = sumOf(stats, sum);
  if (typeof total === 'number') return total;
  return `expected a number for ${total.lacking}, got ${total.found === 'missing' ? 'none' : 'something else'}`;
}
