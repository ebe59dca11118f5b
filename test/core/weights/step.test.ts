import { describe, expect, it } from 'vitest';
import { noWeights } from '../../../src/core/weights/model.ts';
import { act, play, server, tickMs } from './pool.ts';

describe('the law of dynamic weights', () => {
  it('adopts the table as it finds it, scaled so that it can be steered', () => {
    const pool = play();
    pool.tick([server('edge1', 0.5, { found: 1 }), server('edge2', 0.5, { found: 1 })]);
    expect(pool.picture()).toBe('edge1=100 edge2=100');
    const weighted = play();
    weighted.tick([server('edge1', 0.5, { found: 100 }), server('edge2', 0.5, { found: 52 })], 20);
    expect(weighted.picture()).toBe('edge1=100 edge2=52');
    expect(weighted.changes()).toBe(0);
  });

  it('changes nothing while all are within the dead band', () => {
    const pool = play({ gain: 1 });
    pool.tick([server('edge1', 0.7, { found: 100 }), server('edge2', 0.79, { found: 100 })], 100);
    expect(pool.changes()).toBe(0);
    expect(pool.why('edge2')).toBe('cpu 79 %, smoothed 79 %, pool 75 %: level with the pool, weight 100 stays');
  });

  it('takes from the fuller and gives to the emptier, the largest keeping its base', () => {
    const pool = play({ gain: 0.25 });
    pool.tick([server('edge1', 0.6, { found: 100 }), server('edge2', 0.9, { found: 100 })], 1 + 2 * act);
    expect(pool.picture()).toBe('edge1=100 edge2=86');
    expect(pool.why('edge2')).toBe('cpu 90 %, smoothed 90 %, pool 75 %: fuller than the pool, weight 93 to 86');
  });

  it('goes by the fullest of its terms', () => {
    const pool = play();
    const terms = [
      { name: 'cpu', value: 20, limit: 100, atMs: Number.NaN },
      { name: 'band_out', value: 900, limit: 1000, atMs: Number.NaN },
      { name: 'hls', value: 3, limit: 0, atMs: Number.NaN },
    ];
    const { weights } = pool.tick([server('edge1', null, { terms }), server('edge2', 0.5)]);
    expect(weights.get('edge1')?.utilisation).toBe(0.9);
    expect(pool.why('edge1')).toContain('band_out 90 %');
  });

  it('acts every 15 s only', () => {
    const pool = play({ gain: 1 });
    const loads = [server('edge1', 0.2, { found: 100 }), server('edge2', 0.9, { found: 100 })];
    const changed = Array.from({ length: 10 }, () => {
      pool.tick(loads);
      return pool.changes() > 0 ? 'x' : '.';
    }).join('');
    expect(changed).toBe('...x..x..x');
  });

  it('writes no change that is too small to be worth it', () => {
    const pool = play({ gain: 0.1 });
    const loads = [server('edge1', 0.6, { found: 100 }), server('edge2', 0.9, { found: 100 })];
    pool.tick(loads, 1 + act);
    expect(pool.picture()).toBe('edge1=100 edge2=100');
    pool.tick(loads, act);
    expect(pool.picture()).toBe('edge1=100 edge2=94');
  });

  it('never gives 0, however full a server stays', () => {
    const pool = play({ gain: 1 });
    pool.tick([server('edge1', 0.1), server('edge2', 0.9), server('edge3', 0.1)], 500);
    expect(pool.picture()).toBe('edge1=100 edge2=7 edge3=100');
  });

  it('gives a single server its base', () => {
    const pool = play();
    pool.tick([server('edge1', 1.4, { found: 7 })], 50);
    expect(pool.picture()).toBe('edge1=100');
    expect(pool.why('edge1')).toBe(
      'cpu 140 %, smoothed 140 %, pool 140 %: alone in the pool, has its base, weight 100 stays',
    );
  });

  it.each([
    ['ipvs keeps large weights', { least: 1, most: 65_535 }, [1000, 500], 'edge1=1000 edge2=500'],
    ['haproxy has 256 at most', { least: 1, most: 256 }, [1000, 500], 'edge1=256 edge2=128'],
    ['small weights are scaled up', { least: 1, most: 256 }, [2, 1], 'edge1=100 edge2=50'],
    ['what is no number is 1', { least: 1, most: 256 }, [Number.NaN, Number.POSITIVE_INFINITY], 'edge1=100 edge2=100'],
  ])('%s', (_, range, [first = 1, second = 1], expected) => {
    const pool = play({ range });
    pool.tick([
      server('edge1', 0.5, { weight: first, found: null }),
      server('edge2', 0.5, { weight: second, found: null }),
    ]);
    expect(pool.picture()).toBe(expected);
  });

  it('gives the same inputs the same answer, and leaves its memory as it was', () => {
    const before = structuredClone(noWeights);
    const first = play().tick([server('edge1', 0.5), server('edge2', 0.9)]);
    expect(play().tick([server('edge1', 0.5), server('edge2', 0.9)])).toEqual(first);
    expect(noWeights).toEqual(before);
  });
});

