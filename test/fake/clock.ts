/** A clock that moves only when told, and lets promises settle between its timers. */
import type { Clock } from '../../src/ports.ts';

export interface ManualClock extends Clock {
  /** Lets time pass, and lets what was waiting for it run. */
  advance(ms: number): Promise<void>;
  readonly timers: () => number;
  /** Somebody sets the wall clock. */
  setWallBy(ms: number): void;
  /** What waited will never run: the process is gone. */
  dropTimers(): void;
}

export function manualClock(wallStartMs = 0): ManualClock {
  let now = 0;
  let setByMs = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    wallMs: () => wallStartMs + now + setByMs,
    monoMs: () => now,
    after(delayMs, callback) {
      const timer = { atMs: now + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    timers: () => timers.length,
    setWallBy(ms) {
      setByMs += ms;
    },
    dropTimers() {
      timers = [];
    },
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
