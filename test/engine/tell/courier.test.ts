import { expect, test } from 'vitest';
import { PermanentError } from '../../../src/plugin/plugin.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { incident, notice, t0 } from '../../store/rows.ts';
import { type Behaviour, world } from './courier-world.ts';

const day = 86_400_000;
const refuse: Behaviour = async () => {
  throw new Error('127.0.0.1:25: connection refused');
};
const hang: Behaviour = () => new Promise(() => {});
const subjects = (sent: readonly { readonly notice: { readonly subject: string } }[]) =>
  sent.map(({ notice }) => notice.subject);
const ids = (sent: readonly { readonly notice: { readonly id: string } }[]) => sent.map(({ notice }) => notice.id);

test('delivers a notice that was waiting at the start, and one that comes later', async () => {
  const { store, courier, sent, pass, row, logged } = world();
  store.record({ notices: [notice({ id: 'first' })] });
  await pass(0);
  expect(sent).toEqual([
    {
      recipient: 'oncall@example.org',
      notice: {
        id: 'first',
        kind: 'down',
        server: 'edge1',
        incidentId: incident().id,
        subject: 'edge1 down',
        text: 'text of first',
        html: '',
        references: [],
        atMs: t0,
      },
    },
  ]);
  expect(row('first')).toMatchObject({ state: 'delivered', attempts: 1, settledMs: t0 });
  store.record({ notices: [notice({ id: 'second', kind: 'recovered' })] });
  courier.wake();
  await pass(0);
  expect(ids(sent)).toEqual(['first', 'second']);
  expect(logged).toEqual(['info notice delivered', 'info notice delivered']);
});

test('does nothing in the call that wakes it', async () => {
  const { store, courier, sent, pass } = world();
  await pass(0);
  store.record({ notices: [notice()] });
  courier.wake();
  expect(sent).toEqual([]);
  await pass(0);
  expect(sent).toHaveLength(1);
});

test('waits for the gathering window of a notice', async () => {
  const { store, courier, sent, pass } = world();
  store.record({ notices: [notice({ notBeforeMs: t0 + 3000 })] });
  courier.wake();
  await pass(2999);
  expect(sent).toEqual([]);
  await pass(1);
  expect(sent).toHaveLength(1);
});

test('tries again with growing pauses, with the same email, and tells the same error once', async () => {
  const { store, sent, pass, behave, row, rendered, logged } = world();
  behave(refuse);
  store.record({ notices: [notice()] });
  await pass(0);
  expect(row('n1')).toMatchObject({
    state: 'waiting',
    attempts: 1,
    notBeforeMs: t0 + 5000,
    lastError: '127.0.0.1:25: connection refused',
    email: { text: 'text of n1' },
  });
  await pass(4999);
  expect(sent).toHaveLength(1);
  await pass(1);
  expect(sent).toHaveLength(2);
  await pass(10_000);
  expect(sent).toHaveLength(3);
  behave(async () => {});
  await pass(20_000);
  expect(sent).toHaveLength(4);
  expect(new Set(sent.map(({ notice }) => JSON.stringify(notice))).size).toBe(1);
  expect(rendered).toEqual(['n1']);
  expect(row('n1')).toMatchObject({ state: 'delivered', attempts: 4, lastError: '' });
  expect(logged).toEqual([
    'warn notice not delivered yet, will be tried again: 127.0.0.1:25: connection refused',
    'info notice delivered',
  ]);
});

test('has the email and the attempt on disk before anything is sent', async () => {
  const { store, pass, behave, row } = world();
  let seen: unknown;
  behave(async () => {
    seen = row('n1');
  });
  store.record({ notices: [notice()] });
  await pass(0);
  expect(seen).toMatchObject({ attempts: 1, email: { subject: 'edge1 down' }, notBeforeMs: t0 + 5000 });
});

test('a late email says so in its subject', async () => {
  const { store, sent, pass, behave } = world();
  behave(refuse);
  store.record({ notices: [notice()] });
  await pass(14 * 60_000 - 30_000);
  behave(async () => {});
  await pass(15 * 60_000);
  const late = subjects(sent);
  expect(late.slice(0, 5)).toEqual(Array(5).fill('edge1 down'));
  expect(late.at(-1)).toBe('edge1 down (delayed 21 min)');
});

test('keeps the order inside an incident, and lets no recipient wait for another', async () => {
  const { store, sent, pass, behave } = world();
  behave(async ({ recipient }) => {
    if (recipient === 'a@example.org') throw new Error('451 later');
  });
  store.record({
    notices: [
      notice({ id: 'a1', recipient: 'a@example.org' }),
      notice({ id: 'b1', recipient: 'b@example.org' }),
      notice({ id: 'a2', recipient: 'a@example.org', kind: 'changed' }),
      notice({ id: 'b2', recipient: 'b@example.org', kind: 'changed' }),
    ],
  });
  await pass(1000);
  expect(ids(sent)).toEqual(['a1', 'b1', 'b2']);
  behave(async () => {});
  await pass(5000);
  expect(ids(sent)).toEqual(['a1', 'b1', 'b2', 'a1', 'a2']);
});

