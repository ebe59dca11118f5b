import type { CpuTime } from './facts.ts';

/** The CPUs of a machine at one moment. */
export interface CpuReading extends CpuTime {
  readonly cpus: number;
}

/** The memory of one target between two polls. */
export interface BusyMemory {
  readonly base: CpuReading;
  /** Percent, over the last stretch that was long enough; null before there was one. */
  readonly busy: number | null;
}

/** Seconds between readings under which a share is mostly rounding (ticks are 10 ms). */
const shortestStretchS = 0.5;

/** Takes a reading in. Of readings close together (a check and its twin) the first stays the base. */
export function remember(memory: BusyMemory | undefined, now: CpuReading): BusyMemory {
  if (memory === undefined) return { base: now, busy: null };
  const { base, busy } = memory;
  const spentS = now.totalS - base.totalS;
  // The machine was restarted, or CPUs came and went.
  if (spentS < 0 || now.busyS < base.busyS || now.cpus !== base.cpus) return { base: now, busy: null };
  if (spentS / now.cpus < shortestStretchS) return { base, busy };
  return { base: now, busy: Math.min(100, (100 * (now.busyS - base.busyS)) / spentS) };
}
