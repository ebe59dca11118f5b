import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asked, heard, isDark, newPulse, nextAskMs, type PulseState, patienceMs } from '../../src/core/pulse.ts';

/** A host that answers every ask after `rttMs`, unless lost; returns the state at the end and the times it was dark. */
function live(
  rttMs: (i: number) => number | null,
  untilMs: number,
  everyMs = 200,
): { state: PulseState; dark: number[] } {
  let state = newPulse;
  const dark: number[] = [];
  const answers: { sentMs: number; atMs: number }[] = [];
  let i = 0;
  for (let now = 0; now <= untilMs; now++) {
    for (const answer of answers.filter((a) => a.atMs === now)) state = heard(state, answer.sentMs, now);
    if (now >= nextAskMs(state, everyMs, now)) {
      state = asked(state, now);
      const rtt = rttMs(i++);
      if (rtt !== null) answers.push({ sentMs: now, atMs: now + Math.max(1, Math.round(rtt)) });
    }
    if (isDark(state, now)) dark.push(now);
  }
  return { state, dark };
}

describe('the pulse', () => {
  it('asks at its pace while answers come', () => {
    const asks: number[] = [];
    live((i) => {
      asks.push(i);
      return 1;
    }, 2000);
    expect(asks.length).toBe(11);
  });

  it('remembers when a longer silence ended, and takes no notice of a single loss', () => {
    expect(live((i) => (i === 5 || i === 9 ? null : 1), 4000).state.steadySinceMs).toBeNull();
    const { state } = live((i) => (i >= 10 && i < 20 ? null : 1), 8000);
    expect(state.steadySinceMs).toBeGreaterThan(2300);
    expect(state.steadySinceMs).toBeLessThan(5000);
  });

  it('finds a host dark within half a second of its last answer', () => {
    const { dark } = live((i) => (i < 10 ? 1 : null), 4000);
    expect(dark[0]).toBeGreaterThanOrEqual(2250);
    expect(dark[0]).toBeLessThanOrEqual(2500);
  });

  it('never calls a host dark that was never heard', () => {
    expect(live(() => null, 10_000).dark).toEqual([]);
  });

  it('does not mistake a sudden delay for darkness', () => {
    expect(live((i) => (i < 20 ? 1 : 200), 20_000).dark).toEqual([]);
  });

  it('is patient with a host that is far away', () => {
    const { state } = live((i) => 100 + (i % 7) * 15, 20_000);
    expect(patienceMs(state)).toBeGreaterThan(150);
  });

  it('does not call a host dark that answers three asks of four, at 100 ms and 50 ms of jitter', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 100 })), (jitter) => {
        const rtt = (i: number): number | null => (i % 4 === 3 ? null : 50 + (jitter.next().value as number));
        expect(live(rtt, 10_000).dark).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('comes back with one answer', () => {
    const { state } = live((i) => (i < 10 || i > 30 ? 1 : null), 10_000);
    expect(isDark(state, 10_000)).toBe(false);
  });
});
