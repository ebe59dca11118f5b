/** How the time of a function grows with the size of its input: a proof that holds on any machine. */

const maxRounds = 6;
/** Shorter times are mostly noise; quadratic work on the sizes used here takes far longer. */
const minMs = 20;

/**
 * How much longer `run` takes for twice the size: about 2 when the time is linear, 4 when it is quadratic. The best of
 * several rounds counts, since a busy machine only adds time, and a second doubling, since the collection of garbage
 * begins at some size.
 */
export function growth(size: number, run: (size: number) => void): number {
  const ratio = doubling(size, run);
  return ratio < 3 ? ratio : doubling(2 * size, run);
}

function doubling(size: number, run: (size: number) => void): number {
  let [small, large] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const ratio = () => large / Math.max(small, minMs);
  for (let round = 0; round < 2 || (round < maxRounds && ratio() >= 3); round += 1) {
    small = Math.min(
      small,
      timeOf(() => run(size)),
    );
    large = Math.min(
      large,
      timeOf(() => run(2 * size)),
    );
  }
  return ratio();
}

function timeOf(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}
