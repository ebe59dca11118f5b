import { afterAll, describe, expect, test } from 'vitest';
import type { LabKernel } from './boot.ts';
import { type Play, play, skipReason } from './play.ts';
import { describeResult, type LabResult, type ScenarioResult } from './results.ts';
import { wholeScenarioNames } from './scenario-names.ts';

const limitMs = 30 * 60_000;

const kernels: readonly { readonly kernel: LabKernel; readonly where: string }[] = [
  { kernel: 'uml', where: 'a user-mode kernel with iptables and ipset' },
  { kernel: 'debian', where: "Debian's kernel with nftables" },
];

for (const { kernel, where } of kernels) {
  const names = wholeScenarioNames(kernel);
  if (names.length === 0) continue;
  const reason = await skipReason(`whole cluster on ${where}`, names);
  let scenarios: Play | null = null;

  describe.skipIf(reason !== null)(`a whole cluster from one file, on ${where}`, () => {
    afterAll(() => scenarios?.stop());

    test.each(names)('%s', { timeout: limitMs }, async (name) => {
      scenarios ??= play('whole', [], limitMs, { kernel });
      const fits = (result: LabResult): result is ScenarioResult => result.kind === 'scenario' && result.name === name;
      const result = await scenarios.result(fits);
      if (result.failure === null) console.log(describeResult(result));
      expect(result.failure, result.failure ?? '').toBeNull();
    });
  });
}
