/** Waits until the table shows commands. One reader serves all who wait, so that many swaps at once read it once. */
import { isApplied } from '../../core/plan.ts';
import type { Command, Table } from '../../core/table.ts';
import type { Cancel, Clock } from '../../ports.ts';

export interface ReadBack {
  /** False: not within the time. Never rejects; a table that cannot be read shows nothing. */
  shown(commands: readonly Command[], withinMs: number): Promise<boolean>;
  /** Something was refused, nobody knows whose: those who wait now get only a little more time. */
  hurry(): void;
  /** For good: nothing is shown any more, and the table is not read. */
  close(): void;
}

interface Waiter {
  readonly commands: readonly Command[];
  untilMs: number;
  readonly settle: (shown: boolean) => void;
}

/** Waits between reads, ms, the last one repeating; 0: the next turn of the event loop. */
const stepsMs = [0, 0, 0, 0, 1, 1, 2, 4, 8, 16, 32] as const;
/** The lines behind a refused one take well under a millisecond each. */
const hurryMs = 10;

export function createReadBack(clock: Clock, read: () => Promise<Table>): ReadBack {
  const waiters = new Set<Waiter>();
  let step = 0;
  let running = false;
  let closed = false;
  let cancelPause: Cancel = () => {};

  const pause = (): Promise<void> => {
    const ms = stepsMs[step] ?? stepsMs[stepsMs.length - 1] ?? 0;
    step += 1;
    return new Promise((resolve) => {
      if (ms === 0) setImmediate(resolve);
      else cancelPause = clock.after(ms, resolve);
    });
  };
  const settle = (waiter: Waiter, shown: boolean): void => {
    waiters.delete(waiter);
    waiter.settle(shown);
  };
  const watch = async (): Promise<void> => {
    running = true;
    while (waiters.size > 0) {
      await pause();
      if (closed) return;
      // Who is late is told so only after a read that began in time.
      const nowMs = clock.monoMs();
      const table = await read().catch(() => null);
      for (const waiter of waiters) {
        if (table !== null && isApplied(waiter.commands, table)) settle(waiter, true);
        else if (nowMs >= waiter.untilMs) settle(waiter, false);
      }
    }
    running = false;
  };

  return {
    shown(commands, withinMs) {
      if (closed) return Promise.resolve(false);
      step = 0;
      return new Promise((resolve) => {
        waiters.add({ commands, untilMs: clock.monoMs() + withinMs, settle: resolve });
        if (!running) void watch();
      });
    },
    hurry() {
      const untilMs = clock.monoMs() + hurryMs;
      for (const waiter of waiters) waiter.untilMs = Math.min(waiter.untilMs, untilMs);
      step = 0;
    },
    close() {
      closed = true;
      cancelPause();
      for (const waiter of waiters) settle(waiter, false);
    },
  };
}