describe('figures that do not come', () => {
  const fresh = [server('edge1', 0.9, { found: 100 }), server('edge2', 0.6, { found: 100 })];
  const without = (load: (typeof fresh)[number], atMs: number) => ({
    ...load,
    terms: load.terms.map((term) => ({ ...term, atMs })),
  });

  it('hold the weight, then let it go back to its base slowly', () => {
    const pool = play({ gain: 0.5 });
    pool.tick(fresh, 31);
    expect(pool.picture()).toBe('edge1=22 edge2=100');
    const lastMs = pool.nowMs();
    const [edge1, edge2] = fresh as [(typeof fresh)[0], (typeof fresh)[0]];
    const gone = [without(edge1, lastMs), { ...edge2 }];
    pool.tick(gone, 3);
    expect(pool.picture()).toBe('edge1=19 edge2=100');
    pool.changes();
    pool.tick(gone, 9);
    expect(pool.picture()).toBe('edge1=19 edge2=100');
    expect(pool.why('edge1')).toBe('no news of cpu for 60 s, held, weight 19 stays');
    expect(pool.changes()).toBe(0);
    const { weights } = pool.tick(gone, 2 * act);
    expect(weights.get('edge1')?.state).toBe('blind');
    expect(weights.get('edge1')?.why).toMatch(/^no figures for 90 s, slowly back to its base, weight \d+/);
    expect(weights.get('edge1')?.weight).toBeLessThan(30);
    pool.tick(gone, 60 * act);
    expect(pool.picture()).toBe('edge1=96 edge2=100');
  });

  it('hold it also when it was the fullest term that fell silent', () => {
    const pool = play({ gain: 1 });
    const silent = { name: 'band_out', value: 90, limit: 100, atMs: 1e6 };
    const loads = [server('edge1', 0.1, { found: 100 }), server('edge2', 0.6, { found: 100 })];
    const [edge1, edge2] = loads as [(typeof loads)[0], (typeof loads)[0]];
    const half = { ...edge1, terms: [...edge1.terms, silent] };
    const { weights } = pool.tick([half, edge2], 5);
    expect(weights.get('edge1')?.state).toBe('held');
    expect(weights.get('edge1')?.why).toBe('no news of band_out for 20 s, held, weight 74 stays');
    expect(pool.tick([half, edge2], 10).weights.get('edge1')?.utilisation).toBeLessThan(0.9);
  });

  it('say nothing about a server that was never measured', () => {
    const pool = play({ gain: 1 });
    pool.tick([server('edge1', null, { found: 100 }), server('edge2', 0.9, { found: 100 })], 100);
    expect(pool.picture()).toBe('edge1=100 edge2=100');
    expect(pool.changes()).toBe(0);
  });

  it('count for as many ticks as were missed, once they come again', () => {
    const pool = play();
    pool.tick([server('edge1', 0.2), server('edge2', 0.5)], 4);
    const gone = [server('edge1', null), server('edge2', 0.5)];
    pool.tick(gone, 7);
    const { weights } = pool.tick([server('edge1', 1), server('edge2', 0.5)]);
    expect(weights.get('edge1')?.utilisation).toBeCloseTo(1 - 0.8 * 0.7 ** 8, 6);
  });

  it('are not counted twice when they are seen twice', () => {
    const pool = play();
    const at = (value: number, atMs: number) =>
      server('edge1', null, { terms: [{ name: 'cpu', value, limit: 1, atMs }] });
    pool.tick([at(0.2, 1e6)]);
    pool.tick([at(0.8, 1e6 + tickMs)]);
    const { weights } = pool.tick([at(0.8, 1e6 + tickMs)]);
    expect(weights.get('edge1')?.utilisation).toBeCloseTo(0.38, 6);
  });
});

