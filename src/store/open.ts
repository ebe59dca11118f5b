/** The store on disk. */
import { rename, rm } from 'node:fs/promises';
import { errorText } from '../text.ts';
import { type Db, openDatabase } from './database.ts';
import { createHistory } from './history.ts';
import { migrations } from './migrations.ts';
import { createOutbox } from './outbox.ts';
import { createPrune } from './prune.ts';
import { createRecording } from './recording.ts';
import { type Store, UnfitRows } from './store.ts';

/** `:memory:` keeps nothing. Throws with one clear line when the file is damaged, in use, foreign or newer. */
export function openStore(file: string): Store {
  return storeOn(openDatabase(file, migrations));
}

/** The store on a database that `openDatabase` prepared; closes it. */
export function storeOn(db: Db): Store {
  const outbox = createOutbox(db);
  const recording = createRecording(db, outbox.insert);
  const prune = createPrune(db);
  const history = createHistory(db);
  const addPing = db.prepare('INSERT INTO pings DEFAULT VALUES');
  const takePings = db.prepare('DELETE FROM pings');
  const ping = db.transaction(() => {
    addPing.run();
    takePings.run();
  });

  return {
    record: (batch) => naming('record', () => recording.record(batch)),
    openIncidents: () => naming('read incidents', () => recording.openIncidents()),
    untoldRecoveries: (sinceMs) => naming('read incidents', () => recording.untoldRecoveries(sinceMs)),
    holds: () => naming('read holds', () => recording.holds()),
    pins: () => naming('read pins', () => recording.pins()),
    clientMarks: () => naming('read client marks', () => recording.clientMarks()),
    packetFilters: () => naming('read packet filters', () => recording.packetFilters()),
    actionsOf: (incidentId) => naming('read actions', () => recording.actionsOf(incidentId)),
    noticesOf: (incidentId) => naming('read notices', () => outbox.noticesOf(incidentId)),
    dueNotices: (nowMs, limit) => naming('read notices', () => outbox.dueNotices(nowMs, limit)),
    waitingWith: (row) => naming('read notices', () => outbox.waitingWith(row)),
    pullIn: (latestMs, nowMs) => naming('update notices', () => outbox.pullIn(latestMs, nowMs)),
    nextNoticeMs: () => naming('read notices', () => outbox.nextNoticeMs()),
    waitingNotices: () => naming('read notices', () => outbox.waitingNotices()),
    updateNotice: (id, change) => naming('update a notice', () => outbox.updateNotice(id, change)),
    markRecipient: (recipient, error, atMs) =>
      naming('mark a recipient', () => outbox.markRecipient(recipient, error, atMs)),
    badRecipients: () => naming('read recipients', () => outbox.badRecipients()),
    history: (query) => naming('read history', () => history(query)),
    prune: (beforeMs, limit) => naming('prune', () => prune(beforeMs, limit)),
    ping: () => naming('write', () => ping.immediate()),
    backup: (file) => backUp(db, file),
    close: () => void db.close(),
  };
}

/** So that a log line says what could not be done, not only that the disk is full. */
function naming<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const text = `store: cannot ${what}: ${errorText(error)}`;
    throw isUnfit(error) ? new UnfitRows(text, { cause: error }) : new Error(text, { cause: error });
  }
}

/** The rows are at fault, not the disk: a constraint, or a value that SQLite has no type for. */
function isUnfit(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return !/not open/.test(error.message);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

/** The file appears whole or not at all. */
async function backUp(db: Db, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await rm(part, { force: true });
    await db.backup(part);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw new Error(`store: cannot back up to ${file}: ${errorText(error)}`, { cause: error });
  }
}
