/** Changes, actions, remarks and notices as one story, newest first. */
import type { Db } from './database.ts';
import type { HistoryRow, Store } from './store.ts';

type Query = Parameters<Store['history']>[0];
type Reader = (query: Query) => readonly HistoryRow[];

/** In the order in which they happen when they share a millisecond. */
const sources = [
  `'change' AS type, check_id AS "check", server, monitor, from_status AS "from", to_status AS "to", at_ms AS atMs,
     first_seen_ms AS firstSeenMs, summary, detail FROM changes`,
  `'notice' AS type, at_ms AS atMs, alert, recipient, kind, server, state, attempts, last_error AS lastError
     FROM notices`,
  `'action' AS type, at_ms AS atMs, service, command, cause, incident_id AS incidentId, result, took_ms AS tookMs,
     error FROM actions`,
  `'remark' AS type, at_ms AS atMs, kind, server, text FROM remarks`,
];

export function createHistory(db: Db): Reader {
  const readers = sources.map((source) => createReader(db, source));
  return (query) => {
    // Newest first within each source; reversed, so that a stable sort keeps the order of one millisecond right.
    const rows = readers.toReversed().flatMap((read) => read(query));
    return rows.sort((a, b) => b.atMs - a.atMs).slice(0, query.limit);
  };
}

function createReader(db: Db, source: string): Reader {
  const newest = 'ORDER BY at_ms DESC, seq DESC LIMIT ?';
  const ofAll = db.prepare<[number, number], HistoryRow>(`SELECT ${source} WHERE at_ms >= ? ${newest}`);
  const ofServer = db.prepare<[string, number, number], HistoryRow>(
    `SELECT ${source} WHERE server = ? AND at_ms >= ? ${newest}`,
  );
  return ({ server, sinceMs = 0, limit }) =>
    server === undefined ? ofAll.all(sinceMs, limit) : ofServer.all(server, sinceMs, limit);
}
