import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { backUp } from '../../src/daemon/housekeeping.ts';

const store = { backup: async (file: string) => writeFileSync(file, 'copy') };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'understudy-backups-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it('keeps the newest copies and leaves the files of others', async () => {
  const at = folder();
  writeFileSync(join(at, 'notes.txt'), '');
  for (let day = 1; day <= 5; day++) await backUp(store, at, 3, Date.UTC(2026, 10, day, 3, 17));
  expect(readdirSync(at).sort()).toEqual([
    'notes.txt',
    'understudy-20261103.db',
    'understudy-20261104.db',
    'understudy-20261105.db',
  ]);
});

it('makes none when none are to be kept', async () => {
  const at = folder();
  await backUp(store, at, 0, 0);
  expect(readdirSync(at)).toEqual([]);
});
