/**
 * The steps from an empty file to the present schema. Step N takes a database from version N-1 to N.
 * A released step is never edited; add another.
 *
 * Times are wall ms. `seq` is the order of recording: it stays right when the clock is set back.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE changes (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    check_id TEXT NOT NULL,
    server TEXT NOT NULL,
    monitor TEXT NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    summary TEXT NOT NULL,
    detail TEXT NOT NULL
  );
  CREATE INDEX changes_at ON changes (at_ms);
  CREATE INDEX changes_server_at ON changes (server, at_ms);

  -- body: the Incident as JSON; the other columns repeat what is searched for
  CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    server TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX incidents_open ON incidents (opened_ms) WHERE closed_ms IS NULL;
  CREATE INDEX incidents_closed ON incidents (closed_ms) WHERE closed_ms IS NOT NULL;

  -- server: the incident's, kept here because it outlives the incident's row
  CREATE TABLE actions (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    service TEXT NOT NULL,
    command TEXT NOT NULL,
    cause TEXT NOT NULL,
    incident_id TEXT,
    server TEXT,
    result TEXT NOT NULL,
    took_ms REAL NOT NULL,
    error TEXT NOT NULL
  );
  CREATE INDEX actions_at ON actions (at_ms);
  CREATE INDEX actions_server_at ON actions (server, at_ms);
  CREATE INDEX actions_incident ON actions (incident_id, seq);

  -- lane: notices with the same alert, recipient and lane leave in the order of seq
  CREATE TABLE notices (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    alert TEXT NOT NULL,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL,
    server TEXT,
    incident_id TEXT,
    lane TEXT NOT NULL GENERATED ALWAYS AS (coalesce(incident_id, '')) VIRTUAL,
    incident TEXT,
    about TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    letter TEXT,
    state TEXT NOT NULL,
    settled_ms INTEGER
  );
  CREATE INDEX notices_at ON notices (at_ms);
  CREATE INDEX notices_server_at ON notices (server, at_ms);
  CREATE INDEX notices_incident ON notices (incident_id, seq);
  CREATE INDEX notices_waiting ON notices (alert, recipient, lane, seq) WHERE state = 'waiting';
  CREATE INDEX notices_settled ON notices (settled_ms) WHERE state <> 'waiting';

  CREATE TABLE holds (server TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE remarks (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    server TEXT,
    text TEXT NOT NULL
  );
  CREATE INDEX remarks_at ON remarks (at_ms);
  CREATE INDEX remarks_server_at ON remarks (server, at_ms);

  CREATE TABLE bad_recipients (
    recipient TEXT PRIMARY KEY,
    error TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE pings (seq INTEGER PRIMARY KEY);
  `,
  `
  CREATE INDEX notices_queue ON notices (alert, seq) WHERE state = 'waiting';
  CREATE INDEX notices_next ON notices (not_before_ms) WHERE state = 'waiting';
  `,
  `
  -- network: canonical, 10.0.0.7 or 10.0.0.0/8; mark NULL: as if the configuration did not list it
  CREATE TABLE client_marks (
    network TEXT PRIMARY KEY,
    mark INTEGER,
    at_ms INTEGER NOT NULL,
    set_by TEXT NOT NULL,
    why TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- those that may hold marks of ours: nftables, iptables
  CREATE TABLE packet_filters (kind TEXT PRIMARY KEY) WITHOUT ROWID;
  `,
  `
  -- body: the Pin as JSON
  CREATE TABLE pins (
    server TEXT NOT NULL,
    service TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (server, service)
  ) WITHOUT ROWID;
  `,
  `
  -- The glossary's words. An unescaped "troubles": occurs in JSON as a key only.
  ALTER TABLE notices RENAME COLUMN letter TO email;
  UPDATE incidents SET body = replace(body, '"troubles":', '"problems":');
  UPDATE notices SET incident = replace(incident, '"troubles":', '"problems":') WHERE incident IS NOT NULL;
  `,
];
