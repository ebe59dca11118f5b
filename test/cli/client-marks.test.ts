/** `understudy client`: what it asks, what it prints, and what it refuses before it asks. */
import { describe, expect, test } from 'vitest';
import type { ClientRow } from '../../src/api/clients.ts';
import type { Control } from '../../src/api/control.ts';
import { type Client, openClient } from '../../src/cli/client.ts';
import { type ClientMarksOptions, clientMarks } from '../../src/cli/client-marks.ts';
import { clientChange, clientList, clientRows, fakeControl, foundClient, status } from '../http/fake-control.ts';
import { clientOf, testSession } from './terminal.ts';

const nobody = openClient('/nowhere/control.sock');

async function call(line: string, client: Client, options: ClientMarksOptions = {}) {
  const session = testSession();
  const code = await clientMarks(session, client, line.split(' '), options);
  return { code, text: session.text() };
}

/** A daemon with so many clients in its configuration, after the two that hands have set. */
function crowd(count: number, change: Partial<Control> = {}) {
  const rows: readonly ClientRow[] = [
    ...clientRows.slice(0, 2),
    ...Array.from({ length: count }, (_, at): ClientRow => {
      const configured = { mark: 1, where: `clients.csv:${at + 2}` };
      return { network: `10.0.${at >> 8}.${at & 255}`, mark: 1, service: 'playout', override: null, configured };
    }),
  ];
  const whole = { ...clientList, total: rows.length, marks: [{ mark: 1, service: 'playout', networks: count }] };
  return fakeControl(status(), {
    clients: (from, limit) => ({ ...whole, rows: rows.slice(from, from + limit) }),
    ...change,
  });
}