describe('an overloaded server', () => {
  const full = [
    server('edge1', 1, { found: 100 }),
    server('edge2', 0.5, { found: 100 }),
    server('edge3', 0.5, { found: 100 }),
  ];
  const [, edge2 = server('', 0), edge3 = server('', 0)] = full;

  it('gets the least weight after three readings, at once, and its share back when it is well below its limit', () => {
    const pool = play({ gain: 0.1 });
    pool.tick(full, 2);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=100');
    const { weights, overloadPanic } = pool.tick(full);
    expect(pool.picture()).toBe('edge1=1 edge2=100 edge3=100');
    expect(weights.get('edge1')).toMatchObject({ state: 'overloaded', overloaded: true, changedFrom: 100 });
    expect(overloadPanic).toBe(false);
    expect(pool.why('edge1')).toBe(
      'cpu 100 %, smoothed 100 %, pool 50 %: overloaded until it is at 85 %, weight 100 to 1',
    );
    pool.tick([server('edge1', 0.86), edge2, edge3], 30);
    expect(pool.picture()).toBe('edge1=1 edge2=100 edge3=100');
    pool.tick([server('edge1', 0.5), edge2, edge3], 4);
    expect(pool.picture()).not.toContain('edge1=1 ');
  });

  it('is only levelled when the others are nearly as full', () => {
    const pool = play({ gain: 0.1 });
    const { weights } = pool.tick([server('edge1', 0.97), server('edge2', 0.9), server('edge3', 0.9)], 5);
    expect(weights.get('edge1')).toMatchObject({ state: 'full', overloaded: true });
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=100');
    expect(pool.why('edge1')).toContain(
      'overloaded as the others nearly are, so it is only levelled, weight 100 stays',
    );
  });

  it('is not alone in a panic, where nothing is lowered', () => {
    const pool = play({ gain: 1 });
    const { overloadPanic } = pool.tick([server('edge1', 1.4), server('edge2', 1), server('edge3', 0.6)], 100);
    expect(overloadPanic).toBe(true);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=100');
    expect(pool.why('edge1')).toContain('2 of 3 servers overloaded, so nothing is lowered, weight 100 stays');
  });

  it('gets its weight back when the others follow it', () => {
    const pool = play();
    pool.tick(full, 4);
    expect(pool.picture()).toBe('edge1=1 edge2=100 edge3=100');
    pool.tick([server('edge1', 1), server('edge2', 1.5), server('edge3', 1.5)], 20);
    expect(pool.tick(full.map((one) => ({ ...one }))).overloadPanic).toBe(true);
    const [own = 0] = [
      ...pool.tick([server('edge1', 1), server('edge2', 1.5), server('edge3', 1.5)]).weights.values(),
    ].map((w) => w.weight);
    expect(own).toBeGreaterThan(90);
  });
});

