/** Opens the database file: pragmas, migrations, and one clear line for each way in which a file can be unfit. */
import Database from 'better-sqlite3';

export type Db = Database.Database;

/** In the header of our files (PRAGMA application_id): "Unds". */
const applicationId = 0x556e6473;

/** For a predecessor that is still closing the file. Once open, the lock is ours and nobody can make us wait. */
const openTimeoutMs = 2000;

const hints: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'restore a backup, or move the file away to start with an empty one',
  SQLITE_CORRUPT: 'restore a backup, or move the file away to start with an empty one',
  SQLITE_BUSY: 'another process uses it: is another understudy running?',
  SQLITE_LOCKED: 'another process uses it: is another understudy running?',
  SQLITE_FULL: 'make room on its disk',
};

/**
 * Throws, and leaves the file as it is, when it is damaged, in use, not ours, or newer than this program.
 * `steps[n]` takes a database from version n to n + 1. `name`: what it is called where it is unfit.
 */
export function openDatabase(file: string, steps: readonly string[], name = file): Db {
  let db: Db | null = null;
  try {
    db = new Database(file, { timeout: openTimeoutMs });
    // Before the first read: so WAL needs no shared memory file, and a second daemon cannot send our notices again.
    db.pragma('locking_mode = EXCLUSIVE');
    const version = readVersion(db, steps.length);
    if (version === 0) db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    // Few commits, and each must be on disk before anything is sent: FULL costs about 0.14 ms a commit.
    db.pragma('synchronous = FULL');
    migrate(db, version, steps);
    const damage = db.pragma('quick_check(1)', { simple: true });
    if (damage !== 'ok') throw new Error(`damaged (${oneLine(damage)}): ${hints['SQLITE_CORRUPT']}`);
    return db;
  } catch (error) {
    db?.close();
    throw new Error(`database ${name}: ${explain(error)}`, { cause: error });
  }
}

function readVersion(db: Db, newest: number): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  const owner = Number(db.pragma('application_id', { simple: true }));
  const tables = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0;
  if (tables > 0 && owner !== applicationId)
    throw new Error('expected a database of understudy, got one of another program');
  if (version > newest) {
    throw new Error(
      `expected schema ${newest} or older, got ${version}: it was written by a newer understudy, upgrade this one`,
    );
  }
  return version;
}

/** Each step is one transaction, so that a crash in between leaves a whole older version. */
function migrate(db: Db, from: number, steps: readonly string[]): void {
  for (const [index, step] of steps.entries()) {
    if (index < from) continue;
    db.transaction(() => {
      db.exec(step);
      db.pragma(`user_version = ${index + 1}`);
      db.pragma(`application_id = ${applicationId}`);
    }).immediate();
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  // Extended codes such as SQLITE_CORRUPT_INDEX begin with the plain one.
  const hint = Object.entries(hints).find(([plain]) => code === plain || code.startsWith(`${plain}_`))?.[1];
  return hint === undefined ? error.message : `${error.message}: ${hint}`;
}

function oneLine(text: unknown): string {
  return String(text).replace(/\s*\n\s*/g, ' ');
}
