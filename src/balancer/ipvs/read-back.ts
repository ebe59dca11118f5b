/** Waits until the table shows the given commands. One reader serves all waiters, so simultaneous swaps share a read. */
import { isApplied } from '../../core/plan.ts';
import type { Command, Table } from '../../core/table.ts';
import type { Cancel, Clock } from '../../ports.ts';

export interface ReadBack {
  /** Resolves to false if they do not show in time. Never rejects; an unreadable table shows nothing. */
  shown(commands: readonly Command[], withinMs: number): Promise<boolean>;
  /** Some command was refused, but it is unknown which: current waiters get only a little more time. */
  hurry(): void;
  /** Permanent: resolves all waiters to false, and stops reading. */
  close(): void;
}

interface Waiter {
  readonly commands: readonly Command[];
  untilMs: number;
  readonly settle: (shown: boolean) => void;
}

/** Pauses between reads in ms, the last one repeating; 0: the next turn of the event loop. */
const stepsMs = [0, 0, 0, 0, 1, 1, 2, 4, 8, 16, 32] as const;
/** The lines after a refused one take well under a millisecond each. */
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
      // A waiter times out only after a read that began before its deadline.
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
