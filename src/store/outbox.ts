/** Notices on their way, and the recipients that were refused for good. */

import type { Db } from './database.ts';
import type { OutboxRow, Store } from './store.ts';

type Outbox = Pick<
  Store,
  | 'noticesOf'
  | 'dueNotices'
  | 'waitingWith'
  | 'nextNoticeMs'
  | 'pullIn'
  | 'updateNotice'
  | 'markRecipient'
  | 'badRecipients'
  | 'waitingNotices'
> & { insert(row: OutboxRow): void };

interface NoticeRow {
  readonly seq: number;
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
  readonly email: string | null;
  readonly state: OutboxRow['state'];
  readonly settled_ms: number | null;
}

/**
 * The oldest of each lane that still waits: those behind it must not overtake it. Indexes are named, because the
 * planner would read all that was ever delivered to have the order for free.
 */
const isHead = `NOT EXISTS (
  SELECT 1 FROM notices earlier INDEXED BY notices_waiting
  WHERE earlier.state = 'waiting' AND earlier.alert = notices.alert AND earlier.recipient = notices.recipient
    AND earlier.lane = notices.lane AND earlier.seq < notices.seq)`;

export function createOutbox(db: Db): Outbox {
  // A notice that is there already was recorded by an earlier try, and may have been sent since.
  const insert = db.prepare<[Omit<NoticeRow, 'seq'>]>(`
    INSERT INTO notices (id, alert, recipient, kind, server, incident_id, incident, about, at_ms, not_before_ms,
      attempts, last_error, email, state, settled_ms)
    VALUES (@id, @alert, @recipient, @kind, @server, @incident_id, @incident, @about, @at_ms, @not_before_ms,
      @attempts, @last_error, @email, @state, @settled_ms)
    ON CONFLICT (id) DO NOTHING`);
  const ofIncident = db.prepare<[string], NoticeRow>('SELECT * FROM notices WHERE incident_id = ? ORDER BY seq');
  const nextAlert = db
    .prepare<[string], string | null>(
      `SELECT min(alert) FROM notices INDEXED BY notices_queue WHERE state = 'waiting' AND alert > ?`,
    )
    .pluck();
  const due = db.prepare<[string, number, number], NoticeRow>(
    `SELECT * FROM notices INDEXED BY notices_queue
     WHERE state = 'waiting' AND alert = ? AND not_before_ms <= ? AND ${isHead} ORDER BY seq LIMIT ?`,
  );
  const inLane = db.prepare<[string, string, string], NoticeRow>(
    `SELECT * FROM notices INDEXED BY notices_waiting
     WHERE state = 'waiting' AND alert = ? AND recipient = ? AND lane = ? ORDER BY seq`,
  );
  const next = db
    .prepare<[], number>(
      `SELECT not_before_ms FROM notices INDEXED BY notices_next
       WHERE state = 'waiting' AND ${isHead} ORDER BY not_before_ms LIMIT 1`,
    )
    .pluck();
  const pull = db.prepare<[number, number]>(
    `UPDATE notices SET not_before_ms = ? WHERE state = 'waiting' AND not_before_ms > ?`,
  );
  const waiting = db.prepare<[], { count: number; oldestMs: number | null }>(
    `SELECT count(*) AS count, min(at_ms) AS oldestMs FROM notices WHERE state = 'waiting'`,
  );
  // Who it is for and what it speaks of were fixed when it was made; what is null here stays as it is.
  const update = db.prepare<[{ readonly [K in keyof NoticeRow]?: NoticeRow[K] | null }]>(`
    UPDATE notices SET not_before_ms = coalesce(@not_before_ms, not_before_ms), attempts = coalesce(@attempts, attempts),
      last_error = coalesce(@last_error, last_error), email = coalesce(@email, email),
      state = coalesce(@state, state), settled_ms = coalesce(@settled_ms, settled_ms)
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
    dueNotices(nowMs, limit) {
      const rows: NoticeRow[] = [];
      for (let alert = nextAlert.get(''); alert != null; alert = nextAlert.get(alert)) {
        rows.push(...due.all(alert, nowMs, limit));
      }
      return rows.sort((a, b) => a.seq - b.seq).map(fromRow);
    },
    waitingWith: ({ alert, recipient, incidentId }) => inLane.all(alert, recipient, incidentId ?? '').map(fromRow),
    pullIn: (latestMs, nowMs) => pull.run(nowMs, latestMs).changes,
    nextNoticeMs: () => next.get() ?? null,
    updateNotice(id, { notBeforeMs, attempts, lastError, email, state, settledMs }) {
      update.run({
        id,
        not_before_ms: notBeforeMs ?? null,
        attempts: attempts ?? null,
        last_error: lastError ?? null,
        email: email == null ? null : JSON.stringify(email),
        state: state ?? null,
        settled_ms: settledMs ?? null,
      });
    },
    markRecipient: (recipient, error, atMs) => {
      if (error === null) unmark.run(recipient);
      else mark.run(recipient, error, atMs);
    },
    badRecipients: () => marked.all(),
    waitingNotices: () => waiting.get() ?? { count: 0, oldestMs: null },
  };
}

function toRow(row: OutboxRow): Omit<NoticeRow, 'seq'> {
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
    email: row.email === null ? null : JSON.stringify(row.email),
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
    email: row.email === null ? null : JSON.parse(row.email),
    state: row.state,
    settledMs: row.settled_ms,
  };
}
