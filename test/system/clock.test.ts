import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';

describe('systemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('calls back once, not before its time', () => {
    const callback = vi.fn();
    systemClock.after(100, callback);
    vi.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('never calls when cancelled', () => {
    const callback = vi.fn();
    systemClock.after(100, callback)();
    vi.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits longer than the 24.8 days that setTimeout can', () => {
    const dayMs = 86_400_000;
    const callback = vi.fn();
    const cancel = systemClock.after(60 * dayMs, callback);
    vi.advanceTimersByTime(59 * dayMs);
    expect(callback).not.toHaveBeenCalled();
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    systemClock.after(60 * dayMs, callback);
    vi.advanceTimersByTime(60 * dayMs);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('is not early by the fraction of a millisecond that timers may be', async () => {
    vi.useRealTimers();
    const startMs = systemClock.monoMs();
    for (let count = 0; count < 20; count += 1) {
      const beforeMs = systemClock.monoMs();
      await new Promise<void>((resolve) => {
        systemClock.after(1.5, resolve);
      });
      expect(systemClock.monoMs() - beforeMs).toBeGreaterThanOrEqual(1.5);
    }
    expect(systemClock.monoMs()).toBeGreaterThan(startMs);
  });
});
