import { expect, test } from 'vitest';
import { type EmailInput, renderEmail } from '../../alerts/email.ts';
import type { EmailAction } from '../../alerts/outcome.ts';
import { action, incident, notice, t0 } from '../store/rows.ts';

const minute = 60_000;
const names = new Map([
  ['10.10.3.20', 'edge1'],
  ['10.10.3.29', 'spare'],
  ['2001:db8::9', 'spare6'],
  ['10.10.3.21', 'edge2'],
]);
const swap: readonly EmailAction[] = [
  action({ atMs: t0 + 5 }),
  action({ atMs: t0 + 9, command: 'remove 10.10.3.20:0', tookMs: 3.05 }),
];

function input(change: Partial<EmailInput> = {}): EmailInput {
  return {
    notice: notice(),
    thread: [],
    actions: swap,
    kept: [],
    problems: [],
    backups: ['spare', 'spare6'],
    standIns: [],
    names,
    director: 'lb1',
    zone: 'Europe/Vienna',
    nowMs: t0 + 3000,
    ...change,
  };
}

const closed = incident({ closedMs: t0 + 14 * minute, problems: [] });
const told = { ...notice({ id: 'n0' }), attempts: 1, state: 'delivered' as const };

test('writes the whole email of a failure', () => {
  const detail = 'OPTIONS rtsp://10.10.3.20:554/\nconnect ECONNREFUSED';
  const rtmp = { check: 'edge1/rtmp', status: 'fail', summary: 'rtmp refused', detail: '', sinceMs: t0 + 40 } as const;
  const [rtsp] = incident().problems;
  const problems = rtsp === undefined ? [] : [{ ...rtsp, detail }, rtmp];
  const email = renderEmail(input({ notice: notice({ incident: incident({ problems }) }) }));
  expect(email.subject).toBe('[understudy] edge1 DOWN: rtsp refused -> spare took over');
  expect(email.references).toEqual([]);
  expect(email.text).toBe(`edge1 DOWN: rtsp refused -> spare took over

Since: 2026-11-21 03:12:04 UTC
  2026-11-21 04:12:04 Europe/Vienna
For: 3 s
Traffic: spare took over, verified in the table within 4.3 ms

Failing checks
- edge1/rtsp fails since 2026-11-21 03:12:04 UTC: rtsp refused
  OPTIONS rtsp://10.10.3.20:554/
  connect ECONNREFUSED
- edge1/rtmp fails since 2026-11-21 03:12:04 UTC: rtmp refused

What was done
- 03:12:04.005 playout: add spare (10.10.3.29:0) weight 1: verified in 4.3 ms
  because edge1 fail: rtsp refused
- 03:12:04.009 playout: remove edge1 (10.10.3.20:0): verified in 3.0 ms

What to do
  understudy explain edge1
    why it is in or out of each pool
  understudy probe edge1
    run its checks now and show the conversation
  understudy ack edge1
    somebody is on it: no more reminders

-- 
lb1, incident 20261121T031204Z-edge1-4f2a, notice n1, written 2026-11-21 03:12:07 UTC
`);
});

test('writes the whole email of a recovery, as an answer to the failure', () => {
  const email = renderEmail(
    input({
      notice: notice({ id: 'n2', kind: 'recovered', incident: closed }),
      thread: [told, notice({ id: 'n2' })],
      zone: 'UTC',
      nowMs: t0 + 14 * minute + 500,
    }),
  );
  expect(email.subject).toBe('[understudy] edge1 RECOVERED after 14 min: was rtsp refused');
  expect(email.references).toEqual(['<n0@lb1>']);
  expect(email.text).toBe(`edge1 RECOVERED after 14 min: was rtsp refused

Since: 2026-11-21 03:12:04 UTC
Until: 2026-11-21 03:26:04 UTC
For: 14 min

What was done
- 03:12:04.005 playout: add spare (10.10.3.29:0) weight 1: verified in 4.3 ms
  because edge1 fail: rtsp refused
- 03:12:04.009 playout: remove edge1 (10.10.3.20:0): verified in 3.0 ms

What to do
  understudy explain edge1
    whether it is back in its pools, or when it will be
  understudy history --server edge1
    what happened, and what was done

-- 
lb1, incident 20261121T031204Z-edge1-4f2a, notice n2, written 2026-11-21 03:26:04 UTC
`);
});

