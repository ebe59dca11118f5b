import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextBeat, patience, phaseMs, rerunAfterMs, usualAfter } from '../../src/core/beat.ts';
import type { Observation } from '../../src/core/model.ts';
import { type CheckState, observe, untested } from '../../src/core/observe.ts';

const pace = { intervalMs: 1000, timeoutMs: 1000, retryIntervalMs: 100 };
const ok: Observation = { status: 'ok', summary: 'ok', atMs: 0, tookMs: 3 };
const refused: Observation = { status: 'fail', summary: 'refused', atMs: 0, tookMs: 3 };
const silent: Observation = { status: 'fail', summary: 'no answer', silent: true, atMs: 0, tookMs: 1000 };
const seen = (...observed: Observation[]): CheckState =>
  observed.reduce((state, one) => observe(state, one, { fall: 2, rise: 2 }).state, untested);

describe('nextBeat', () => {
  it('stays on its grid and counts the beats that passed', () => {
    expect(nextBeat(1000, 1000, 1003)).toEqual({ dueMs: 2000, missed: 0 });
    expect(nextBeat(1000, 1000, 4500)).toEqual({ dueMs: 5000, missed: 3 });
  });

  it('never gives a beat in the past and never leaves the grid', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 10, max: 60_000 }), fc.nat(1e6), (due, interval, later) => {
        const beat = nextBeat(due, interval, due + later);
        expect(beat.dueMs).toBeGreaterThan(due + later);
        expect((beat.dueMs - due) % interval).toBe(0);
        expect(beat.dueMs - due).toBe((beat.missed + 1) * interval);
      }),
    );
  });
});

describe('phaseMs', () => {
  it('spreads checks over the interval, the same way each time', () => {
    const phases = Array.from({ length: 1000 }, (_, i) => phaseMs(`edge${i}/rtsp`, 1000));
    const tenths = Array.from({ length: 10 }, (_, t) => phases.filter((p) => Math.floor(p / 100) === t).length);
    expect(Math.min(...tenths)).toBeGreaterThan(60);
    expect(phaseMs('edge7/rtsp', 1000)).toBe(phases[7]);
  });
});

describe('rerunAfterMs', () => {
  const tripped = { cause: 'tripwire', sinceMs: 0, runs: 0 } as const;
  const dark = { cause: 'dark', sinceMs: 0, runs: 0 } as const;
  it.each([
    ['waits for the beat when all is well', seen(ok), ok, null, null],
    ['confirms a first failure at the retry interval', seen(ok, refused), refused, null, 97],
    ['confirms silence without further waiting when the deadline was long', seen(ok, silent), silent, null, 0],
    ['confirms a refusal at once when a held connection closed', seen(ok, refused), refused, tripped, 0],
    ['confirms at once when the host is dark', seen(ok, silent), silent, dark, 0],
    ['looks again soon when the check still passes after a held connection closed', seen(ok), ok, tripped, 2],
    ['looks again later each time', seen(ok), ok, { ...tripped, runs: 4 }, 32],
    ['waits for the beat once it is failing', seen(refused, refused), refused, tripped, null],
  ] as const)('%s', (_, state, last, alarm, expected) => {
    expect(rerunAfterMs(state, last, pace, alarm)).toBe(expected);
  });
});

describe('usualAfter', () => {
  it('forgets one slow answer within a few quick ones', () => {
    let usualMs: number | null = null;
    for (const tookMs of [3, 3, 900, 3, 3, 3, 3]) usualMs = usualAfter(usualMs, tookMs);
    expect(usualMs).toBeLessThan(15);
  });

  it('follows answers that are slow from now on', () => {
    let usualMs: number | null = 3;
    for (let i = 0; i < 20; i++) usualMs = usualAfter(usualMs, 200);
    expect(usualMs).toBeGreaterThan(190);
  });
});

describe('patience', () => {
  it.each([
    ['gives the configured time and a second attempt after a quarter', { usualMs: 3 }, 1000, 250],
    ['attempts as often where answers are slow: there the network is bad', { usualMs: 300 }, 1000, 250],
    ['attempts a second time only where answers take most of the deadline', { usualMs: 600 }, 1000, 500],
    ['gives a quick server half the time when it is silent again', { usualMs: 3, confirmsSilence: true }, 500, 125],
    ['gives a slow server all of it', { usualMs: 100, confirmsSilence: true }, 1000, 250],
    ['is short with a dark host', { usualMs: 3, dark: true }, 100, 25],
    ['is never longer than configured with a dark host', { usualMs: 900, dark: true }, 1000, 500],
  ])('%s', (_, now, timeoutMs, hedgeMs) => {
    expect(patience(pace, { dark: false, confirmsSilence: false, ...now })).toEqual({ timeoutMs, hedgeMs });
  });
});
