import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/open.ts';
import { copyDatabase, readSnapshot } from '../../src/store/snapshot.ts';
import type { Store } from '../../src/store/store.ts';
import { incident, t0 } from './rows.ts';
import { tempFolder } from './temp-folder.ts';

const order = { network: '192.168.7.21', mark: 2, atMs: t0, by: 'anna', why: '' };

/** What a folder has, to the byte and to the time of each file. */
function traces(folder: string): readonly unknown[] {
  return readdirSync(folder).map((name) => {
    const { mtimeNs, size } = statSync(join(folder, name), { bigint: true });
    return [name, mtimeNs, size, readFileSync(join(folder, name), 'latin1')];
  });
}

/** A store with a few rows, and the place for copies. */
function world() {
  const folder = tempFolder();
  const file = join(folder, 'understudy.db');
  const place = tempFolder();
  const store = openStore(file);
  store.record({ incidents: [incident()], clientMarks: [{ network: order.network, order }] });
  return { folder, file, place, store };
}

const seen = (store: Store) => [store.openIncidents(), store.clientMarks()];

test('reads all that was written, though another has the file, and leaves every file as it is', () => {
  const { folder, file, place, store } = world();
  const before = traces(folder);
  expect(readSnapshot(file, seen, place)).toEqual([[incident()], [order]]);
  expect(traces(folder)).toEqual(before);
  store.close();
});

test('reads what was closed, on a disk that cannot be written to', () => {
  const { folder, file, place, store } = world();
  store.close();
  chmodSync(file, 0o400);
  chmodSync(folder, 0o500);
  const before = traces(folder);
  expect(readSnapshot(file, seen, place)).toEqual([[incident()], [order]]);
  expect(traces(folder)).toEqual(before);
  chmodSync(folder, 0o700);
});

test('reads a database of an older understudy, which stays so', () => {
  const folder = tempFolder();
  const file = join(folder, 'understudy.db');
  openDatabase(file, migrations.slice(0, 1)).close();
  const before = traces(folder);
  expect(readSnapshot(file, (one) => one.clientMarks(), tempFolder())).toEqual([]);
  expect(traces(folder)).toEqual(before);
});

test('keeps no copy, whatever becomes of the reading', () => {
  const { file, place, store } = world();
  const failing = () => {
    throw new Error('no');
  };
  readSnapshot(file, seen, place);
  expect(() => readSnapshot(file, failing, place)).toThrow('no');
  expect(readdirSync(place)).toEqual([]);
  store.close();
});

test('names the file that is unfit, not its copy', () => {
  const { file, place, store } = world();
  store.close();
  writeFileSync(file, 'x'.repeat(8192));
  expect(() => readSnapshot(file, seen, place)).toThrow(
    `database ${file}: file is not a database: restore a backup, or move the file away to start with an empty one`,
  );
  rmSync(file);
  mkdirSync(file);
  expect(() => readSnapshot(file, seen, place)).toThrow(
    `database ${file}: cannot be read by a copy in ${place}: EISDIR`,
  );
});

test('says that there is no room for a copy', () => {
  const { file, store } = world();
  store.close();
  expect(() => readSnapshot(file, seen, '/nowhere/at/all')).toThrow(
    `database ${file}: cannot be read by a copy in /nowhere/at/all: ENOENT`,
  );
});

test('copies again when the log began anew meanwhile, and gives up when that never ends', () => {
  const { file, place, store } = world();
  const wal = `${file}-wal`;
  let copies = 0;
  const anew = (until: number) => () => {
    copies += 1;
    if (copies > until) return;
    const bytes = readFileSync(wal);
    bytes.writeUInt32BE(copies, 16);
    writeFileSync(wal, bytes);
  };
  copyDatabase(file, join(place, 'a.db'), anew(2));
  expect(copies).toBe(3);
  copies = 0;
  expect(() => copyDatabase(file, join(place, 'b.db'), anew(99))).toThrow(
    'expected it to stand still for a moment, got changes in each of 5 readings',
  );
  store.close();
});
