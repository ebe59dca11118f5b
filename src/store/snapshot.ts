/** A database as it is now, read from a copy: nothing of it is changed or locked, whoever writes to it. */
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '../text.ts';
import { openDatabase } from './database.ts';
import { migrations } from './migrations.ts';
import { storeOn } from './open.ts';
import type { Store } from './store.ts';

/** A log begins anew once in about a thousand pages. */
const readings = 5;
/** Magic, format, page size, count of checkpoints, salts, checksums (sqlite.org/fileformat2.html 4.1). */
const walHeaderBytes = 32;

/**
 * SQLite itself cannot: to read a log of transactions it wants to write beside it, and the daemon has the file
 * locked. Throws one clear line, as `openStore` does. `place`: where the copy is for as long as `use` takes.
 */
export function readSnapshot<T>(file: string, use: (store: Store) => T, place = tmpdir()): T {
  let folder: string | null = null;
  try {
    let copy: string;
    try {
      folder = mkdtempSync(join(place, 'understudy-'));
      copy = join(folder, 'copy.db');
      copyDatabase(file, copy);
    } catch (error) {
      throw new Error(`database ${file}: cannot be read by a copy in ${place}: ${causeOf(error)}`, { cause: error });
    }
    const store = storeOn(openDatabase(copy, migrations, file));
    try {
      return use(store);
    } finally {
      store.close();
    }
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The log is copied last: it has whatever a checkpoint moved into the file while that was copied, unless it began
 * anew meanwhile, which its header shows; then all is copied again. `copied`: called before that is looked at.
 */
export function copyDatabase(file: string, to: string, copied: () => void = () => {}): void {
  for (let reading = 0; reading < readings; reading += 1) {
    const before = walHeader(file);
    rmSync(`${to}-wal`, { force: true });
    copyFile(file, to);
    if (before !== null) copyFile(`${file}-wal`, `${to}-wal`);
    copied();
    if (walHeader(file) === before) return;
  }
  throw new Error(`expected it to stand still for a moment, got changes in each of ${readings} readings`);
}

/** null: there is no log, since whoever had the file open has closed it. */
function walHeader(file: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(`${file}-wal`, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(walHeaderBytes);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, walHeaderBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

function copyFile(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    // Another hand closed the database: the next reading is without a log.
    if (from.endsWith('-wal') && codeOf(error) === 'ENOENT') return;
    throw error;
  }
}

/** Node's own texts name the copy as well. */
function causeOf(error: unknown): string {
  return codeOf(error) ?? errorText(error);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
