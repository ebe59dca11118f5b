import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerText, isLastWord } from '../../src/agent/answer.ts';
import { answerOf, type Judgement, judge, noJudgement, type Rules } from '../../src/agent/judge.ts';
import { openLatch, turnLatch } from '../../src/agent/latch.ts';
import { loadOf, nextPercent, percentFor, smooth } from '../../src/agent/load.ts';
import type { Reading } from '../../src/agent/reading.ts';

const tickMs = 5000;

function cpu(value: number | null): Reading {
  return value === null
    ? { figures: {}, missing: { cpu: 'no /proc/loadavg' } }
    : { figures: { cpu: value }, missing: {} };
}

/** The answers of looks 5 s apart. */
function answers(looks: readonly Reading[], rules: Rules): readonly (string | null)[] {
  let judgement: Judgement = noJudgement;
  return looks.map((reading, at) => {
    judgement = judge(judgement, reading, at * tickMs, rules);
    const answer = answerOf(judgement);
    return answer === null ? null : answerText(answer);
  });
}

const rules: Rules = { limits: { cpu: 100 }, holdMs: 30_000 };

describe('the share that a load asks for', () => {
  test.each([
    [0, 100],
    [0.5, 100],
    [0.51, 100],
    [0.525, 95],
    [0.6, 80],
    [0.725, 55],
    [0.9, 15],
    [0.95, 5],
    [1.5, 5],
  ])('%f gives %i %%', (load, percent) => {
    expect(percentFor(load)).toBe(percent);
  });

  test('small changes are passed over, but the ends are reached', () => {
    expect(nextPercent(80, 0.62)).toBe(80);
    expect(nextPercent(80, 0.66)).toBe(65);
    expect(nextPercent(95, 0)).toBe(100);
    expect(nextPercent(10, 2)).toBe(5);
    expect(nextPercent(null, 0.62)).toBe(75);
  });

  test('the fullest limit counts, and what has no limit or no figure does not', () => {
    expect(loadOf({ cpu: 45, band_out: 80, disk: 99 }, { cpu: 90, band_out: 100, hls: 5 })).toBe(0.8);
    expect(loadOf({ cpu: 900 }, { cpu: 90 })).toBe(1.5);
    expect(loadOf({ disk: 5 }, { cpu: 90 })).toBeNull();
  });

  test('a load is smoothed at the same pace however often it is read, and believed sooner upwards', () => {
    expect(smooth(0, 1, 5000)).toBeCloseTo(0.3);
    expect(smooth(1, 0, 5000)).toBeCloseTo(0.85);
    expect(smooth(smooth(0, 1, 2500), 1, 2500)).toBeCloseTo(0.3);
    expect(smooth(null, 0.7, 0)).toBe(0.7);
    expect(smooth(0.5, 1, -5)).toBe(0.5);
  });
});

describe('a limit', () => {
  // One letter a look: o over, = at the limit, - between, 9 at 90 %, . below; below it R while it is held reached.
  test.each([
    ['ooo....', '..RRR..'],
    ['===....', '..RRR..'],
    ['oo.oo.o', '.......'],
    ['ooo---.', '..RRRRR'],
    ['ooo9-99', '..RRRRR'],
    ['ooo999.', '..RRR..'],
    ['ooo..o..', '..RRRRRR'],
    ['ooo...ooo', '..RRR...R'],
  ])('%s is reached as %s', (looks, reached) => {
    const values: Readonly<Record<string, number>> = { o: 120, '=': 100, '-': 95, '9': 90, '.': 10 };
    let latch = openLatch;
    const seen = [...looks].map((look) => {
      latch = turnLatch(latch, values[look] ?? 0, 100, 'cpu');
      return latch.reached === null ? '.' : 'R';
    });
    expect(seen.join('')).toBe(reached);
  });
});