describe('who comes and goes', () => {
  const loads = (edge1: Partial<Parameters<typeof server>[2]>) => [
    server('edge1', 0.1, { found: 100, ...edge1 }),
    server('edge2', 0.6, { found: 100 }),
    server('edge3', 0.6, { found: 100 }),
  ];

  it('a returning server begins at a tenth and gains a quarter each 15 s, and meanwhile the others stay', () => {
    const pool = play({ gain: 1 });
    pool.tick(loads({ pooled: false, found: null }), 10);
    expect(pool.picture()).toBe('edge1=10 edge2=100 edge3=100');
    expect(pool.why('edge1')).toBe('cpu 10 %, smoothed 10 %: not pooled, would come in, weight 10');
    pool.changes();
    const seen: number[] = [];
    for (let i = 0; i < 11; i++) {
      const { weights } = pool.tick(loads({}), act);
      seen.push(weights.get('edge1')?.weight ?? 0);
      expect(pool.picture()).toContain('edge2=100 edge3=100');
    }
    expect(seen).toEqual([13, 16, 20, 24, 31, 38, 48, 60, 75, 93, 100]);
    expect(pool.tick(loads({})).weights.get('edge1')?.state).toBe('steered');
  });

  it('stops coming in when it is overloaded already', () => {
    const pool = play();
    const coming = (level: number, pooled = true) => [
      server('edge1', level, { pooled, found: null }),
      server('edge2', 0.5, { found: 100 }),
      server('edge3', 0.5, { found: 100 }),
    ];
    pool.tick(coming(0.5, false), 5);
    pool.tick(coming(1), 10);
    expect(pool.picture()).toBe('edge1=1 edge2=100 edge3=100');
    pool.tick(coming(1), 20 * act);
    expect(pool.picture()).toBe('edge1=1 edge2=100 edge3=100');
    const { weights } = pool.tick(coming(0.3), 4);
    expect(weights.get('edge1')?.state).toBe('coming in');
    expect(weights.get('edge1')?.weight).toBeLessThan(25);
  });

  it('goes on coming in while the others are in a panic', () => {
    const pool = play();
    const drowning = (pooled: boolean) => [
      server('edge1', 0.1, { pooled, found: null }),
      server('edge2', 1.4, { found: 100 }),
      server('edge3', 1.4, { found: 100 }),
    ];
    expect(pool.tick(drowning(false), 5).overloadPanic).toBe(true);
    expect(pool.tick(drowning(true), 12 * act).overloadPanic).toBe(true);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=100');
  });

  it('a stand-in has its whole weight at once', () => {
    const pool = play();
    const spare = (pooled: boolean) => server('spare', 0, { pooled, atOnce: true, standIn: true, found: null });
    pool.tick([server('edge1', 0.6), server('edge2', 0.6), spare(false)], 5);
    pool.tick([server('edge1', null, { pooled: false }), server('edge2', 0.6), spare(true)]);
    expect(pool.picture()).toBe('edge1=10 edge2=100 spare=100');
  });

  it('who is out counts for nothing, and finds its share again', () => {
    const pool = play({ gain: 0.25 });
    const trio = (edge1: Partial<Parameters<typeof server>[2]>) => [
      server('edge1', 0.6, { found: 100, ...edge1 }),
      server('edge2', 0.6, { found: 100 }),
      server('edge3', 0.6, { found: 50 }),
    ];
    pool.tick(trio({}), 10);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=50');
    pool.tick(trio({ pooled: false, terms: [] }), 30);
    expect(pool.picture()).toBe('edge1=10 edge2=100 edge3=50');
    pool.tick(trio({}), 12 * act);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=50');
  });

  it('when only one is left it has its base, and the ratio is found again when the other is back', () => {
    const pool = play({ gain: 0.25 });
    const pair = (edge1: Partial<Parameters<typeof server>[2]>) => [
      server('edge1', 0.6, { found: 100, ...edge1 }),
      server('edge2', 0.6, { found: 50 }),
    ];
    pool.tick(pair({}), 10);
    pool.tick(pair({ pooled: false, terms: [] }), 30);
    expect(pool.picture()).toBe('edge1=10 edge2=100');
    pool.tick(pair({}), 20 * act);
    expect(pool.picture()).toBe('edge1=100 edge2=50');
  });

  it('all at once begin at once', () => {
    const pool = play();
    pool.tick([server('edge1', null, { found: null }), server('edge2', null, { found: null })]);
    expect(pool.picture()).toBe('edge1=100 edge2=100');
  });

  it('a pin holds against everything and is left slowly', () => {
    const pool = play({ gain: 1 });
    const pinned = (pin: number | null) => [
      server('edge1', 0.1, { found: 100, pin }),
      server('edge2', 0.6, { found: 100 }),
      server('edge3', 0.6, { found: 100 }),
    ];
    pool.tick(pinned(30), 30);
    expect(pool.picture()).toBe('edge1=30 edge2=100 edge3=100');
    expect(pool.why('edge1')).toBe('cpu 10 %, smoothed 10 %, pool 60 %: pinned manually, weight 30 stays');
    pool.tick(pinned(null), act);
    expect(pool.picture()).toBe('edge1=38 edge2=100 edge3=100');
    expect(pool.why('edge1')).toContain('coming in slowly towards 100, weight 38 stays');
  });

  it('a pin beyond the table is cut to it', () => {
    const pool = play({ range: { least: 1, most: 256 } });
    pool.tick([server('edge1', 0.5, { pin: 1000 }), server('edge2', 0.5, { pin: 0 })]);
    expect(pool.picture()).toBe('edge1=256 edge2=1');
  });
});

describe('a dry run', () => {
  it('stops where load would be level, had it followed the weights', () => {
    const pool = play({ gain: 0.25, dryRun: true });
    const loads = [0.6, 0.6, 0.9].map((level, at) => server(`edge${at + 1}`, level, { found: 100 }));
    const { weights } = pool.tick(loads, 200 * act);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=76');
    expect(weights.get('edge3')?.utilisation).toBeCloseTo(0.9);
    pool.changes();
    pool.tick(loads, 200 * act);
    expect(pool.changes()).toBe(0);
  });

  it('ends where the weights would have brought a server that is over its limit, not at the least', () => {
    const pool = play({ gain: 0.25, dryRun: true });
    const loads = [0.3, 0.3, 1.2].map((level, at) => server(`edge${at + 1}`, level, { found: 100 }));
    pool.tick(loads, 200 * act);
    expect(pool.picture()).toBe('edge1=100 edge2=100 edge3=31');
    expect(pool.why('edge3')).toContain('level with the pool');
    pool.changes();
    pool.tick(loads, 200 * act);
    expect(pool.changes()).toBe(0);
  });
});
