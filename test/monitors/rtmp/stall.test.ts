import { expect, it } from 'vitest';
import { afterStall } from '../../../monitors/rtmp/stall.ts';

function standStill(ms: number): void {
  const fromMs = performance.now();
  while (performance.now() - fromMs < ms);
}

it('does not blame the stream for a time in which we stood still ourselves', async () => {
  const fromMs = performance.now();
  let tookMs = 0;
  afterStall(20, () => {
    tookMs = performance.now() - fromMs;
  });
  standStill(150);
  await expect.poll(() => tookMs, { interval: 5 }).toBeGreaterThan(0);
  expect(tookMs).toBeGreaterThan(350);
});
