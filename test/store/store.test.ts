import { expect, onTestFinished, test } from 'vitest';
import type { Hold, Pin } from '../../src/core/model.ts';
import { openStore } from '../../src/store/open.ts';
import { type HistoryRow, type OutboxRow, type Store, UnfitRows } from '../../src/store/store.ts';
import { action, incident, notice, statusChange, t0 } from './rows.ts';

function memoryStore(): Store {
  const store = openStore(':memory:');
  onTestFinished(() => store.close());
  return store;
}

const ids = (rows: readonly OutboxRow[]) => rows.map((row) => row.id);
const types = (rows: readonly HistoryRow[]) => rows.map((row) => row.type);

test('remembers which packet filters may hold marks', () => {
  const store = memoryStore();
  store.record({
    packetFilters: [
      { kind: 'nftables', marks: true },
      { kind: 'iptables', marks: true },
    ],
  });
  store.record({ packetFilters: [{ kind: 'nftables', marks: true }] });
  expect(store.packetFilters()).toEqual(['iptables', 'nftables']);
  store.record({ packetFilters: [{ kind: 'nftables', marks: false }] });
  expect(store.packetFilters()).toEqual(['iptables']);
});

test('gives back open incidents as they were last recorded, and no closed ones', () => {
  const store = memoryStore();
  const other = incident({ id: 'i2', server: 'edge2', openedMs: t0 + 5 });
  store.record({ incidents: [incident(), other] });
  const acked = incident({ ack: { by: 'anna', why: 'on it', atMs: t0 + 60_000 } });
  store.record({ incidents: [acked, { ...other, closedMs: t0 + 9 }] });
  expect(store.openIncidents()).toEqual([acked]);
});

test('keeps a hold until it is lifted, one for each server', () => {
  const store = memoryStore();
  const hold: Hold = { server: 'edge1', kind: 'drain', atMs: t0, untilMs: null, why: 'disk', by: 'anna' };
  store.record({ holds: [{ server: 'edge1', hold }] });
  store.record({ holds: [{ server: 'edge1', hold: { ...hold, kind: 'disable' } }] });
  expect(store.holds()).toEqual([{ ...hold, kind: 'disable' }]);
  store.record({ holds: [{ server: 'edge1', hold: null }] });
  expect(store.holds()).toEqual([]);
});

test('keeps a pinned weight until it is let go, one for each server in each pool', () => {
  const store = memoryStore();
  const pin: Pin = { server: 'edge1', service: 'rtmp', weight: 30, atMs: t0, untilMs: null, why: 'half', by: 'anna' };
  const rtsp = { ...pin, service: 'rtsp', weight: 7 };
  const laid = (one: Pin) => ({ server: one.server, service: one.service, pin: one });
  store.record({ pins: [laid(rtsp), laid({ ...pin, weight: 5 })] });
  store.record({ pins: [laid(pin)] });
  expect(store.pins()).toEqual([pin, rtsp]);
  store.record({ pins: [{ ...laid(rtsp), pin: null }] });
  expect(store.pins()).toEqual([pin]);
});

test('keeps what was said of a client until it is taken back, the oldest first', () => {
  const store = memoryStore();
  const first = { network: '192.168.7.21', mark: 2, atMs: t0, by: 'anna', why: 'new encoder' };
  const second = { network: '10.0.0.0/8', mark: null, atMs: t0 + 1, by: 'bo', why: '' };
  store.record({ clientMarks: [{ network: first.network, order: first }] });
  store.record({ clientMarks: [{ network: second.network, order: second }] });
  expect(store.clientMarks()).toEqual([first, second]);
  const changed = { ...first, mark: 0xffff_ffff, atMs: t0 + 2 };
  store.record({ clientMarks: [{ network: first.network, order: changed }] });
  expect(store.clientMarks()).toEqual([second, changed]);
  store.record({
    clientMarks: [
      { network: first.network, order: null },
      { network: '10.9.9.9', order: null },
    ],
  });
  expect(store.clientMarks()).toEqual([second]);
});

test('gives back a notice whole, with its incident and its email', () => {
  const store = memoryStore();
  const email = { subject: 's', text: 't', html: '<p>', references: ['<a@lb1>'] };
  const row = notice({ email, about: 'x', attempts: 2, lastError: 'refused' });
  store.record({ notices: [row] });
  expect(store.noticesOf(incident().id)).toEqual([row]);
});

