/**
 * Property tests try the same inputs in every run, so that a failure is the change's fault. `FC_SEED` is another seed,
 * or `random`; `FC_RUNS` is the number of inputs for properties that do not state theirs.
 */
import fc from 'fast-check';

const { FC_SEED: seed = '1048214759', FC_RUNS: runs } = process.env;
fc.configureGlobal({
  ...(seed === 'random' ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
