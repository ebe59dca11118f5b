import type { Clock } from '../ports.ts';

/** setTimeout takes no more than 2^31 - 1 ms (24.8 days). */
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => performance.now(),
  after(delayMs, callback) {
    const dueMs = performance.now() + delayMs;
    const arm = (): NodeJS.Timeout => setTimeout(fire, Math.min(dueMs - performance.now(), longestTimerMs));
    const fire = (): void => {
      // Node's timers count whole ms of the loop's time and may be early by a fraction of one.
      if (performance.now() < dueMs) timer = arm();
      else callback();
    };
    let timer = arm();
    return () => clearTimeout(timer);
  },
};
