import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff, noticeBackoff } from '../../src/core/backoff.ts';

test('doubles from 5 s and stays at 15 minutes', () => {
  const waits = [1, 2, 3, 7, 8, 9, 5000].map((attempts) => backoff(noticeBackoff, attempts, 0, 0));
  expect(waits).toEqual([5000, 10_000, 20_000, 320_000, 640_000, 900_000, 900_000]);
});

test('gives up after five days, and only after many attempts', () => {
  expect(backoff(noticeBackoff, 99, 50 * 86_400_000, 0)).toBe(900_000);
  expect(backoff(noticeBackoff, 100, 5 * 86_400_000, 0)).toBe('give up');
  expect(backoff(noticeBackoff, 400, 5 * 86_400_000 - 1, 0)).toBe(900_000);
  expect(backoff(noticeBackoff, 400, 5 * 86_400_000, 0)).toBe('give up');
});

test('jitter takes at most a quarter off and never adds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempts, jitter) => {
        const whole = Number(backoff(noticeBackoff, attempts, 0, 0));
        const waitMs = Number(backoff(noticeBackoff, attempts, 0, jitter));
        expect(waitMs).toBeLessThanOrEqual(whole);
        expect(waitMs).toBeGreaterThanOrEqual(whole * 0.75);
      },
    ),
  );
});