test('a recovery nobody was told the failure of says from when until when', () => {
  const lost = { ...told, state: 'dead' as const };
  const email = renderEmail(
    input({ notice: notice({ id: 'n2', kind: 'recovered', incident: closed }), thread: [lost] }),
  );
  expect(email.subject).toBe('[understudy] edge1 RECOVERED, was down 03:12-03:26 UTC: rtsp refused');
  expect(email.text).toContain('First email: no earlier email about this could be delivered\n');
});

interface SubjectRow {
  readonly when: string;
  readonly input: Partial<EmailInput>;
  readonly subject: string;
}

const refusedRemove = action({ command: 'remove 10.10.3.20:0', result: 'refused', error: 'No such file' });
const drain = action({ command: 'edit 10.10.3.20:0 weight 0' });
const overloaded = incident({ status: 'overloaded', summary: 'wcs subscribers 100 of 100' });

test.each<SubjectRow>([
  {
    when: 'the stand-in was there before a restart, and only the removal is left to do',
    input: { actions: swap.slice(1), standIns: ['spare'] },
    subject: 'edge1 DOWN: rtsp refused -> spare took over',
  },
  {
    when: 'no stand-in was there',
    input: { actions: swap.slice(1) },
    subject: 'edge1 DOWN: rtsp refused -> taken out, no stand-in',
  },
  {
    when: 'it was kept although failing',
    input: { actions: [], kept: ['edge1 in playout'] },
    subject: 'edge1 DOWN: rtsp refused -> kept, no stand-in',
  },
  {
    when: 'another server was kept although failing',
    input: { actions: [], kept: ['edge11 in playout'] },
    subject: 'edge1 DOWN: rtsp refused',
  },
  { when: 'the check only informs', input: { actions: [] }, subject: 'edge1 DOWN: rtsp refused' },
  {
    when: 'the balancer refused a command',
    input: { actions: [...swap.slice(0, 1), refusedRemove] },
    subject: 'edge1 DOWN: rtsp refused -> spare took over, but the balancer refused a change',
  },
  {
    when: 'a refused command was done later',
    input: { actions: [...swap.slice(0, 1), refusedRemove, ...swap.slice(1)] },
    subject: 'edge1 DOWN: rtsp refused -> spare took over',
  },
  {
    when: 'the stand-in has an IPv6 address',
    input: { actions: [action({ command: 'add [2001:db8::9]:554 weight 1' })] },
    subject: 'edge1 DOWN: rtsp refused -> spare6 took over',
  },
  {
    when: 'another member came back in the same incident',
    input: { actions: [...swap.slice(1), action({ command: 'edit 10.10.3.21:0 weight 1' })] },
    subject: 'edge1 DOWN: rtsp refused -> taken out, no stand-in',
  },
  {
    when: 'every command was refused',
    input: { actions: [action({ result: 'refused', error: 'ipvsadm: Permission denied' }), refusedRemove] },
    subject: 'edge1 DOWN: rtsp refused -> the table could NOT be changed: ipvsadm: Permission denied',
  },
  {
    when: 'the table could not even be read',
    input: { actions: [], problems: [{ kind: 'balancer', text: 'playout: no ipvsadm at /sbin/ipvsadm' }] },
    subject: 'edge1 DOWN: rtsp refused -> the table could NOT be changed: playout: no ipvsadm at /sbin/ipvsadm',
  },
  {
    when: 'the director has a problem that is not about the table',
    input: { problems: [{ kind: 'store', text: 'the database does not take changes: disk full' }] },
    subject: 'edge1 DOWN: rtsp refused -> spare took over',
  },
  {
    when: 'it falls for the third time in a short while',
    input: { thread: [told, { ...told, id: 'up', kind: 'recovered' }, { ...told, id: 'again' }] },
    subject: 'edge1 DOWN (flapping): rtsp refused -> spare took over',
  },
  {
    when: 'it fell often and stays down since',
    input: { thread: [told, told, told], nowMs: t0 + 30 * minute, notice: notice({ kind: 'reminder' }) },
    subject: 'edge1 STILL DOWN after 30 min: rtsp refused -> spare took over',
  },
  {
    when: 'it was drained',
    input: { notice: notice({ kind: 'overloaded', incident: overloaded }), actions: [drain] },
    subject: 'edge1 OVERLOADED: wcs subscribers 100 of 100 -> drained',
  },
  {
    when: 'the fault became another',
    input: { notice: notice({ kind: 'changed', incident: incident({ summary: 'rtsp no reply' }) }) },
    subject: 'edge1 DOWN, now: rtsp no reply -> spare took over',
  },
  {
    when: 'it is a reminder',
    input: { notice: notice({ kind: 'reminder' }), nowMs: t0 + 125 * minute },
    subject: 'edge1 STILL DOWN after 2 h 5 min: rtsp refused -> spare took over',
  },
  {
    when: 'it is about the director',
    input: { notice: notice({ kind: 'director', incident: null, about: 'tables frozen: 10.10.3.1 does not answer' }) },
    subject: 'lb1: tables frozen: 10.10.3.1 does not answer',
  },
  {
    when: 'it is a test',
    input: { notice: notice({ kind: 'test', incident: null }) },
    subject: 'lb1: test: this alert reaches you',
  },
])('says in the subject what matters when $when', ({ input: change, subject }) => {
  expect(renderEmail(input(change)).subject).toBe(`[understudy] ${subject}`);
});

