/** One half of the scenarios as tests, in a guest of its own. Its file decides which, so that the halves play at once. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Play, play, skipReason } from './play.ts';
import { describeResult, type LabResult, type ScenarioResult } from './results.ts';
import { scenarioHalf } from './scenario-names.ts';

const limitMs = 20 * 60_000;

export async function scenarioTests(half: 0 | 1): Promise<void> {
  const names = scenarioHalf(half);
  const reason = await skipReason('scenarios', names);
  let scenarios: Play | null = null;

  describe.skipIf(reason !== null)('a director in a real IPVS cluster', () => {
    afterAll(() => scenarios?.stop());

    test.each(names)('%s', { timeout: limitMs }, async (name) => {
      scenarios ??= play('scenarios', names, limitMs, { out: `scenarios-${half}` });
      const fits = (result: LabResult): result is ScenarioResult => result.kind === 'scenario' && result.name === name;
      const result = await scenarios.result(fits);
      if (result.failure === null) console.log(describeResult(result));
      expect(result.failure, result.failure ?? '').toBeNull();
    });
  });
}
