/** Rows for tests: whole, with only what a test is about to be named. */
import type { Incident } from '../../src/core/incident.ts';
import type { StatusChange } from '../../src/core/model.ts';
import type { OutboxRow, TableAction } from '../../src/store/store.ts';

/** 2026-11-21 03:12:04 UTC */
export const t0 = Date.UTC(2026, 10, 21, 3, 12, 4);

export function incident(change: Partial<Incident> = {}): Incident {
  return {
    id: '20261121T031204Z-edge1-4f2a',
    server: 'edge1',
    openedMs: t0,
    closedMs: null,
    status: 'fail',
    problems: [{ check: 'edge1/rtsp', status: 'fail', summary: 'rtsp refused', detail: '', sinceMs: t0 }],
    summary: 'rtsp refused',
    ack: null,
    ...change,
  };
}

export function notice(change: Partial<OutboxRow> = {}): OutboxRow {
  const about = change.incident === undefined ? incident() : change.incident;
  return {
    id: 'n1',
    alert: 'oncall',
    recipient: 'oncall@example.org',
    kind: 'down',
    server: about?.server ?? null,
    incidentId: about?.id ?? null,
    incident: about,
    about: '',
    atMs: t0,
    notBeforeMs: t0,
    attempts: 0,
    lastError: '',
    email: null,
    state: 'waiting',
    settledMs: null,
    ...change,
  };
}

export function action(change: Partial<TableAction> = {}): TableAction {
  return {
    atMs: t0 + 5,
    service: 'playout',
    command: 'add 10.10.3.29:0 weight 1',
    cause: 'edge1 fail: rtsp refused',
    incidentId: incident().id,
    result: 'verified',
    tookMs: 4.25,
    error: '',
    ...change,
  };
}

export function statusChange(change: Partial<StatusChange> = {}): StatusChange {
  return {
    check: 'edge1/rtsp',
    server: 'edge1',
    monitor: 'rtsp',
    from: 'ok',
    to: 'fail',
    atMs: t0,
    firstSeenMs: t0 - 100,
    summary: 'rtsp refused',
    detail: 'connect ECONNREFUSED',
    ...change,
  };
}