describe('client set and unset', () => {
  test('hand on who asks and why, and say what changed', async () => {
    const control = fakeControl();
    const client = await clientOf(control);
    const { code, text } = await call('set 192.168.7.0/24 0x2', client, { why: 'new encoder' });
    await call('unset 2001:db8::/32', client);
    expect(control.asked).toEqual([
      ['setClient', '192.168.7.0/24', 2, { by: 'anna', why: 'new encoder' }],
      ['unsetClient', '2001:db8::/32', { by: 'anna', why: '' }],
    ]);
    expect(text).toBe(
      [
        '✔ 192.168.7.21  mark 2 (premium) instead of 1, in 12 ms',
        '  now     set by anna 2h ago: wants the new encoder',
        '  before  192.168.7.0/24, understudy.yaml:12\n',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('say so when the order is not on disk', async () => {
    const change = { ...clientChange, unsaved: 'the database does not take changes: disk full' };
    const control = fakeControl(status(), { setClient: () => Promise.resolve(change) });
    const { text } = await call('set 192.168.7.21 2', await clientOf(control));
    expect(text).toContain(
      '  not on disk yet, a restart would lose it: the database does not take changes: disk full\n',
    );
  });

  test('print JSON when asked to', async () => {
    const { text } = await call('set 192.168.7.21 2', await clientOf(fakeControl()), { json: true });
    expect(JSON.parse(text)).toEqual(clientChange);
  });

  test('say what the daemon refused, in its words', async () => {
    await expect(call('set 192.168.7.21 9', await clientOf(fakeControl()))).rejects.toThrow(
      'expected the mark of a virtual service, 1 (playout), 2 (premium), got `9`',
    );
  });
});

describe('client find', () => {
  test('tells the mark, why, and where packets go', async () => {
    const { text } = await call('find 192.168.7.21', await clientOf(fakeControl()));
    expect(text).toBe(
      [
        '192.168.7.21  mark 2',
        '  because set by anna 2h ago: wants the new encoder',
        '      and the configuration says mark 1 (clients.csv:7)',
        '  10.10.3.30 tcp 1935,8080  mark 2  premium             edge2',
        '  10.10.3.30 tcp 554        mark 7  no virtual service\n',
      ].join('\n'),
    );
  });

  test('tells of the default, of what was unset, of networks inside, and of empty pools', async () => {
    const group = { packets: '10.10.3.30 tcp 554', byClient: true, mark: 1, service: 'playout' };
    const found = {
      ...foundClient,
      client: '192.168.7.40',
      mark: 1,
      listed: null,
      unset: clientRows[1] ?? null,
      inside: 2,
      groups: [
        { ...group, pooled: [] },
        { ...group, pooled: null },
        { ...group, pooled: [{ server: 'edge1', address: '10.10.3.20', weight: 3 }] },
        { ...group, mark: null, service: null, pooled: null },
      ],
    };
    const { text } = await call(
      'find 192.168.7.40',
      await clientOf(fakeControl(status(), { findClient: () => found })),
    );
    expect(text).toBe(
      [
        '192.168.7.40  mark 1',
        '  because default',
        '      and it was unset by anna 2h ago',
        '  inside  2 longer networks have marks of their own',
        '  10.10.3.30 tcp 554  mark 1   playout  no server',
        '  10.10.3.30 tcp 554  mark 1   playout  table not read yet',
        '  10.10.3.30 tcp 554  mark 1   playout  edge1 (weight 3)',
        '  10.10.3.30 tcp 554  no mark\n',
      ].join('\n'),
    );
  });

  test('says that no group concerns such a client', async () => {
    const found = { ...foundClient, mark: null, listed: null, groups: [] };
    const { text } = await call(
      'find 192.168.7.21',
      await clientOf(fakeControl(status(), { findClient: () => found })),
    );
    expect(text).toContain('192.168.7.21  no mark\n');
    expect(text).toContain('  no group of packets has a virtual address of its family\n');
  });
});

describe('client list', () => {
  test('has those by hand first, aligned, with their source', async () => {
    const { text } = await call('list', await clientOf(fakeControl()));
    expect(text).toBe(
      [
        '3 clients, 2 manual, all others get mark 1',
        '  client          mark  service  source',
        '  192.168.7.21       2  premium  set by anna 2h ago: wants the new encoder',
        '  192.168.7.40       -           unset by anna 2h ago',
        '  192.168.7.0/24     1  playout  understudy.yaml:12\n',
      ].join('\n'),
    );
  });

  test('sums up what is much, and prints it with --all', async () => {
    const client = await clientOf(crowd(20_000));
    expect((await call('list', client)).text).toBe(
      [
        '20,002 clients, 2 manual, all others get mark 1',
        '  client        mark  service  source',
        '  192.168.7.21     2  premium  set by anna 2h ago: wants the new encoder',
        '  192.168.7.40     -           unset by anna 2h ago',
        '',
        '  mark 1  playout  20,000 clients',
        '20,000 more in the configuration: understudy client list --all\n',
      ].join('\n'),
    );
    const all = (await call('list', client, { all: true })).text.trimEnd().split('\n');
    expect(all).toHaveLength(20_004);
    expect(all.at(-1)).toBe('  10.0.78.31       1  playout  clients.csv:20001');
  });

  test('has all in its JSON, each once', async () => {
    const { text } = await call('list', await clientOf(crowd(25_000)), { json: true });
    const { clients, total, overrides } = JSON.parse(text) as {
      readonly clients: readonly ClientRow[];
      readonly total: number;
      readonly overrides: number;
    };
    expect({ total, overrides }).toEqual({ total: 25_002, overrides: 2 });
    expect(new Set(clients.map(({ network }) => network)).size).toBe(25_002);
  });

  test('reads again when the list changed between two pages', async () => {
    let version = 0;
    let pages = 0;
    const control = crowd(15_000);
    const moving = crowd(15_000, {
      clients: (from, limit) => {
        pages += 1;
        if (pages === 2) version += 1;
        return { ...control.clients(from, limit), version };
      },
    });
    const { text } = await call('list', await clientOf(moving), { json: true });
    expect((JSON.parse(text) as { readonly clients: unknown[] }).clients).toHaveLength(15_002);
    expect(pages).toBe(4);
  });

  test.each([
    [{ total: 0, overrides: 0, inUse: false, rows: [] }, 'no clients are listed: no group of packets is by client\n'],
    [{ total: 0, overrides: 0, defaultMark: null, rows: [] }, '0 clients, all others get no mark\n'],
    [{ inUse: false }, '3 clients, 2 manual, not in use: no group of packets is by client\n'],
  ])('says in its first line what there is: %j', async (change, words) => {
    const control = fakeControl(status(), { clients: () => ({ ...clientList, ...change }) });
    expect((await call('list', await clientOf(control))).text).toContain(words);
  });
});

test.each([
  ['', {}, 'expected one of set, unset, list, find, got ``'],
  ['sett 10.0.0.1 2', {}, 'expected one of set, unset, list, find, got `sett`'],
  ['toString', {}, 'expected one of set, unset, list, find, got `toString`'],
  ['set', {}, 'client set: expected a client and a mark, as in `understudy client set 192.168.7.21 2`'],
  ['set 10.0.0.1', {}, 'client set: expected a client and a mark, as in'],
  ['unset 10.0.0.1 2', {}, 'client unset: expected one client and no mark, as in'],
  ['list 10.0.0.1', {}, 'client list: expected no client, as in `understudy client list`'],
  ['find', {}, 'client find: expected one client and no mark, as in'],
  ['set 10.0.0.1 two', {}, 'expected a mark, a whole number from 1 to 4294967295, got `two`'],
  ['set 10.0.0.1 0', {}, 'expected a mark, a whole number from 1 to 4294967295, got `0`'],
  ['set 10.0.0.1 4294967296', {}, 'expected a mark, a whole number from 1 to 4294967295, got `4294967296`'],
  ['find 10.0.0.1', { all: true }, '--all: expected with `client list`, got `client find`'],
  ['list', { why: 'x' }, '--why: expected with `client set` or `client unset`, got `client list`'],
])('client %s with %j is wrong usage, told before the daemon is asked', async (line, options, error) => {
  await expect(call(line, nobody, options)).rejects.toThrow(error);
});