test('writes the whole email about the director', () => {
  const about = 'tables frozen: 10.10.3.1 does not answer';
  const email = renderEmail(input({ notice: notice({ kind: 'director', incident: null, about }) }));
  expect(email.text).toBe(`lb1: tables frozen: 10.10.3.1 does not answer

Written: 2026-11-21 03:12:07 UTC
  2026-11-21 04:12:07 Europe/Vienna

What to do
  understudy status
    what the director knows now
  understudy table
    the table as it is beside the table as it should be

-- 
lb1, notice n1
`);
});

test('lists the problem of the director itself, also beside a failure', () => {
  const problems = [{ kind: 'store', text: 'the database does not take changes: disk full' }];
  for (const change of [{}, { notice: notice({ kind: 'director', incident: null, about: 'x' }) }]) {
    const { text } = renderEmail(input({ problems, ...change }));
    expect(text).toContain('\nProblems of the director itself\n- the database does not take changes: disk full\n');
  }
});

test('lists who was kept although failing', () => {
  const { text } = renderEmail(input({ kept: ['edge2 in playout: min_pooled 1'] }));
  expect(text).toContain('Kept in the pool although failing or overloaded\n- edge2 in playout: min_pooled 1\n');
});

test('refers to the root and the newest of a long thread, and only to what this recipient may have', () => {
  const many = Array.from({ length: 30 }, (_, count) => ({ ...told, id: `t${count}` }));
  const others = [
    { ...told, id: 'another recipient', recipient: 'x@example.org' },
    { ...told, id: 'never tried', attempts: 0, state: 'dead' as const },
  ];
  const { references } = renderEmail(input({ thread: [...many, ...others] }));
  expect(references).toHaveLength(10);
  expect(references[0]).toBe('<t0@lb1>');
  expect(references.at(-1)).toBe('<t29@lb1>');
});

test('the HTML says what the text says', () => {
  const { html } = renderEmail(input());
  expect(html).toContain('<title>edge1 DOWN: rtsp refused -&gt; spare took over</title>');
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  for (const said of [
    '2026-11-21 04:12:04 Europe/Vienna',
    'add spare (10.10.3.29:0) weight 1',
    'understudy ack edge1',
  ]) {
    expect(html).toContain(said);
  }
});

test('what a server answers cannot become markup, a header or a second line', () => {
  const evil = '<script>alert(1)</script>\r\nBcc: all@example.org\u0000\u001b[31m & "x"';
  const [rtsp] = incident().problems;
  const problems = rtsp === undefined ? [] : [{ ...rtsp, summary: evil, detail: evil }];
  const email = renderEmail(
    input({ notice: notice({ incident: incident({ summary: evil, problems }), about: evil }) }),
  );
  expect(email.html).not.toContain('<script');
  expect(email.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; Bcc: all@example.org');
  expect(email.subject).toBe(
    '[understudy] edge1 DOWN: <script>alert(1)</script> Bcc: all@example.org [31m & "x" -> spare took over',
  );
  expect(`${email.subject}${email.text}${email.html}`).not.toMatch(/[^\P{Cc}\n]/u);
});

test('stays short whatever it is fed', () => {
  const long = 'x'.repeat(100_000);
  const [rtsp] = incident().problems;
  const problem = { check: 'edge1/rtsp', status: 'fail', summary: long, detail: long, sinceMs: t0 } as const;
  const problems = [...(rtsp === undefined ? [] : [rtsp]), ...Array.from({ length: 100 }, () => problem)];
  const actions = Array.from({ length: 500 }, () => action({ cause: long, error: long, result: 'refused' }));
  const email = renderEmail(input({ notice: notice({ incident: incident({ summary: long, problems }) }), actions }));
  expect(email.subject.length).toBeLessThanOrEqual(200);
  expect(email.text.length).toBeLessThan(50_000);
  expect(email.text).toContain('- 488 earlier, see understudy history\n');
});
