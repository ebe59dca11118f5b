/** Forgets what ended long ago, in slices: one large delete would hold up the checks. */
import type { Db } from './database.ts';
import type { Store } from './store.ts';

/** Rows of an incident that is still open belong to its emails and its thread. */
const ofNoOpenIncident = 'NOT EXISTS (SELECT 1 FROM incidents WHERE incidents.id = incident_id AND closed_ms IS NULL)';

const ended: readonly { readonly table: string; readonly key: string; readonly where: string }[] = [
  { table: 'changes', key: 'seq', where: 'at_ms < ?' },
  { table: 'actions', key: 'seq', where: `at_ms < ? AND ${ofNoOpenIncident}` },
  { table: 'remarks', key: 'seq', where: 'at_ms < ?' },
  { table: 'notices', key: 'seq', where: `state <> 'waiting' AND settled_ms < ? AND ${ofNoOpenIncident}` },
  { table: 'incidents', key: 'id', where: 'closed_ms < ?' },
  { table: 'bad_recipients', key: 'recipient', where: 'at_ms < ?' },
];

/** Pages given back to the file system after a slice: at most 2 MB of 4 kB pages. */
const pagesPerSlice = 512;

export function createPrune(db: Db): Store['prune'] {
  const deletes = ended.map(({ table, key, where }) =>
    db.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ?)`,
    ),
  );
  const slice = db.transaction((beforeMs: number, limit: number): number => {
    let left = limit;
    for (const statement of deletes) {
      if (left > 0) left -= statement.run(beforeMs, left).changes;
    }
    return left;
  });
  return (beforeMs, limit) => {
    const left = slice.immediate(beforeMs, limit);
    if (left < limit) db.pragma(`incremental_vacuum(${pagesPerSlice})`);
    return left === 0;
  };
}
