/** Splits long work into slices: 20,000 clients must not delay the checks. */
import { setImmediate } from 'node:timers/promises';

/** Yields between slices, so that other work can run. */
export type Slices<T> = Generator<undefined, T, undefined>;

/** This many lines or clients take well under a millisecond. */
export const sliceLength = 500;

export async function inSlices<T>(work: Slices<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

export function atOnce<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