test('runs four at once for an alert, while another alert has its own four', async () => {
  const { store, sent, pass, behave, row } = world();
  const done: (() => void)[] = [];
  behave(({ notice: { id } }) =>
    id.startsWith('chat') ? Promise.resolve() : new Promise((resolve) => done.push(resolve)),
  );
  const six = [1, 2, 3, 4, 5, 6].map((count) => notice({ id: `mail${count}`, recipient: `r${count}@example.org` }));
  store.record({ notices: [...six, notice({ id: 'chat1', alert: 'chat' })] });
  await pass(0);
  expect(ids(sent)).toEqual(['mail1', 'mail2', 'mail3', 'mail4', 'chat1']);
  expect(row('chat1')?.state).toBe('delivered');
  done[1]?.();
  await pass(0);
  expect(ids(sent).slice(5)).toEqual(['mail5']);
});

test('a refusal for good ends one recipient and is marked; the others get theirs', async () => {
  const { store, sent, pass, behave, row, logged } = world();
  behave(async ({ recipient }) => {
    if (recipient === 'gone@example.org') throw new PermanentError('550 no such user');
  });
  store.record({ notices: [notice({ id: 'a', recipient: 'gone@example.org' }), notice({ id: 'b' })] });
  await pass(day);
  expect(ids(sent)).toEqual(['a', 'b']);
  expect(row('a')).toMatchObject({ state: 'dead', lastError: '550 no such user', settledMs: t0 });
  expect(row('b')).toMatchObject({ state: 'delivered' });
  expect(store.badRecipients()).toEqual([{ recipient: 'gone@example.org', error: '550 no such user', atMs: t0 }]);
  expect(logged[0]).toBe('error notice not delivered, given up: 550 no such user');
});

test('clears the mark when the recipient takes mail again', async () => {
  const { store, pass } = world();
  store.markRecipient('oncall@example.org', '550 mailbox disabled', t0 - day);
  store.record({ notices: [notice()] });
  await pass(0);
  expect(store.badRecipients()).toEqual([]);
});

test('gives up after five days, and the next notice of the incident gets its turn', async () => {
  const { store, sent, pass, behave, row, logged } = world();
  behave(refuse);
  store.record({ notices: [notice()] });
  await pass(5 * day - 1);
  expect(row('n1')).toMatchObject({ state: 'waiting' });
  await pass(15 * 60_000 + 1);
  expect(row('n1')).toMatchObject({ state: 'dead', lastError: 'given up: 127.0.0.1:25: connection refused' });
  expect(logged.at(-1)).toBe('error notice not delivered, given up: given up: 127.0.0.1:25: connection refused');
  const attempts = sent.length;
  await pass(day);
  expect(sent).toHaveLength(attempts);
});

test('an attempt ends at its deadline even if the alert never comes back', async () => {
  const { store, sent, pass, behave, row } = world();
  behave(hang);
  store.record({ notices: [notice()] });
  await pass(29_999);
  expect(row('n1')?.lastError).toBe('');
  await pass(1);
  expect(row('n1')).toMatchObject({
    state: 'waiting',
    lastError: 'not delivered in 30000 ms',
    notBeforeMs: t0 + 35_000,
  });
  behave(async () => {});
  await pass(5000);
  expect(sent).toHaveLength(2);
});

test('hands a signal to the alert that is aborted at the deadline', async () => {
  const { store, pass, behave } = world();
  const reasons: unknown[] = [];
  behave((_, signal) => {
    signal.addEventListener('abort', () => reasons.push(signal.reason));
    return new Promise(() => {});
  });
  store.record({ notices: [notice()] });
  await pass(30_000);
  expect(reasons).toEqual([new Error('not delivered in 30000 ms')]);
});

test('stopping aborts what is under way, and the next start repeats it at once', async () => {
  const store = openStore(':memory:');
  const first = world({ store });
  first.behave(hang);
  store.record({ notices: [notice()] });
  await first.pass(0);
  await first.courier.stop();
  expect(first.row('n1')).toMatchObject({ state: 'waiting', notBeforeMs: t0, lastError: '' });
  first.courier.wake();
  await first.pass(day);
  expect(first.sent).toHaveLength(1);

  const second = world({ store });
  await second.pass(0);
  expect(second.sent[0]?.notice).toEqual(first.sent[0]?.notice);
  expect(second.row('n1')).toMatchObject({ state: 'delivered', attempts: 2 });
  await second.courier.stop();
  store.close();
});

test('a notice of an alert that is gone from the configuration ends there', async () => {
  const { store, pass, row, logged } = world({ alerts: ['chat'] });
  store.record({ notices: [notice()] });
  await pass(0);
  expect(row('n1')).toMatchObject({ state: 'dead', lastError: 'alert `oncall` is not in the configuration any more' });
  expect(logged).toHaveLength(1);
});

test('sends a plain email when the real one cannot be written', async () => {
  const { store, pass, sent } = world({
    render: () => {
      throw new Error('no such zone');
    },
  });
  store.record({ notices: [notice()] });
  await pass(0);
  expect(subjects(sent)).toEqual(['[understudy] edge1 down: rtsp refused']);
});

