import type { Clock } from '../../src/ports.ts';

export interface ManualClock extends Clock {
  /** Lets time pass, and lets what was waiting for it run. */
  advance(ms: number): Promise<void>;
  readonly timers: () => number;
}

export function manualClock(wallStartMs = 0): ManualClock {
  let now = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    wallMs: () => wallStartMs + now,
    monoMs: () => now,
    after(delayMs, callback) {
      const timer = { atMs: now + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    timers: () => timers.length,
    async advance(ms) {
      await settle();
      const endMs = now + ms;
      for (;;) {
        const next = timers.filter(({ atMs }) => atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.atMs;
        next.callback();
        await settle();
      }
      now = endMs;
    },
  };
}
