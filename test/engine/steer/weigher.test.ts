import { describe, expect, it } from 'vitest';
import type { PoolDecision } from '../../../src/core/pool.ts';
import type { Term } from '../../../src/core/weights/model.ts';
import type { Cause } from '../../../src/engine/steer/causes.ts';
import { createWeigher } from '../../../src/engine/steer/weigher.ts';
import { describePool, type PoolRecord } from '../../../src/pools/pool-record.ts';
import { manualClock } from '../../fake/clock.ts';
import { service } from '../pools-world.ts';

const config = service({ scheduler: 'wlc', balance: { by: ['cpu'], everyMs: 15_000, dryRun: false } });

const decision: PoolDecision = {
  places: ['s1', 's2'].map((server, at) => {
    const address = `10.0.0.${at + 1}`;
    return { server, role: 'member', standsInFor: [], address, port: 0, weight: 1, reason: 'ok' };
  }),
  entries: [1, 2].map((at) => ({ address: `10.0.0.${at}`, port: 0, weight: 1, forward: 'dr' })),
  memory: { standIns: new Map(), kept: new Set() },
  nextMs: null,
};

function world() {
  const clock = manualClock();
  const errors: string[] = [];
  const causes: Cause[] = [];
  const figures = { s1: 90, s2: 50, broken: false };
  let pool: PoolRecord = {
    ...describePool(config),
    memory: null,
    decision: null,
    actual: undefined,
    readMs: 0,
    problem: null,
    lastDrift: null,
  };
  const weigher = createWeigher({
    clock,
    log: { debug() {}, info() {}, warn() {}, error: (_, text) => void errors.push(text) },
    terms(server): readonly Term[] {
      if (figures.broken) throw new Error('a bug');
      return [{ name: 'cpu', value: server === 's1' ? figures.s1 : figures.s2, limit: 100, atMs: clock.monoMs() }];
    },
    pool: () => pool,
    pins: () => new Map(),
    kick: (cause) => void causes.push(cause),
  });
  weigher.set([config]);
  const decide = (): string => {
    const made = weigher.weighed(pool, decision, null);
    pool = { ...pool, decision: made };
    return made.entries.map(({ weight }) => weight).join(' ');
  };
  const problem = (text: string | null) => {
    pool = { ...pool, problem: text === null ? null : { text, sinceMs: 0 } };
  };
  return { clock, weigher, errors, causes, figures, decide, problem };
}

describe('the weigher', () => {
  it('asks for a look at the pool when a weight moves, with the reason, and not else', async () => {
    const { clock, causes, decide } = world();
    expect(decide()).toBe('100 100');
    await clock.advance(14_000);
    expect(causes).toEqual([]);
    await clock.advance(2000);
    expect(causes).toMatchObject([
      { server: 's1', ofWeight: true, text: expect.stringMatching(/^s1: cpu 90 %, .*weight 100 to 9\d$/) },
    ]);
    expect(decide()).toMatch(/^9\d 100$/);
  });

  it('leaves the weights as they are when it breaks, and says so once', async () => {
    const { clock, errors, figures, decide } = world();
    decide();
    await clock.advance(60_000);
    const before = decide();
    expect(before).not.toBe('100 100');
    figures.broken = true;
    await clock.advance(10 * 60_000);
    expect(decide()).toBe(before);
    expect(errors).toEqual(['weights left unchanged']);
    figures.broken = false;
    await clock.advance(60_000);
    expect(decide()).not.toBe(before);
  });

  it('gives the decision back as it is when it breaks before it knew anything', () => {
    const { errors, figures, decide } = world();
    figures.broken = true;
    expect(decide()).toBe('1 1');
    expect(errors).toHaveLength(1);
  });

  it('learns nothing while the table cannot be changed', async () => {
    const { clock, causes, decide, problem } = world();
    decide();
    problem('ipvsadm refused');
    await clock.advance(60 * 60_000);
    expect(causes).toEqual([]);
    problem(null);
    await clock.advance(15_000);
    expect(decide()).toMatch(/^9\d 100$/);
  });

  it('does nothing before the table was read, and nothing after a stop', async () => {
    const { clock, causes, weigher, decide } = world();
    await clock.advance(60_000);
    expect(causes).toEqual([]);
    decide();
    weigher.stop();
    await clock.advance(60_000);
    expect(causes).toEqual([]);
    expect(clock.timers()).toBe(0);
  });
});
