import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/api/control.ts';
import { type Client, openClient } from '../../src/cli/client.ts';
import { defaultConfigFile, type Options, type Parts } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { type ExitCode, UsageError } from '../../src/cli/session.ts';
import type { Config } from '../../src/config/config.ts';
import { badNight, fakeControl, historyRows, nowMs, probeResult, status, tableViews } from '../http/fake-control.ts';
import { clientOf, type TestSession, testSession } from './terminal.ts';

const noParts: Parts = {
  runDaemon: async () => 1,
  readConfig: async () => ({ config: null, problems: ['not asked'], warnings: [] }),
  probeLocally: async () => [],
  jsonSchema: async () => ({}),
  openKernel: async () => {
    throw new Error('not asked');
  },
};

interface Called {
  readonly session?: TestSession;
  readonly client?: Client;
  readonly options?: Options;
  readonly parts?: Partial<Parts>;
}

/** Runs a command as main does, without its command line. */
async function call(line: string, called: Called = {}): Promise<{ readonly code: ExitCode; readonly text: string }> {
  const [name, ...args] = line.split(' ');
  const { session = testSession(), client = openClient('/nowhere/control.sock'), options = {} } = called;
  const spec = commands.find((one) => one.name === name);
  if (spec === undefined) throw new Error(`no command ${name}`);
  const given = (spec.args ?? []).map((_, at) => args[at] ?? '');
  const parts = { ...noParts, ...called.parts };
  const code = await spec.run({ session, parts, client, configFile: defaultConfigFile, options, args: given });
  return { code, text: session.text() };
}

