import { describe, expect, it } from 'vitest';
import { fixed, relative } from '../../../bench/weights/laws.ts';
import { type Run, simulate, usual } from '../../../bench/weights/simulate.ts';
import { gainFor } from '../../../src/core/weights/gain.ts';

const half = [200, 200, 100];

/** What the last server got in the mean, after the first quarter of an hour, beside the largest. */
function meanShare({ samples }: Run): number {
  const settled = samples.filter(({ atS }) => atS >= 900);
  const part = (weights: readonly number[]): number => (weights.at(-1) ?? 0) / Math.max(...weights);
  return settled.reduce((sum, { weights }) => sum + part(weights), 0) / settled.length;
}

describe('a pool with a server of half the capacity', () => {
  it.each([1, 2, 3])('finds that out within a tenth, with fewer than 20 changes an hour (wlc, seed %i)', (seed) => {
    const run = simulate({ ...usual, capacities: half, seed }, relative(gainFor('wlc') ?? 0));
    expect(meanShare(run)).toBeGreaterThan(0.45);
    expect(meanShare(run)).toBeLessThan(0.55);
    expect(run.changesPerHour).toBeLessThan(20);
    expect(run.meanSpread).toBeLessThan(0.05);
  });

  it.each([1, 2, 3])('gets near it where viewers are dealt in turn (wrr, seed %i)', (seed) => {
    const scenario = { ...usual, capacities: half, scheduler: 'wrr' as const, seed };
    const run = simulate(scenario, relative(gainFor('wrr') ?? 0));
    const before = simulate(scenario, fixed([100, 100, 100]));
    expect(meanShare(run)).toBeGreaterThan(0.4);
    expect(meanShare(run)).toBeLessThan(0.6);
    expect(run.meanWorst).toBeLessThan(0.9);
    expect(before.meanWorst).toBeGreaterThan(1.2);
  });

  it('stays level when the pool is nearly full', () => {
    const run = simulate({ ...usual, load: 0.96 }, relative(0.25));
    expect(run.meanSpread).toBeLessThan(0.05);
  });

  it('takes a server back that was away, without flooding it, and finds its share again', () => {
    const outage = { server: 2, fromS: 900, toS: 1500 };
    const scenario = { ...usual, load: 0.6, outage };
    const run = simulate(scenario, relative(0.25));
    const after = run.samples.filter(({ atS }) => atS >= outage.toS);
    expect(Math.max(...after.map(({ utilisations }) => Math.max(...utilisations)))).toBeLessThan(0.95);
    const tenMinutes = after.filter(({ atS }) => atS >= outage.toS + 600);
    const apart = tenMinutes.map(({ utilisations }) => Math.max(...utilisations) - Math.min(...utilisations));
    expect(apart.reduce((sum, one) => sum + one, 0) / apart.length).toBeLessThan(0.06);
    // Two times coming in cost about ten changes more.
    expect(run.changesPerHour).toBeLessThan(35);
  });

  it.each([
    [[100, 400]],
    [[300, 300, 300, 300]],
    [[100, 150, 200, 250, 300]],
    [[50, 400, 100, 200, 400, 100, 300, 250]],
  ])('levels a pool for %j viewers', (capacities) => {
    const scenario = { ...usual, capacities };
    const run = simulate(scenario, relative(0.25));
    const before = simulate(scenario, fixed(capacities.map(() => 100)));
    expect(run.meanSpread).toBeLessThan(0.11);
    expect(run.meanSpread).toBeLessThanOrEqual(before.meanSpread + 0.02);
    expect(run.changesPerHour / capacities.length).toBeLessThan(10);
  });

  it('is the same run with the same seed', () => {
    const scenario = { ...usual, hours: 0.25 };
    expect(simulate(scenario, relative(0.25))).toEqual(simulate(scenario, relative(0.25)));
    expect(simulate({ ...scenario, seed: 2 }, relative(0.25))).not.toEqual(simulate(scenario, relative(0.25)));
  });
});

describe('the gain', () => {
  it.each([
    ['wlc', 0.25],
    ['leastconn', 0.25],
    ['wrr', 0.05],
    ['roundrobin', 0.05],
    ['some-new-one', 0.1],
    ['rr', null],
    ['ovf', null],
  ])('of %s is %s', (scheduler, gain) => {
    expect(gainFor(scheduler)).toBe(gain);
  });
});
