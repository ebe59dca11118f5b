import { expect, onTestFinished, test } from 'vitest';
import { renderEmail } from '../../../alerts/email.ts';
import { createAlerts } from '../../../alerts/index.ts';
import type { OutboxRow, Store } from '../../../src/store/store.ts';
import { startSink } from '../../alerts/smtp-sink.ts';
import { incident, notice, t0 } from '../../store/rows.ts';
import { world } from './courier-world.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function email(row: OutboxRow, store: Store, nowMs: number) {
  const thread = store.noticesOf(row.incidentId ?? '');
  const about = { kept: [], problems: [], backups: [], standIns: [], names: new Map(), director: 'lb1', zone: 'UTC' };
  return renderEmail({ notice: row, thread, actions: store.actionsOf(row.incidentId ?? ''), nowMs, ...about });
}

test('a mail server that is away, then greylists, gets both emails in order, in one thread', async () => {
  const sink = await startSink();
  onTestFinished(() => sink.close());
  const mail = {
    relays: [`smtp://127.0.0.1:${sink.port}`],
    folder: null,
    from: 'understudy@lb1.example.org',
    timeoutMs: 10_000,
  };
  const action = createAlerts(mail, 'lb1')
    .get('mail')
    ?.prepare({ to: ['oncall@example.org'] });
  const { store, courier, pass, row, behave } = world({ render: email });
  behave(async ({ recipient, notice: sent }, signal) => action?.(recipient, sent, { signal, log }));

  sink.behave((stage) => (stage === 'recipient' ? { code: 451, text: 'greylisted' } : null));
  store.record({ incidents: [incident()], notices: [notice({ id: 'down' })] });
  courier.wake();
  await pass(0);
  await expect.poll(() => row('down')?.lastError, { timeout: 10_000 }).toMatch(/451 greylisted$/);

  sink.behave((stage) => (stage === 'data' ? 'drop' : null));
  await pass(5000);
  await expect.poll(() => row('down')?.lastError, { timeout: 10_000 }).toMatch(/closed/);

  sink.behave(() => null);
  await pass(10_000);
  await expect.poll(() => row('down')?.state, { timeout: 10_000 }).toBe('delivered');

  const closed = incident({ closedMs: t0 + 60_000, problems: [] });
  const recovered = notice({ id: 'up', kind: 'recovered', incident: closed, atMs: t0 + 60_000, notBeforeMs: 0 });
  store.record({ incidents: [closed], notices: [recovered] });
  courier.wake();
  await pass(0);
  await expect.poll(() => row('up')?.state, { timeout: 10_000 }).toBe('delivered');

  expect(sink.mails.map(({ raw }) => /^Subject: (.*)/m.exec(raw)?.[1])).toEqual([
    '[understudy] edge1 DOWN: rtsp refused',
    '[understudy] edge1 RECOVERED after 60 s: was rtsp refused',
  ]);
  expect(sink.mails[0]?.raw).toContain('Message-ID: <down@lb1>');
  expect(sink.mails[1]?.raw).toContain('In-Reply-To: <down@lb1>');
});
