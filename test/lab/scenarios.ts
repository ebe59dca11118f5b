/** Scenarios as tests, played one after the other in a guest of their own. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Play, type PlayOptions, play, skipReason } from './play.ts';
import { describeResult, type LabResult, type ScenarioResult } from './results.ts';

const limitMs = 30 * 60_000;

/** `script`: of `guest/`, `scenarios` or `whole`. */
export async function scenarioTests(
  title: string,
  script: string,
  names: readonly ScenarioResult['name'][],
  options: PlayOptions,
): Promise<void> {
  if (names.length === 0) return;
  const reason = await skipReason(title, names);
  let scenarios: Play | null = null;

  describe.skipIf(reason !== null)(title, () => {
    afterAll(() => scenarios?.stop());

    test.each(names)('%s', { timeout: limitMs }, async (name) => {
      scenarios ??= play(script, names, limitMs, options);
      const fits = (result: LabResult): result is ScenarioResult => result.kind === 'scenario' && result.name === name;
      const result = await scenarios.result(fits);
      if (result.failure === null) console.log(describeResult(result));
      expect(result.failure, result.failure ?? '').toBeNull();
    });
  });
}