describe('the answer', () => {
  test('follows the load, by steps that are worth saying, every 15 s', () => {
    const looks = [10, 80, 80, 80, 80, 80, 80, 80, 80, 80].map(cpu);
    const [first, second, third, last] = ['up 100%', 'up 85%', 'up 55%', 'up 45%'];
    expect(answers(looks, rules)).toEqual([first, first, first, second, second, second, third, third, third, last]);
  });

  test('is down after three looks at the limit, says why, and keeps those words until it is over', () => {
    const looks = [93, 97, 104.6, 104, 103, 95, 90, 90, 89].map(cpu);
    expect(answers(looks, rules).map((text) => text?.split(' ')[0])).toEqual([
      'up',
      'up',
      'up',
      'up',
      'down',
      'down',
      'down',
      'down',
      'up',
    ]);
    expect(answers(looks, rules)[5]).toBe('down #cpu 103% of 100%');
  });

  test('names every limit that is reached', () => {
    const limits = { cpu: 90, publishers: 10, band_out: 900 };
    const reading: Reading = { figures: { cpu: 95, publishers: 10, band_out: 1000.5 }, missing: {} };
    expect(answers([reading, reading, reading], { ...rules, limits })[2]).toBe(
      'down #cpu 95% of 90%, publishers 10 of 10, band-out 1000.5 of 900 Mbit/s',
    );
  });

  test('is nothing before anything is known: an empty answer changes nothing at HAProxy', () => {
    expect(answers([cpu(null), cpu(null), cpu(10)], rules)).toEqual([null, null, 'up 100%']);
  });

  test('stands while figures are missing, then says so, and is back with the first whole reading', () => {
    const looks = [10, null, null, null, null, null, null, null, null, 10].map(cpu);
    expect(answers(looks, rules)).toEqual([
      ...Array.from({ length: 7 }, () => 'up 100%'),
      'down #no data: no /proc/loadavg',
      'down #no data: no /proc/loadavg',
      'up 100%',
    ]);
  });

  test('stands for ever where it is told to hold', () => {
    const looks = [10, ...Array.from({ length: 100 }, () => null)].map(cpu);
    expect(new Set(answers(looks, { ...rules, holdMs: null }))).toEqual(new Set(['up 100%']));
  });

  test('a rate that needs its second look is no missing figure yet, not even without a hold', () => {
    const limits = { cpu: 90, band_out: 100 };
    const first: Reading = { figures: { cpu: 10 }, missing: { band_out: 'no earlier reading' } };
    const second: Reading = { figures: { cpu: 10, band_out: 5 }, missing: {} };
    expect(answers([first, second, first, second], { limits, holdMs: 0 })).toEqual([
      null,
      ...Array.from({ length: 3 }, () => 'up 100%'),
    ]);
    expect(answers([first, first], { limits, holdMs: 0 })).toEqual([null, 'down #no data: no earlier reading']);
  });

  test('a limit that is reached outweighs a figure that is missing', () => {
    const limits = { cpu: 90, publishers: 10 };
    const reading: Reading = { figures: { cpu: 95 }, missing: { publishers: 'wcs unreachable' } };
    expect(answers([reading, reading, reading], { limits, holdMs: 0 })).toEqual([
      'down #no data: wcs unreachable',
      'down #no data: wcs unreachable',
      'down #cpu 95% of 90%',
    ]);
  });

  test('stays down while the figure that brought it down is missing', () => {
    const looks = [120, 120, 120, null, null].map(cpu);
    expect(answers(looks, { ...rules, holdMs: null }).slice(2)).toEqual(
      Array.from({ length: 3 }, () => 'down #cpu 120% of 100%'),
    );
  });

  test('is always one line of ASCII that HAProxy knows, whatever the figures', () => {
    const value = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }));
    const reading = fc.record({ cpu: value, publishers: value }).map(
      ({ cpu: one, publishers }): Reading => ({
        figures: { ...(one !== null && { cpu: one }), ...(publishers !== null && { publishers }) },
        missing: { cpu: 'no\r\ncpu\u00e9', publishers: 'x'.repeat(500) },
      }),
    );
    fc.assert(
      fc.property(fc.array(reading), fc.nat(60_000), (looks, holdMs) => {
        for (const text of answers(looks, { limits: { cpu: 90, publishers: 10 }, holdMs })) {
          if (text !== null) expect(text).toMatch(/^(up (100|[1-9]?[05])%|down #[ -~]{1,80})$/);
        }
      }),
    );
  });
});

test.each([
  ['up', true],
  ['up 100%', true],
  ['55%', true],
  ['down', true],
  ['down #planned work', true],
  ['stopped #bye', true],
  ['down#why', false],
  ['up 101%', false],
  ['55', false],
  ['ready', false],
  ['maint', false],
  ['drain', false],
  ['up 50%\ndown', false],
  [`down #${'x'.repeat(81)}`, false],
])('`%s` as a last word: %s', (text, isOne) => {
  expect(isLastWord(text)).toBe(isOne);
});