describe('a command', () => {
  test.each([
    ['status', badNight()],
    ['history', historyRows],
    ['probe edge1', [probeResult()]],
    ['table', tableViews],
    ['reload', { changed: ['server edge3 is new'] }],
    ['test-alert oncall', { notices: 2 }],
    ['backup /tmp/copy.db', { file: '/tmp/copy.db', bytes: 40_960 }],
    ['enable edge2', { lifted: badNight().servers[1]?.hold, unsaved: null }],
    [
      'disable edge1',
      { server: 'edge1', kind: 'disable', atMs: nowMs, untilMs: null, why: '', by: 'anna', unsaved: null },
    ],
    ['drain edge1', { server: 'edge1', kind: 'drain', atMs: nowMs, untilMs: null, why: '', by: 'anna', unsaved: null }],
    [
      'pin edge1 30',
      {
        pins: [{ server: 'edge1', service: 'playout', weight: 30, atMs: nowMs, untilMs: null, why: '', by: 'anna' }],
        notes: [],
        unsaved: null,
      },
    ],
    ['unpin edge1', { lifted: [], unsaved: null }],
  ])('%s --json prints what the daemon said, and nothing else', async (line, said) => {
    const client = await clientOf(fakeControl(badNight()));
    const { code, text } = await call(line, { client, options: { json: true } });
    expect(JSON.parse(text)).toEqual(said);
    expect(code).toBe(0);
  });

  test.each([
    ['status', '✖ 1 of 4 servers failing - playout runs on 1 of 2 - 1 held manually\n'],
    ['history', '2026-11-21 03:12:04  playout     → table    add 10.10.3.29:0 weight 1 (edge1 fail: rtsp refused,'],
    [
      'probe edge1 rtsp',
      '✔ ok  edge1/rtsp  200 OK  (rtsp 10.10.3.20, 4.3 ms)\n  phases    tcp 0.4 ms, first byte 4.1 ms\n',
    ],
    ['explain edge1', 'playout  member, not in the table\n  because rtsp fails\n      and spare is ok\n'],
    ['table', '  to do  edit 10.10.3.21:0 weight 0\n'],
    ['reload', '✔ reloaded\n  server edge3 is new\n'],
    ['test-alert oncall', '✔ oncall  2 test notices on the way;'],
    ['backup /tmp/copy.db', '✔ /tmp/copy.db  40 KiB\n'],
    ['disable edge1', '○ edge1  disabled by anna 0s ago, until enabled\n'],
    ['drain edge1', '◐ edge1  drained by anna 0s ago, until enabled\n'],
    ['enable edge1', '✔ edge1  was not held\n'],
    ['enable edge2', '✔ edge2  no longer drained by anna 12m ago, until 05:04 (1h 48m left): kernel update\n'],
    ['pin edge1 30', '◆ edge1  pinned to 30 in playout by anna 0s ago, until unpinned\n'],
    ['unpin edge1', '✔ edge1  was not pinned\n'],
    ['ack edge1', '✔ edge1  acknowledged by anna: rtsp: connection refused, open for 4m 10s (20261121T031204Z-'],
  ])('%s says it in words', async (line, words) => {
    const { code, text } = await call(line, { client: await clientOf(fakeControl(badNight())) });
    expect(text).toContain(words);
    expect(code).toBe(0);
  });

  test('hands on who asks, why and for how long', async () => {
    const control = fakeControl(badNight());
    const client = await clientOf(control);
    await call('drain edge1', { client, options: { for: '2h', why: 'kernel update' } });
    await call('enable edge1', { client, options: { why: 'done' } });
    await call('pin edge1 30', { client, options: { for: '2h', why: 'half', service: 'playout' } });
    await call('unpin edge1', { client, options: { service: 'playout' } });
    await call('ack edge1', { client, options: { why: 'on it' } });
    expect(control.asked).toEqual([
      ['hold', 'edge1', { kind: 'drain', forMs: 7_200_000, why: 'kernel update', by: 'anna' }],
      ['enable', 'edge1', 'anna', 'done'],
      ['pin', 'edge1', { weight: 30, service: 'playout', forMs: 7_200_000, why: 'half', by: 'anna' }],
      ['unpin', 'edge1', 'playout', 'anna', ''],
      ['ack', 'edge1', 'anna', 'on it'],
    ]);
  });

  test.each([
    ['0', '`0`: `understudy drain edge1` sends it no new viewers'],
    ['65536', '`65536`'],
    ['half', '`half`'],
    ['-1', '`-1`'],
  ])('refuses to pin the weight %s before it asks', async (weight, got) => {
    const wrong = call(`pin edge1 ${weight}`);
    await expect(wrong).rejects.toThrow(`weight: expected a whole number from 1 to 65535, got ${got}`);
    await expect(wrong).rejects.toBeInstanceOf(UsageError);
  });

  test('says what keeps a pin from what may be expected of it, and which pins it let go', async () => {
    const said = fakeControl(badNight());
    const notes = ['playout: gets no viewers now (failing), pinned when it does'];
    const laid = await said.pin('edge1', { weight: 30, service: null, forMs: 7_200_000, why: 'half', by: 'anna' });
    const client = await clientOf({
      ...said,
      pin: async (...order) => ({ ...(await said.pin(...order)), notes }),
      unpin: async () => ({ lifted: laid.pins, unsaved: null }),
    });
    expect((await call('pin edge1 30', { client })).text).toContain(`until unpinned\n  ${notes[0]}\n`);
    expect((await call('unpin edge1', { client })).text).toBe(
      '✔ edge1  no longer pinned to 30 in playout by anna 0s ago, until 05:16 (2h left): half\n',
    );
  });

  test.each(['drain edge1', 'disable edge1', 'enable edge1', 'pin edge1 30', 'unpin edge1', 'ack edge1'])(
    '%s says so when the order is not on disk',
    async (line) => {
      const unsaved = 'the database does not take changes: disk full';
      const said = fakeControl(badNight());
      const control = {
        ...said,
        hold: async (...order: Parameters<typeof said.hold>) => ({ ...(await said.hold(...order)), unsaved }),
        enable: async (...order: Parameters<typeof said.enable>) => ({ ...(await said.enable(...order)), unsaved }),
        pin: async (...order: Parameters<typeof said.pin>) => ({ ...(await said.pin(...order)), unsaved }),
        unpin: async (...order: Parameters<typeof said.unpin>) => ({ ...(await said.unpin(...order)), unsaved }),
        ack: (...order: Parameters<typeof said.ack>) => ({ ...said.ack(...order), unsaved }),
      };
      const { code, text } = await call(line, { client: await clientOf(control) });
      expect(text).toContain(`\n  not on disk yet, a restart would lose it: ${unsaved}\n`);
      expect(code).toBe(0);
    },
  );

  test('says what the daemon refused, in its words', async () => {
    const client = await clientOf(fakeControl(status()));
    await expect(call('ack edge1', { client })).rejects.toThrow('edge1 has no open incident');
    await expect(call('explain egde1', { client })).rejects.toThrow(
      'no server is called `egde1`, did you mean `edge1`',
    );
    await expect(call('disable ../edge1', { client })).rejects.toThrow('no server is called `../edge1`');
  });

  test.each([
    ['drain edge1', { for: 'soon' }, '--for: expected a duration such as 90s, 30m, 2h, 1d, got `soon`'],
    ['drain edge1', { for: '0s' }, '--for: expected a duration such as 90s, 30m, 2h, 1d, got `0s`'],
    ['history', { since: 'x' }, '--since: expected a duration such as 90s, 30m, 2h, 1d, got `x`'],
    ['history', { since: '2026-13-45' }, '--since: expected a date such as 2026-11-21T04:00, got `2026-13-45`'],
    ['history', { limit: '0' }, '--limit: expected a whole number from 1 to 10000, got `0`'],
    ['status', { watch: true }, '--watch: expected a terminal, got a pipe or a file'],
  ])('%s with %j is wrong usage, told before the daemon is asked', async (line, options, error) => {
    await expect(call(line, { options })).rejects.toThrow(error);
  });
});

