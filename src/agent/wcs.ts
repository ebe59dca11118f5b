/** The figures of a Flashphoner WCS. */
import { parseWcsStats, sumOf, wcsSums } from '../formats/wcs.ts';
import { countedNames } from './limits.ts';
import { type Reading, withoutFigures } from './reading.ts';

/** A missing key never counts as 0. */
export function readWcs(body: string): Reading {
  const stats = parseWcsStats(body);
  if (stats === null) return withoutFigures(countedNames, 'no WCS statistics');
  const figures: Record<string, number> = {};
  const missing: Record<string, string> = {};
  for (const name of countedNames) {
    const sum = sumOf(stats, wcsSums[name]);
    if (typeof sum === 'number') figures[name] = sum;
    else missing[name] = `no ${sum.lacking}`;
  }
  return { figures, missing };
}
