import { afterAll, expect, test } from 'vitest';
import { type Play, play, skipReason } from './play.ts';
import { describeResult, type LabResult, type SoakResult } from './results.ts';

/** Of `npm run test:long` only. */
const seconds = 1800;
const limitMs = (seconds + 300) * 1000;
const name = `takes no false step in ${seconds} s of jitter, loss and a busy processor`;
const reason = await skipReason('soak', [name]);
let soak: Play | null = null;

afterAll(() => soak?.stop());

test.skipIf(reason !== null)(name, { timeout: limitMs }, async () => {
  soak = play('soak', [String(seconds)], limitMs);
  const result = await soak.result((one: LabResult): one is SoakResult => one.kind === 'soak');
  console.log(describeResult(result));
  // One check a second each of rtsp, rtmp and wcs on three servers, of which few may be late.
  expect(result.checks).toBeGreaterThan(seconds * 6);
  expect(result.falseSteps).toEqual([]);
});
