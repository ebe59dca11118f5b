import { expect, onTestFinished, test } from 'vitest';
import { createJournal } from '../../src/engine/journal.ts';
import { openStore } from '../../src/store/open.ts';
import type { Batch } from '../../src/store/store.ts';
import { manualClock } from '../fake/clock.ts';
import { notice, statusChange, t0 } from '../store/rows.ts';

function world() {
  const clock = manualClock(t0);
  const store = openStore(':memory:');
  onTestFinished(() => store.close());
  const disk = { full: false, tries: [] as number[], sizes: [] as number[] };
  const logged: string[] = [];
  const note = (_: object, text: string): void => void logged.push(text);
  const journal = createJournal({
    store: {
      record(batch: Batch) {
        disk.tries.push(clock.monoMs());
        disk.sizes.push(batch.changes?.length ?? 0);
        if (disk.full) throw new Error('disk full');
        store.record(batch);
      },
    },
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    onWritten: () => {},
  });
  const written = () => store.history({ limit: 1_000_000 }).length;
  return { clock, disk, logged, journal, written };
}

const change = (atMs: number): Batch => ({ changes: [statusChange({ atMs })] });

test('writes soon, but not before a burst of swaps is over', async () => {
  const { clock, journal, written } = world();
  journal.write(change(1));
  expect([journal.waiting(), written()]).toEqual([1, 0]);
  await clock.advance(25);
  expect([journal.waiting(), written()]).toEqual([0, 1]);
});

test('writes at once for a reader, but does not try a disk that refuses', async () => {
  const { clock, disk, journal, written } = world();
  journal.write(change(1));
  journal.flush();
  expect(written()).toBe(1);
  disk.full = true;
  journal.write(change(2));
  await clock.advance(25);
  journal.flush();
  expect(disk.tries).toEqual([0, 25]);
});

test('waits longer from try to try while the disk refuses, whatever comes meanwhile, and loses nothing', async () => {
  const { clock, disk, journal, logged, written } = world();
  disk.full = true;
  journal.write(change(1));
  await clock.advance(500);
  journal.write(change(2));
  await clock.advance(100_000);
  expect(disk.tries).toEqual([25, 1025, 3025, 7025, 15_025, 31_025, 61_025, 91_025]);
  expect(journal.problem()).toEqual({ text: 'the database does not take changes: disk full', sinceMs: t0 + 25 });
  disk.full = false;
  await clock.advance(30_000);
  expect([journal.waiting(), written(), journal.problem()]).toEqual([0, 2, null]);
  expect(logged).toEqual(['the database does not take changes: disk full', 'the database takes changes again']);
  expect(clock.timers()).toBe(0);
});

test('writes a long queue in slices, one in each turn of the loop', async () => {
  const { clock, disk, journal, written } = world();
  for (let count = 0; count < 1200; count++) journal.write(change(count));
  await clock.advance(25);
  expect(disk.sizes).toEqual([500, 500, 200]);
  expect(written()).toBe(1200);
});

test('leaves out the one batch that no disk could take, and writes those around it', async () => {
  const { clock, journal, logged, written } = world();
  for (let count = 0; count < 100; count++) journal.write(change(count === 37 ? Number.NaN : count));
  await clock.advance(25);
  expect([journal.waiting(), written(), journal.problem()]).toEqual([0, 99, null]);
  expect(logged).toEqual(['a change cannot be recorded and is left out']);
});

test('stops with everything on disk', async () => {
  const { clock, journal, written } = world();
  for (let count = 0; count < 1200; count++) journal.write(change(count));
  journal.stop();
  expect([journal.waiting(), written(), clock.timers()]).toEqual([0, 1200, 0]);
});

test('says once what is lost when it stops while the disk refuses, and leaves no timer', async () => {
  const { clock, disk, journal, logged } = world();
  disk.full = true;
  journal.write({ ...change(1), notices: [notice(), notice({ id: 'n2' })] });
  await clock.advance(2000);
  journal.stop();
  expect(logged.at(-1)).toBe('1 changes and 2 notices were lost: the database does not take changes: disk full');
  expect(clock.timers()).toBe(0);
  journal.write(change(2));
  await clock.advance(60_000);
  expect(disk.tries.at(-1)).toBe(2000);
});