describe('history', () => {
  test('asks for the rows since a duration ago, of one server', async () => {
    const control = fakeControl();
    const client = await clientOf(control);
    await call('history', { client, options: { since: '1h', server: 'edge1', limit: '5' } });
    expect(control.asked).toEqual([['history', { server: 'edge1', sinceMs: nowMs - 3_600_000, limit: 5 }]]);
  });

  test('says when there is nothing', async () => {
    const client = await clientOf(fakeControl(status(), { history: async () => [] }));
    const { text } = await call('history', { client, options: { since: '1h', server: 'edge1' } });
    expect(text).toBe('nothing in the history of edge1 since 2026-11-21 02:16:14\n');
  });
});

describe('probe', () => {
  test('fails when a check does not say ok', async () => {
    const client = await clientOf(
      fakeControl(status(), {
        probe: async () => [probeResult(), probeResult({ status: 'fail', summary: 'connection refused' })],
      }),
    );
    const { code, text } = await call('probe edge1', { client });
    expect(text).toContain('✖ FAIL  edge1/rtsp  connection refused');
    expect(code).toBe(1);
  });

  test('makes the checks itself where no daemon runs, and says so', async () => {
    const config = { servers: new Map() } as unknown as Config;
    const plugins = { monitors: new Map(), alerts: new Map() };
    const asked: unknown[] = [];
    const parts: Partial<Parts> = {
      readConfig: async (file) => {
        asked.push(file);
        return { config, problems: [], warnings: [], plugins };
      },
      probeLocally: async (...checked) => {
        asked.push(checked);
        return [probeResult()];
      },
    };
    const session = testSession();
    expect((await call('probe edge1 rtsp', { session, parts })).code).toBe(0);
    expect(asked).toEqual([defaultConfigFile, [config, 'edge1', 'rtsp', plugins]]);
    expect(session.errors()).toBe('no daemon answers: checking from this process\n');
  });

  test('tells every problem of a configuration it cannot use', async () => {
    const parts: Partial<Parts> = {
      readConfig: async () => ({ config: null, problems: ['a.yaml:1:1: one', 'a.yaml:2:1: two'], warnings: [] }),
    };
    await expect(call('probe edge1', { parts })).rejects.toThrow('a.yaml:1:1: one\na.yaml:2:1: two');
  });

  test('does not check by itself when the daemon refuses', async () => {
    const refusing = fakeControl(status(), {
      probe: async () => {
        throw new Refusal('expected one of rtsp, rtmp, got `rstp`', true);
      },
    });
    await expect(call('probe edge1 rstp', { client: await clientOf(refusing) })).rejects.toThrow(
      'expected one of rtsp, rtmp',
    );
  });
});

describe('check-config', () => {
  const config = {
    servers: new Map([['edge1', {}]]),
    checks: [1, 2],
    services: new Map(),
    alerts: new Map(),
    classify: { groups: [], clients: [] },
  } as unknown as Config;

  test('sums up what is right, with its warnings', async () => {
    const parts: Partial<Parts> = {
      readConfig: async () => ({ config, problems: [], warnings: ['a.yaml:9:3: no alert'] }),
    };
    expect(await call('check-config a.yaml', { parts })).toEqual({
      code: 0,
      text: 'a.yaml:9:3: no alert (warning)\n✔ valid  a.yaml: 1 server, 2 checks, 0 virtual services, 0 alerts\n',
    });
  });

  test('tells all problems on whole lines, however long, and fails', async () => {
    const problems = [`a.yaml:1:1: ${'x'.repeat(300)}`, 'a.yaml:2:1: two'];
    const parts: Partial<Parts> = { readConfig: async () => ({ config: null, problems, warnings: [] }) };
    const { code, text } = await call('check-config', { parts });
    expect(text).toBe(`${problems.join('\n')}\n✖ 2 problems in ${defaultConfigFile}\n`);
    expect(code).toBe(1);
    const json = await call('check-config', { parts, options: { json: true } });
    expect(JSON.parse(json.text)).toEqual({ file: defaultConfigFile, ok: false, problems, warnings: [] });
    expect(json.code).toBe(1);
  });
});

test('reload tells what waits for a restart', async () => {
  const warnings = ['a.yaml:1:11: plugin `a.mjs`: changed since it was loaded; the old one runs until a restart'];
  const client = await clientOf(fakeControl(status(), { reload: async () => ({ changed: [], warnings }) }));
  const { code, text } = await call('reload', { client });
  expect(text).toBe(`✔ reloaded  nothing changed\n  ${warnings[0]}\n`);
  expect(code).toBe(0);
});

test('table fails when a table could not be read', async () => {
  const views = [
    { ...tableViews[0], actual: null, problem: 'ipvsadm: Permission denied' } as (typeof tableViews)[number],
  ];
  const { code, text } = await call('table', {
    client: await clientOf(fakeControl(status(), { table: async () => views })),
  });
  expect(text).toContain('  ▲ ipvsadm: Permission denied\n');
  expect(text).toContain('unknown');
  expect(code).toBe(1);
});

test.each([
  [0, 0],
  [2, 2],
  [1, 1],
  [137, 1],
])('run turns the exit status %i of the daemon into %i', async (of, code) => {
  expect((await call('run', { parts: { runDaemon: async () => of } })).code).toBe(code);
});
