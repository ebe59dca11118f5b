/** Notices on their way, and the recipients that were refused for good. */

import type { Db } from './database.ts';
import type { OutboxRow, Store } from './store.ts';

type Outbox = Pick<
  Store,
  'noticesOf' | 'dueNotices' | 'nextNoticeMs' | 'updateNotice' | 'markRecipient' | 'badRecipients' | 'waitingNotices'
> & { insert(row: OutboxRow): void };

interface NoticeRow {
  readonly id: string;
  readonly alert: string;
  readonly recipient: string;
  readonly kind: OutboxRow['kind'];
  readonly server: string | null;
  readonly incident_id: string | null;
  readonly incident: string | null;
  readonly about: string;
  readonly at_ms: number;
  readonly not_before_ms: number;
  readonly attempts: number;
  readonly last_error: string;
  readonly letter: string | null;
  readonly state: OutboxRow['state'];
  readonly settled_ms: number | null;
}

/**
 * The oldest of each lane that still waits: those behind it must not overtake it. Named, because the planner
 * would read all that was ever delivered to have the order for free.
 */
const heads = `notices INDEXED BY notices_waiting WHERE state = 'waiting' AND NOT EXISTS (
  SELECT 1 FROM notices earlier
  WHERE earlier.state = 'waiting' AND earlier.alert = notices.alert AND earlier.recipient = notices.recipient
    AND earlier.lane = notices.lane AND earlier.seq < notices.seq)`;

export function createOutbox(db: Db): Outbox {
  // A notice that is there already was recorded by an earlier try, and may have been sent since.
  const insert = db.prepare<[NoticeRow]>(`
    INSERT INTO notices (id, alert, recipient, kind, server, incident_id, incident, about, at_ms, not_before_ms,
      attempts, last_error, letter, state, settled_ms)
    VALUES (@id, @alert, @recipient, @kind, @server, @incident_id, @incident, @about, @at_ms, @not_before_ms,
      @attempts, @last_error, @letter, @state, @settled_ms)
    ON CONFLICT (id) DO NOTHING`);
  const byId = db.prepare<[string], NoticeRow>('SELECT * FROM notices WHERE id = ?');
  const ofIncident = db.prepare<[string], NoticeRow>('SELECT * FROM notices WHERE incident_id = ? ORDER BY seq');
  const due = db.prepare<[number, number], NoticeRow>(
    `SELECT * FROM ${heads} AND not_before_ms <= ? ORDER BY seq LIMIT ?`,
  );
  const next = db.prepare<[], number | null>(`SELECT min(not_before_ms) FROM ${heads}`).pluck();
  const waiting = db.prepare<[], { count: number; oldestMs: number | null }>(
    `SELECT count(*) AS count, min(at_ms) AS oldestMs FROM notices WHERE state = 'waiting'`,
  );
  const update = db.prepare<[Partial<NoticeRow>]>(`
    UPDATE notices SET not_before_ms = @not_before_ms, attempts = @attempts, last_error = @last_error,
      letter = @letter, state = @state, settled_ms = @settled_ms
    WHERE id = @id`);
  const mark = db.prepare<[string, string, number]>(
    'REPLACE INTO bad_recipients (recipient, error, at_ms) VALUES (?, ?, ?)',
  );
  const unmark = db.prepare<[string]>('DELETE FROM bad_recipients WHERE recipient = ?');
  const marked = db.prepare<[], { recipient: string; error: string; atMs: number }>(
    'SELECT recipient, error, at_ms AS atMs FROM bad_recipients ORDER BY recipient',
  );

  return {
    insert: (row) => void insert.run(toRow(row)),
    noticesOf: (incidentId) => ofIncident.all(incidentId).map(fromRow),
    dueNotices: (nowMs, limit) => due.all(nowMs, limit).map(fromRow),
    nextNoticeMs: () => next.get() ?? null,
    updateNotice: (id, change) => {
      const row = byId.get(id);
      // Who it is for and what it speaks of were fixed when it was made.
      if (row !== undefined) update.run(toRow({ ...fromRow(row), ...change, id }));
    },
    markRecipient: (recipient, error, atMs) => {
      if (error === null) unmark.run(recipient);
      else mark.run(recipient, error, atMs);
    },
    badRecipients: () => marked.all(),
    waitingNotices: () => waiting.get() ?? { count: 0, oldestMs: null },
  };
}

function toRow(row: OutboxRow): NoticeRow {
  return {
    id: row.id,
    alert: row.alert,
    recipient: row.recipient,
    kind: row.kind,
    server: row.server,
    incident_id: row.incidentId,
    incident: row.incident === null ? null : JSON.stringify(row.incident),
    about: row.about,
    at_ms: row.atMs,
    not_before_ms: row.notBeforeMs,
    attempts: row.attempts,
    last_error: row.lastError,
    letter: row.letter === null ? null : JSON.stringify(row.letter),
    state: row.state,
    settled_ms: row.settledMs,
  };
}

function fromRow(row: NoticeRow): OutboxRow {
  return {
    id: row.id,
    alert: row.alert,
    recipient: row.recipient,
    kind: row.kind,
    server: row.server,
    incidentId: row.incident_id,
    incident: row.incident === null ? null : JSON.parse(row.incident),
    about: row.about,
    atMs: row.at_ms,
    notBeforeMs: row.not_before_ms,
    attempts: row.attempts,
    lastError: row.last_error,
    letter: row.letter === null ? null : JSON.parse(row.letter),
    state: row.state,
    settledMs: row.settled_ms,
  };
}
