-- A database of schema version 1 with a row in each table, as the first release wrote it.
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
CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  server TEXT NOT NULL,
  opened_ms INTEGER NOT NULL,
  closed_ms INTEGER,
  body TEXT NOT NULL
  ) WITHOUT ROWID;
CREATE INDEX incidents_open ON incidents (opened_ms) WHERE closed_ms IS NULL;
CREATE INDEX incidents_closed ON incidents (closed_ms) WHERE closed_ms IS NOT NULL;
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
INSERT INTO changes (seq, at_ms, check_id, server, monitor, from_status, to_status, first_seen_ms, summary, detail)
  VALUES (1, 1795230724000, 'edge1/rtsp', 'edge1', 'rtsp', 'ok', 'fail', 1795230723900, 'rtsp refused', 'connect ECONNREFUSED');
INSERT INTO incidents (id, server, opened_ms, closed_ms, body)
  VALUES ('20261121T031204Z-edge1-4f2a', 'edge1', 1795230724000, NULL, '{"id":"20261121T031204Z-edge1-4f2a","server":"edge1","openedMs":1795230724000,"closedMs":null,"status":"fail","troubles":[{"check":"edge1/rtsp","status":"fail","summary":"rtsp refused","detail":"","sinceMs":1795230724000}],"summary":"rtsp refused","ack":null}');
INSERT INTO actions (seq, at_ms, service, command, cause, incident_id, server, result, took_ms, error)
  VALUES (1, 1795230724005, 'playout', 'add 10.10.3.29:0 weight 1', 'edge1 fail: rtsp refused', '20261121T031204Z-edge1-4f2a', 'edge1', 'verified', 4.25, '');
INSERT INTO notices (seq, id, alert, recipient, kind, server, incident_id, incident, about, at_ms, not_before_ms, attempts, last_error, letter, state, settled_ms)
  VALUES (1, 'n1', 'oncall', 'oncall@example.org', 'down', 'edge1', '20261121T031204Z-edge1-4f2a', '{"id":"20261121T031204Z-edge1-4f2a","server":"edge1","openedMs":1795230724000,"closedMs":null,"status":"fail","troubles":[{"check":"edge1/rtsp","status":"fail","summary":"rtsp refused","detail":"","sinceMs":1795230724000}],"summary":"rtsp refused","ack":null}', '', 1795230724000, 1795230724000, 1, '10.0.0.25:25: connection refused', NULL, 'waiting', NULL);
INSERT INTO holds (server, body)
  VALUES ('edge2', '{"server":"edge2","kind":"drain","atMs":1795230724000,"untilMs":null,"why":"disk","by":"anna"}');
INSERT INTO remarks (seq, at_ms, kind, server, text)
  VALUES (1, 1795230724009, 'ack', 'edge1', 'anna: on it');
INSERT INTO bad_recipients (recipient, error, at_ms)
  VALUES ('gone@example.org', '550 no such user', 1795230724000);
PRAGMA application_id = 1433298035;
PRAGMA user_version = 1;
