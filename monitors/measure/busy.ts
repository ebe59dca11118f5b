import type { CpuTime } from './facts.ts';

/** The CPUs of a machine at one point in time. */
export interface CpuReading extends CpuTime {
  readonly cpus: number;
}

/** What is remembered about one target between polls. */
export interface BusyMemory {
  readonly base: CpuReading;
  /** Percent over the last interval that was long enough; null before the first. */
  readonly busy: number | null;
}

/** Below this many seconds between readings, a percentage is mostly rounding error (ticks are 10 ms). */
const shortestStretchS = 0.5;

/** Adds a reading. Of readings close together (a check and its second attempt) the first stays the base. */
export function remember(memory: BusyMemory | undefined, now: CpuReading): BusyMemory {
  if (memory === undefined) return { base: now, busy: null };
  const { base, busy } = memory;
  const spentS = now.totalS - base.totalS;
  // The machine was restarted, or CPUs were added or removed.
  if (spentS < 0 || now.busyS < base.busyS || now.cpus !== base.cpus) return { base: now, busy: null };
  if (spentS / now.cpus < shortestStretchS) return { base, busy };
  return { base: now, busy: Math.min(100, (100 * (now.busyS - base.busyS)) / spentS) };
}
