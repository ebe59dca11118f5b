import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScheduler } from '../../../src/engine/watch/scheduler.ts';
import { type ManualClock, manualClock } from '../../fake/clock.ts';

interface World {
  readonly clock: ManualClock;
  readonly starts: { readonly id: string; readonly atMs: number }[];
  readonly scheduler: ReturnType<typeof createScheduler<string>>;
  readonly overlaps: () => number;
  readonly most: () => number;
}

function world(
  tookMs: (id: string) => number,
  rerun: (id: string) => number | null = () => null,
  caps = [100, 8],
): World {
  const clock = manualClock();
  const starts: World['starts'] = [];
  const running = new Set<string>();
  let overlaps = 0;
  let most = 0;
  const scheduler = createScheduler<string>({
    clock,
    maxChecks: caps[0] ?? 100,
    maxPerServer: caps[1] ?? 8,
    run: (id) =>
      new Promise((resolve) => {
        if (running.has(id)) overlaps++;
        running.add(id);
        most = Math.max(most, running.size);
        starts.push({ id, atMs: clock.monoMs() });
        clock.after(tookMs(id), () => {
          running.delete(id);
          resolve(rerun(id));
        });
      }),
  });
  return { clock, starts, scheduler, overlaps: () => overlaps, most: () => most };
}

const beat = (id: string, intervalMs = 1000, server = id) => ({ id, server, intervalMs });
const gaps = (starts: World['starts']): number[] =>
  starts.slice(1).map((s, i) => Math.round(s.atMs - (starts[i]?.atMs ?? 0)));

describe('the scheduler', () => {
  it('keeps its beat however long a check takes', async () => {
    const { clock, starts, scheduler } = world(() => 300);
    scheduler.set([beat('a')]);
    await clock.advance(10_500);
    expect(starts.length).toBeGreaterThanOrEqual(10);
    expect(new Set(gaps(starts))).toEqual(new Set([1000]));
  });

  it('skips and counts the beats that a long check missed, and never overlaps it', async () => {
    const { clock, starts, scheduler, overlaps } = world(() => 2500);
    scheduler.set([beat('a')]);
    await clock.advance(15_500);
    expect(new Set(gaps(starts))).toEqual(new Set([3000]));
    expect(scheduler.stats().missedBeats).toBeGreaterThanOrEqual(8);
    expect(overlaps()).toBe(0);
  });

  it('runs again when the check asks for it, and is back on its beat after that', async () => {
    let asks = 2;
    const { clock, starts, scheduler } = world(
      () => 10,
      () => (asks-- > 0 ? 90 : null),
    );
    scheduler.set([beat('a')]);
    await clock.advance(3500);
    expect(gaps(starts).slice(0, 2)).toEqual([100, 100]);
    expect(gaps(starts)[2]).toBe(800);
  });

  it('runs at once when told, also right after a run under way', async () => {
    const { clock, starts, scheduler } = world(() => 50);
    scheduler.set([beat('a', 60_000)]);
    scheduler.runNow('a');
    await clock.advance(10);
    scheduler.runNow('a');
    scheduler.runNow('a');
    await clock.advance(500);
    expect(gaps(starts)).toEqual([50]);
  });

  it('holds checks back at the caps, in the order in which they came due', async () => {
    const { clock, starts, scheduler, most } = world(
      () => 100,
      () => null,
      [3, 1],
    );
    scheduler.set(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => beat(id, 10_000, id < 'c' ? 'one' : id)));
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) scheduler.runNow(id);
    await clock.advance(1000);
    expect(most()).toBe(3);
    expect(starts.slice(0, 6).map((s) => s.id)).toEqual(['a', 'c', 'd', 'b', 'e', 'f']);
  });

  it('keeps the beat of what stays, starts what is new and ends what is gone', async () => {
    const { clock, starts, scheduler } = world(() => 5);
    scheduler.set([beat('a'), beat('b')]);
    await clock.advance(3000);
    scheduler.set([beat('a'), beat('c')]);
    await clock.advance(3000);
    const of = (id: string) => starts.filter((s) => s.id === id);
    expect(new Set(gaps(of('a')))).toEqual(new Set([1000]));
    expect(of('b').every((s) => s.atMs <= 3000)).toBe(true);
    expect(of('c').length).toBeGreaterThanOrEqual(2);
  });

  it('starts checks that belong together at the same times, also those that a reload adds', async () => {
    const { clock, starts, scheduler } = world(() => 20);
    const together = (id: string) => ({ ...beat(id), with: 'ping' });
    scheduler.set([together('a'), together('b'), beat('c')]);
    await clock.advance(5432);
    scheduler.set([together('a'), together('b'), together('d'), beat('c')]);
    await clock.advance(5432);
    const timesOf = (wanted: string) => starts.filter(({ id }) => id === wanted).map(({ atMs }) => atMs);
    expect(timesOf('a').length).toBeGreaterThanOrEqual(10);
    expect(timesOf('b')).toEqual(timesOf('a'));
    expect(timesOf('d').length).toBeGreaterThanOrEqual(5);
    expect(timesOf('a')).toEqual(expect.arrayContaining(timesOf('d')));
    expect(timesOf('a')).not.toEqual(expect.arrayContaining(timesOf('c')));
  });

  it('takes over a new interval at its next beat', async () => {
    const { clock, starts, scheduler } = world(() => 5);
    scheduler.set([beat('a')]);
    await clock.advance(2000);
    starts.length = 0;
    scheduler.set([beat('a', 250)]);
    await clock.advance(2000);
    expect(new Set(gaps(starts))).toEqual(new Set([250]));
  });

  it('stops', async () => {
    const { clock, starts, scheduler } = world(() => 5);
    scheduler.set([beat('a'), beat('b')]);
    await clock.advance(2000);
    scheduler.stop();
    const before = starts.length;
    await clock.advance(5000);
    expect(starts.length).toBe(before);
    expect(clock.timers()).toBe(0);
  });

  it('never overlaps a check, never exceeds a cap and starves nobody', async () => {
    const check = fc.record({
      intervalMs: fc.integer({ min: 50, max: 2000 }),
      tookMs: fc.integer({ min: 1, max: 3000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(check, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (checks, cap) => {
          const { clock, starts, scheduler, overlaps, most } = world(
            (id) => checks[Number(id)]?.tookMs ?? 1,
            () => null,
            [cap, 1],
          );
          scheduler.set(checks.map(({ intervalMs }, i) => beat(String(i), intervalMs)));
          await clock.advance(30_000);
          expect(overlaps()).toBe(0);
          expect(most()).toBeLessThanOrEqual(cap);
          expect(new Set(starts.map((s) => s.id)).size).toBe(checks.length);
          scheduler.stop();
        },
      ),
      { numRuns: 15 },
    );
  });
});