/** A store that can be made to refuse writes, as a full disk does. */
function fullDisk(): { wrap(store: Store): Store; full: boolean } {
  const disk = {
    full: false,
    wrap: (store: Store): Store => ({
      ...store,
      updateNotice: (id, change) => {
        if (disk.full) throw new Error('store: cannot update a notice: database or disk is full');
        store.updateNotice(id, change);
      },
    }),
  };
  return disk;
}

test('sends nothing that it cannot note down, says so once, and goes on when the disk has room', async () => {
  const disk = fullDisk();
  const { store, sent, pass, logged } = world({ wrap: disk.wrap });
  disk.full = true;
  store.record({ notices: [notice()] });
  await pass(60_000);
  expect(sent).toEqual([]);
  expect(logged).toEqual(['error cannot deliver while the store refuses']);
  disk.full = false;
  await pass(5000);
  expect(sent).toHaveLength(1);
  expect(logged.slice(1)).toEqual(['info store answers again, delivering', 'info notice delivered']);
});

test('does not send again what was delivered while the disk was full', async () => {
  const disk = fullDisk();
  const { store, sent, pass, behave, row, courier } = world({ wrap: disk.wrap });
  behave(async () => {
    disk.full = true;
  });
  store.record({ notices: [notice()] });
  await pass(60_000);
  courier.wake();
  await pass(60_000);
  expect(sent).toHaveLength(1);
  expect(row('n1')).toMatchObject({ state: 'waiting' });
  disk.full = false;
  await pass(5000);
  expect(row('n1')).toMatchObject({ state: 'delivered', settledMs: t0 });
  expect(sent).toHaveLength(1);
});

test('a recovery that comes due while nobody was told of the failure replaces it', async () => {
  const { store, sent, pass, behave, row } = world();
  behave(refuse);
  store.record({ notices: [notice({ id: 'down' }), notice({ id: 'reminder', kind: 'reminder' })] });
  await pass(60_000);
  const failed = sent.length;
  store.record({ notices: [notice({ id: 'up', kind: 'recovered', atMs: t0 + 60_000, notBeforeMs: t0 + 60_000 })] });
  behave(async () => {});
  await pass(15 * 60_000);
  expect(ids(sent.slice(failed))).toEqual(['up']);
  expect(row('down')).toMatchObject({ state: 'dead', lastError: 'merged into up' });
  expect(row('reminder')).toMatchObject({ state: 'dead', lastError: 'merged into up' });
});

test('after an outage of the mail server the failure and the newest reminder leave, not every one', async () => {
  const { store, sent, pass, behave, row } = world();
  behave(refuse);
  store.record({
    notices: [
      notice({ id: 'down' }),
      notice({ id: 'reminder1', kind: 'reminder' }),
      notice({ id: 'reminder2', kind: 'reminder' }),
    ],
  });
  await pass(0);
  behave(async () => {});
  await pass(5000);
  expect(ids(sent)).toEqual(['down', 'down', 'reminder2']);
  expect(row('reminder1')).toMatchObject({ state: 'dead', lastError: 'out of date when reminder2 came due' });
});

test('delivers at most a minute late when the wall clock and the timer disagree', async () => {
  const { store, pass, sent } = world();
  store.record({ notices: [notice({ notBeforeMs: t0 + 600_000 })] });
  await pass(0);
  // As if the clock had been set forward by ten minutes: due now, and nobody wakes us.
  store.updateNotice('n1', { notBeforeMs: t0 });
  await pass(60_000);
  expect(sent).toHaveLength(1);
});

test('a clock that is set forward by days makes it give up nothing', async () => {
  const { store, sent, pass, behave, row } = world();
  behave(refuse);
  store.record({ notices: [notice({ atMs: t0 - 6 * day })] });
  await pass(60_000);
  expect(row('n1')).toMatchObject({ state: 'waiting' });
  behave(async () => {});
  await pass(15 * 60_000);
  expect(row('n1')).toMatchObject({ state: 'delivered' });
  expect(sent.length).toBeGreaterThan(2);
});

test('a clock that was set back puts nothing off for longer than a back-off', async () => {
  const { store, sent, pass, logged } = world();
  store.record({ notices: [notice({ attempts: 3, notBeforeMs: t0 + 6 * 3_600_000 })] });
  await pass(0);
  expect(sent).toHaveLength(1);
  expect(logged[0]).toBe('warn notices were put off for too long, delivering now: was the clock set back?');
});

test('the backlog of one alert hides no notice of another', async () => {
  const { store, sent, pass, behave } = world();
  behave(({ notice: { id } }) => (id === 'chat' ? Promise.resolve() : new Promise(() => {})));
  const backlog = Array.from({ length: 300 }, (_, count) => notice({ id: `n${count}`, recipient: `r${count}@x.org` }));
  store.record({ notices: [...backlog, notice({ id: 'chat', alert: 'chat' })] });
  await pass(0);
  expect(ids(sent)).toEqual(['n0', 'n1', 'n2', 'n3', 'chat']);
});
