import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openStore, storeOn } from '../../src/store/open.ts';
import { incident, notice, statusChange, t0 } from './rows.ts';
import { tempFolder } from './temp-folder.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test('gives everything back after it was closed and opened again', () => {
  const file = join(tempFolder(), 'understudy.db');
  const store = openStore(file);
  store.record({ incidents: [incident()], notices: [notice()], changes: [statusChange()] });
  const order = { network: '192.168.7.21', mark: 2, atMs: t0, by: 'anna', why: '' };
  store.record({ clientMarks: [{ network: order.network, order }] });
  store.close();
  const again = openStore(file);
  expect(again.clientMarks()).toEqual([order]);
  expect(again.openIncidents()).toEqual([incident()]);
  expect(again.dueNotices(t0, 10)).toEqual([notice()]);
  expect(again.history({ limit: 10 })).toHaveLength(2);
  again.close();
});

test('loses nothing that was recorded when the process is killed', { timeout: 60_000 }, async () => {
  const file = join(tempFolder(), 'understudy.db');
  const child = spawn(process.execPath, ['--import', here('run-typescript.mjs'), here('recording-child.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  let recorded = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    recorded = Number(line);
    if (recorded === 300) child.kill('SIGKILL');
  }
  await exited;
  expect(recorded).toBeGreaterThanOrEqual(300);

  const db = openDatabase(file, migrations);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  const store = storeOn(db);
  const changes = store.history({ limit: 1_000_000 }).filter((row) => row.type === 'change');
  // The last record may be on disk although its child had no time to say so; nothing may be there by half.
  expect([recorded + 1, recorded + 2]).toContain(changes.length);
  expect(store.waitingNotices().count).toBe(changes.length);
  store.close();
});

test('throws while the disk is full, keeps what it had, and goes on when there is room', () => {
  const file = join(tempFolder(), 'understudy.db');
  const db = openDatabase(file, migrations);
  const store = storeOn(db);
  store.record({ changes: [statusChange()] });
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
  const large = { changes: [statusChange({ detail: 'x'.repeat(20_000) })], notices: [notice()] };
  expect(() => store.record(large)).toThrow('store: cannot record: database or disk is full');
  expect(store.history({ limit: 10 })).toEqual([{ type: 'change', ...statusChange() }]);
  expect(store.nextNoticeMs()).toBeNull();

  db.pragma('max_page_count = 1000000');
  store.record(large);
  expect(store.history({ limit: 10 })).toHaveLength(3);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  store.close();
});

test('refuses a database that another process uses, which goes on undisturbed', { timeout: 30_000 }, () => {
  const file = join(tempFolder(), 'understudy.db');
  const first = openStore(file);
  expect(() => openStore(file)).toThrow(
    `database ${file}: database is locked: another process uses it: is another understudy running?`,
  );
  first.record({ changes: [statusChange()] });
  first.ping();
  first.close();
  const second = openStore(file);
  expect(second.history({ limit: 10 })).toHaveLength(1);
  second.close();
});

test('makes an online copy that is whole, and replaces an older one', async () => {
  const folder = tempFolder();
  const store = openStore(join(folder, 'understudy.db'));
  const copy = join(folder, 'copy.db');
  store.record({ incidents: [incident()] });
  await store.backup(copy);
  store.record({ notices: [notice()] });
  await store.backup(copy);
  store.close();
  expect(existsSync(`${copy}.part`)).toBe(false);
  const restored = openStore(copy);
  expect(restored.openIncidents()).toEqual([incident()]);
  expect(restored.dueNotices(t0, 10)).toEqual([notice()]);
  restored.close();
});

test('says where a copy could not be written', async () => {
  const store = openStore(':memory:');
  onTestFinished(() => store.close());
  const file = join(tempFolder(), 'no-such-folder', 'copy.db');
  await expect(store.backup(file)).rejects.toThrow(`store: cannot back up to ${file}: `);
});

test('refuses a database of a newer understudy and leaves it as it is', () => {
  const file = join(tempFolder(), 'understudy.db');
  openDatabase(file, [...migrations, 'CREATE TABLE future (a)']).close();
  const before = readFileSync(file);
  const newest = migrations.length;
  expect(() => openStore(file)).toThrow(
    `database ${file}: expected schema ${newest} or older, got ${newest + 1}: it was written by a newer understudy, upgrade this one`,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('refuses a damaged file, names it, says what to do, and leaves it as it is', () => {
  const file = join(tempFolder(), 'understudy.db');
  const garbage = Buffer.alloc(8192, 'not a database. ');
  writeFileSync(file, garbage);
  expect(() => openStore(file)).toThrow(
    `database ${file}: file is not a database: restore a backup, or move the file away to start with an empty one`,
  );
  expect(readFileSync(file).equals(garbage)).toBe(true);
});

test('refuses a file with a damaged page', () => {
  const file = join(tempFolder(), 'understudy.db');
  const store = openStore(file);
  store.record({ changes: Array.from({ length: 500 }, (_, atMs) => statusChange({ atMs })) });
  store.close();
  const bytes = readFileSync(file);
  // Far behind the header and the schema: pages of rows.
  bytes.fill(0xff, bytes.length - 20_000);
  writeFileSync(file, bytes);
  expect(() => openStore(file)).toThrow(/^database .*understudy\.db: .*restore a backup, or move the file away/);
});

test('refuses the database of another program', () => {
  const file = join(tempFolder(), 'other.db');
  const other = new Database(file);
  other.exec('CREATE TABLE changes (a)');
  other.close();
  const before = readFileSync(file);
  expect(() => openStore(file)).toThrow(
    `database ${file}: expected a database of understudy, got one of another program`,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('says that the folder is missing', () => {
  const file = join(tempFolder(), 'missing', 'understudy.db');
  expect(() => openStore(file)).toThrow(`database ${file}: Cannot open database because the directory does not exist`);
});

test('brings a database of version 1 to the present schema with all that is in it', () => {
  const file = join(tempFolder(), 'understudy.db');
  const old = new Database(file);
  old.exec(readFileSync(here('../samples/store/version-1.sql'), 'utf8'));
  old.close();
  const store = openStore(file);
  expect(store.openIncidents()).toMatchObject([{ id: '20261121T031204Z-edge1-4f2a', summary: 'rtsp refused' }]);
  expect(store.holds()).toMatchObject([{ server: 'edge2', kind: 'drain' }]);
  expect(store.dueNotices(t0 + 60_000, 10)).toMatchObject([{ id: 'n1', attempts: 1, email: null }]);
  expect(store.history({ limit: 10 }).map((row) => row.type)).toEqual(['remark', 'action', 'notice', 'change']);
  expect(store.badRecipients()).toHaveLength(1);
  expect(store.clientMarks()).toEqual([]);
  expect(store.pins()).toEqual([]);
  store.close();
});

test('takes each step in one transaction: a failing one leaves the version before it', () => {
  const file = join(tempFolder(), 'understudy.db');
  openDatabase(file, ['CREATE TABLE a (x)']).close();
  const broken = ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)'];
  expect(() => openDatabase(file, broken)).toThrow(`database ${file}: no such table: nowhere`);
  const db = openDatabase(file, broken.slice(0, 2));
  expect(db.pragma('user_version', { simple: true })).toBe(2);
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()).toEqual(['a', 'b']);
  db.close();
});