test('gives out one due notice for each alert, recipient and incident, the oldest first', () => {
  const store = memoryStore();
  store.record({
    notices: [
      notice({ id: 'a1' }),
      notice({ id: 'a2', kind: 'recovered' }),
      notice({ id: 'b1', recipient: 'second@example.org' }),
      notice({ id: 'c1', incident: incident({ id: 'i2' }) }),
      notice({ id: 'd1', incident: null, kind: 'director' }),
      notice({ id: 'd2', incident: null, kind: 'director' }),
      notice({ id: 'e1', alert: 'chat' }),
    ],
  });
  expect(ids(store.dueNotices(t0, 10))).toEqual(['a1', 'b1', 'c1', 'd1', 'e1']);
  expect(ids(store.dueNotices(t0, 2))).toEqual(['a1', 'b1', 'e1']);
  store.updateNotice('a1', { state: 'delivered', settledMs: t0 });
  store.updateNotice('d1', { state: 'dead', settledMs: t0 });
  expect(ids(store.dueNotices(t0, 10))).toEqual(['a2', 'b1', 'c1', 'd2', 'e1']);
});

test('keeps a later notice back while the earlier one waits for its next try', () => {
  const store = memoryStore();
  store.record({ notices: [notice({ id: 'a1', notBeforeMs: t0 + 5000 }), notice({ id: 'a2' })] });
  expect(store.dueNotices(t0, 10)).toEqual([]);
  expect(store.nextNoticeMs()).toBe(t0 + 5000);
  expect(store.waitingNotices()).toEqual({ count: 2, oldestMs: t0 });
});

test('has nothing due when nothing waits', () => {
  const store = memoryStore();
  expect(store.nextNoticeMs()).toBeNull();
  expect(store.waitingNotices()).toEqual({ count: 0, oldestMs: null });
});

test('keeps the order of recording when the clock was set back in between', () => {
  const store = memoryStore();
  store.record({ notices: [notice({ id: 'first', atMs: t0 })] });
  store.record({ notices: [notice({ id: 'second', atMs: t0 - 3_600_000 })] });
  expect(ids(store.dueNotices(t0, 10))).toEqual(['first']);
});

test('changes of a notice only what an attempt changes', () => {
  const store = memoryStore();
  store.record({ notices: [notice()] });
  store.updateNotice('n1', { attempts: 1, notBeforeMs: t0 + 5, lastError: 'refused', recipient: 'x@example.org' });
  store.updateNotice('no such notice', { attempts: 9 });
  expect(store.noticesOf(incident().id)).toEqual([notice({ attempts: 1, notBeforeMs: t0 + 5, lastError: 'refused' })]);
});

test('takes a notice that was recorded before for the same one', () => {
  const store = memoryStore();
  store.record({ notices: [notice()] });
  store.updateNotice('n1', { state: 'delivered', settledMs: t0 });
  store.record({ notices: [notice()] });
  expect(store.noticesOf(incident().id)).toMatchObject([{ state: 'delivered' }]);
});

test('remembers the recipients that were refused until they are cleared', () => {
  const store = memoryStore();
  store.markRecipient('a@example.org', '550 no such user', t0);
  store.markRecipient('a@example.org', '550 gone', t0 + 1);
  expect(store.badRecipients()).toEqual([{ recipient: 'a@example.org', error: '550 gone', atMs: t0 + 1 }]);
  store.markRecipient('a@example.org', null, t0 + 2);
  expect(store.badRecipients()).toEqual([]);
});

test('gives the table actions of an incident back in their order', () => {
  const store = memoryStore();
  const remove = action({ command: 'remove 10.10.3.20:0', result: 'refused', error: 'No such file' });
  store.record({ incidents: [incident()], actions: [action(), remove, action({ incidentId: null, cause: 'drift' })] });
  expect(store.actionsOf(incident().id)).toEqual([action(), remove]);
});

test('records all of a batch or nothing', () => {
  const store = memoryStore();
  // A time that is none stops the last row.
  const broken = { atMs: Number.NaN, kind: 'start', server: null, text: '' };
  expect(() => store.record({ changes: [statusChange()], notices: [notice()], remarks: [broken] })).toThrow(
    'store: cannot record: NOT NULL constraint failed: remarks.at_ms',
  );
  expect(store.history({ limit: 10 })).toEqual([]);
  expect(store.nextNoticeMs()).toBeNull();
});

test('tells changes, notices, actions and remarks as one story, newest first', () => {
  const store = memoryStore();
  store.record({
    incidents: [incident()],
    changes: [statusChange()],
    notices: [notice()],
    actions: [action({ atMs: t0 })],
    remarks: [
      { atMs: t0 - 1, kind: 'start', server: null, text: 'started' },
      { atMs: t0 + 9, kind: 'ack', server: 'edge1', text: 'anna: on it' },
    ],
  });
  const rows = store.history({ limit: 10 });
  expect(types(rows)).toEqual(['remark', 'action', 'notice', 'change', 'remark']);
  expect(rows[3]).toEqual({ type: 'change', ...statusChange() });
  expect(rows[1]).toEqual({ type: 'action', ...action({ atMs: t0 }) });
  expect(rows[0]).toEqual({ type: 'remark', atMs: t0 + 9, kind: 'ack', server: 'edge1', text: 'anna: on it' });
  expect(rows[2]).toMatchObject({ alert: 'oncall', recipient: 'oncall@example.org', kind: 'down', state: 'waiting' });
  expect(types(store.history({ limit: 2 }))).toEqual(['remark', 'action']);
  expect(types(store.history({ limit: 10, sinceMs: t0 + 1 }))).toEqual(['remark']);
});

