import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/core/model.ts';
import type { CheckRecord } from '../../../src/engine/watch/board.ts';
import { type Figures, figuresAfter, termsOf } from '../../../src/engine/watch/figures.ts';

const said = (measures: Record<string, number>, limits?: Record<string, number>): Observation => {
  return { status: 'ok', summary: '', measures, ...(limits === undefined ? {} : { limits }), atMs: 0, tookMs: 1 };
};
const record = (name: string, figures: Figures) =>
  ({ config: { monitor: { name } }, figures }) as unknown as CheckRecord;

describe('figures', () => {
  it('are measures with a limit, with the time at which they were told', () => {
    const first = figuresAfter(new Map(), said({ cpu: 50, hls: 2 }, { cpu: 90, band_out: 100 }), 1000);
    expect([...first]).toEqual([['cpu', { value: 50, limit: 90, atMs: 1000 }]]);
    const second = figuresAfter(first, said({ hls: 3 }, { hls: 10 }), 2000);
    expect([...second].map(([name, { atMs }]) => [name, atMs])).toEqual([
      ['cpu', 1000],
      ['hls', 2000],
    ]);
  });

  it('stay, and grow old, when nothing is told', () => {
    const before = figuresAfter(new Map(), said({ cpu: 50 }, { cpu: 90 }), 1000);
    expect(figuresAfter(before, { status: 'unknown', summary: 'x', atMs: 0, tookMs: 1 }, 2000)).toBe(before);
  });

  it('are not more than can be looked at, the newest first to stay', () => {
    let figures: Figures = new Map();
    for (let i = 0; i < 1000; i++) figures = figuresAfter(figures, said({ [`m${i}`]: 1 }, { [`m${i}`]: 2 }), i);
    expect(figures.size).toBe(64);
    expect(figures.has('m999')).toBe(true);
  });

  it('know nothing of what every object has', () => {
    expect(figuresAfter(new Map(), said({}, { toString: 1, constructor: 2 }), 0).size).toBe(0);
  });
});

describe('terms', () => {
  const figure = { value: 1, limit: 2, atMs: 3 };
  const server = {
    checks: [
      record('cpu', new Map([['load5', figure]])),
      record(
        'wcs',
        new Map([
          ['cpu', figure],
          ['hls', figure],
        ]),
      ),
    ],
  };
  it.each([
    [['cpu'], ['cpu', 'cpu']],
    [['load5'], ['load5']],
    [
      ['wcs/cpu', 'hls'],
      ['wcs/cpu', 'hls'],
    ],
    [['wcs'], ['wcs/cpu', 'wcs/hls']],
    [['disk'], []],
  ])('by %j are %j', (by, names) => {
    expect(termsOf(server.checks, by).map(({ name }) => name)).toEqual(names);
  });
});
