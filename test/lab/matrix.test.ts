import { afterAll, describe, expect, test } from 'vitest';
import { longRows, shortRows } from './matrix/rows.ts';
import { type Play, play, skipReason } from './play.ts';
import { describeResult, type FaultResult, type LabResult, type SoakResult } from './results.ts';
import { isLong } from './scenario-names.ts';

/** Of the bad network. */
const seconds = isLong ? 600 : 30;
const limitMs = 30 * 60_000;
const calm = `no monitor takes a false step in ${seconds} s of jitter and loss`;
const names = (isLong ? longRows : shortRows).map(({ name }) => name);
const reason = await skipReason('fault matrix', [...names, calm]);
let matrix: Play | null = null;

function playing(): Play {
  matrix ??= play('matrix', [String(seconds), ...names], limitMs);
  return matrix;
}

afterAll(() => matrix?.stop());

describe.skipIf(reason !== null)('every monitor says of every fault what was written down for it', () => {
  test.each(names)('%s', { timeout: limitMs }, async (name) => {
    const fits = (result: LabResult): result is FaultResult => result.kind === 'fault' && result.name === name;
    const result = await playing().result(fits);
    console.log(describeResult(result));
    const problems = result.cells.flatMap(({ column, problem }) => (problem === null ? [] : [`${column}: ${problem}`]));
    expect(problems).toEqual([]);
  });

  test(calm, { timeout: limitMs }, async () => {
    const result = await playing().result((one: LabResult): one is SoakResult => one.kind === 'soak');
    console.log(describeResult(result));
    // Some thirty monitors, of which none asks more seldom than every 4 s.
    expect(result.checks).toBeGreaterThan(seconds * 6);
    expect(result.falseSteps).toEqual([]);
  });
});
