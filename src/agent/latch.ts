/** One limit: reached after three looks at or over it, left after three looks at 90 % of it or less. */

export interface Latch {
  /** How the limit was reached, in words; null: it is not. */
  readonly reached: string | null;
  /** Looks in a row that speak for the other side. */
  readonly count: number;
}

export const openLatch: Latch = { reached: null, count: 0 };

const looksNeeded = 3;
const backShare = 0.9;

/** The words stay those of the moment it was reached, so that a reader sees why, and not how it goes down again. */
export function turnLatch(latch: Latch, value: number, limit: number, words: string): Latch {
  const against = latch.reached === null ? value >= limit : value <= limit * backShare;
  if (!against) return { reached: latch.reached, count: 0 };
  const count = latch.count + 1;
  if (count < looksNeeded) return { reached: latch.reached, count };
  return { reached: latch.reached === null ? words : null, count: 0 };
}