test('tells the story of one server, its table actions included', () => {
  const store = memoryStore();
  store.record({
    incidents: [incident()],
    changes: [statusChange(), statusChange({ check: 'edge2/rtsp', server: 'edge2' })],
    actions: [action(), action({ incidentId: null, cause: 'drift' })],
    remarks: [{ atMs: t0, kind: 'start', server: null, text: 'started' }],
  });
  expect(types(store.history({ server: 'edge1', limit: 10 }))).toEqual(['action', 'change']);
  expect(types(store.history({ server: 'edge1', sinceMs: t0 + 1, limit: 10 }))).toEqual(['action']);
});

test('forgets in slices what ended before, and keeps what is open or waits', () => {
  const store = memoryStore();
  const closed = incident({ id: 'i0', closedMs: t0 + 1 });
  store.record({
    incidents: [incident(), closed],
    changes: [statusChange(), statusChange({ atMs: t0 + 10 })],
    actions: [action({ atMs: t0, incidentId: 'i0' }), action({ atMs: t0 }), action({ atMs: t0, incidentId: null })],
    notices: [
      notice({ id: 'waiting', incident: closed }),
      notice({ id: 'done', incident: closed, state: 'delivered', settledMs: t0 }),
      notice({ id: 'in the open thread', state: 'delivered', settledMs: t0 }),
    ],
    remarks: [{ atMs: t0, kind: 'start', server: null, text: 'started' }],
  });
  store.markRecipient('a@example.org', '550', t0);
  const slices = [];
  for (;;) {
    const more = store.prune(t0 + 5, 2);
    slices.push(more);
    if (!more) break;
  }
  expect(slices).toEqual([true, true, true, false]);
  expect(store.openIncidents()).toEqual([incident()]);
  expect(store.badRecipients()).toEqual([]);
  expect(ids(store.noticesOf('i0'))).toEqual(['waiting']);
  expect(ids(store.noticesOf(incident().id))).toEqual(['in the open thread']);
  expect(store.actionsOf('i0')).toEqual([]);
  expect(store.actionsOf(incident().id)).toHaveLength(1);
  expect(types(store.history({ limit: 10 }))).toEqual(['change', 'action', 'notice', 'notice']);
});

test('answers a ping and leaves nothing behind', () => {
  const store = memoryStore();
  store.ping();
  store.ping();
  expect(store.history({ limit: 10 })).toEqual([]);
});

test('gives back the recoveries that nobody was told of, and only those', () => {
  const store = memoryStore();
  const closed = (id: string, closedMs = t0 + 100) => incident({ id, closedMs });
  const of = (id: string, kind: OutboxRow['kind'], alert = 'oncall') =>
    notice({ id: `${id} ${kind} ${alert}`, kind, alert, incident: closed(id), state: 'delivered', settledMs: t0 });
  store.record({
    incidents: [...['untold', 'told', 'one alert of two', 'silent'].map((id) => closed(id)), closed('old', t0 - 1)],
    notices: [
      of('untold', 'down'),
      of('told', 'down'),
      of('told', 'recovered'),
      of('one alert of two', 'down'),
      of('one alert of two', 'recovered'),
      of('one alert of two', 'down', 'chat'),
      of('old', 'down'),
    ],
  });
  expect(store.untoldRecoveries(t0).map(({ id }) => id)).toEqual(['one alert of two', 'untold']);
  store.record({ notices: [notice({ id: 'relapse', incident: closed('told') })] });
  expect(store.untoldRecoveries(t0).map(({ id }) => id)).toContain('told');
});

test('makes due what waits for longer than anything should', () => {
  const store = memoryStore();
  store.record({
    notices: [
      notice({ id: 'soon', recipient: 'a@example.org', notBeforeMs: t0 + 5000 }),
      notice({ id: 'far', notBeforeMs: t0 + 9_000_000 }),
    ],
  });
  expect(store.pullIn(t0 + 900_000, t0)).toBe(1);
  expect(ids(store.dueNotices(t0, 10))).toEqual(['far']);
});

test('gives the notices that wait in one line with another, in their order', () => {
  const store = memoryStore();
  store.record({
    notices: [
      notice({ id: 'first' }),
      notice({ id: 'elsewhere', recipient: 'b@example.org' }),
      notice({ id: 'settled', state: 'delivered', settledMs: t0 }),
      notice({ id: 'second', kind: 'recovered' }),
    ],
  });
  expect(ids(store.waitingWith(notice()))).toEqual(['first', 'second']);
});

test('says of rows that cannot be recorded that it is them, not the disk', () => {
  const store = memoryStore();
  expect(() => store.record({ changes: [statusChange({ atMs: Number.NaN })] })).toThrow(UnfitRows);
});
