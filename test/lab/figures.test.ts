import { afterAll, describe, expect, test } from 'vitest';
import { figuresTable } from './figures-table.ts';
import { type Play, play, skipReason } from './play.ts';
import { describeResult, type FigureResult, type LabResult, median } from './results.ts';
import { figureNames, isLong } from './scenario-names.ts';

const limitMs = 20 * 60_000;
const runs = isLong ? 11 : 3;
/** A median of three is a rough one. */
const slack = isLong ? 1 : 2;
const reason = await skipReason(
  'figures',
  figureNames.map(({ name }) => name),
);
let figures: Play | null = null;
const found: FigureResult[] = [];

afterAll(async () => {
  if (found.length > 0) console.log(figuresTable(found));
  await figures?.stop();
});

describe.skipIf(reason !== null)('from the fault until the dead server is out of the table and its backup in', () => {
  test.each(figureNames)(
    `$name: the median of ${runs} is at most ${slack === 1 ? '' : 'twice '}$targetMs ms`,
    { timeout: limitMs },
    async ({ name, targetMs }) => {
      figures ??= play('figures', [String(runs)], limitMs);
      const fits = (result: LabResult): result is FigureResult => result.kind === 'figure' && result.name === name;
      const result = await figures.result(fits);
      found.push(result);
      expect(result.timesMs.length).toBe(runs);
      expect(median(result.timesMs), describeResult(result)).toBeLessThanOrEqual(slack * targetMs);
    },
  );
});
