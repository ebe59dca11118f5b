/** One limit: reached after three readings at or over it, cleared after three readings at 90 % of it or less. */

export interface Latch {
  /** How the limit was reached, in words; null: it is not reached. */
  readonly reached: string | null;
  /** Consecutive readings for the opposite state. */
  readonly count: number;
}

export const openLatch: Latch = { reached: null, count: 0 };

const looksNeeded = 3;
const backShare = 0.9;

/** The words are kept from the moment it was reached, so that a reader sees the reason, not the decline. */
export function turnLatch(latch: Latch, value: number, limit: number, words: string): Latch {
  const against = latch.reached === null ? value >= limit : value <= limit * backShare;
  if (!against) return { reached: latch.reached, count: 0 };
  const count = latch.count + 1;
  if (count < looksNeeded) return { reached: latch.reached, count };
  return { reached: latch.reached === null ? words : null, count: 0 };
}
