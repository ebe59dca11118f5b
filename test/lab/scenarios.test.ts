import { afterAll, describe, expect, test } from 'vitest';
import { type Play, play, skipReason } from './play.ts';
import { describeResult, type LabResult, type ScenarioResult } from './results.ts';
import { scenarioNames } from './scenario-names.ts';

const limitMs = 20 * 60_000;
const reason = await skipReason('scenarios', scenarioNames);
let scenarios: Play | null = null;

afterAll(() => scenarios?.stop());

describe.skipIf(reason !== null)('a director in a real IPVS cluster', () => {
  test.each(scenarioNames)('%s', { timeout: limitMs }, async (name) => {
    scenarios ??= play('scenarios', [], limitMs);
    const fits = (result: LabResult): result is ScenarioResult => result.kind === 'scenario' && result.name === name;
    const result = await scenarios.result(fits);
    if (result.failure === null) console.log(describeResult(result));
    expect(result.failure, result.failure ?? '').toBeNull();
  });
});
