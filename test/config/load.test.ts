import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cluster, folder, problemsOf, smallest, useScratch, valid } from './scratch.ts';

useScratch();

describe('a valid file', () => {
  test('has every default', () => {
    const { config } = valid(smallest);
    expect(config.director).toMatchObject({
      references: [],
      stateDir: '/var/lib/understudy',
      pulse: { everyMs: 200, port: 9 },
      reconcileEveryMs: 5000,
      maxChecks: 200,
      maxChecksPerServer: 8,
      retention: { historyMs: 400 * 86_400_000, backups: 7 },
    });
    expect(config.director.name).not.toBe('');
    expect(config.mail).toBeNull();
    expect(config.checks).toEqual([
      {
        server: 'edge1',
        monitor: {
          name: 'rtsp',
          type: 'rtsp',
          timing: { intervalMs: 1000, timeoutMs: 1000, retryIntervalMs: 100, fall: 2, rise: 2 },
          onLimit: 'drain',
          tripwire: true,
          options: { port: 554, path: '/' },
        },
        watches: ['edges'],
        alerts: [],
        steers: [],
        path: null,
      },
    ]);
    expect(config.classify).toEqual({ backend: 'auto', groups: [], clients: [] });
    expect(config.paths).toEqual([]);
  });

  test('becomes services with members, alerts with rules and addresses without brackets', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://u:hunter2@mx1.example.org\nsmtp://mx2.example.org:2525\n');
    const { config } = valid(cluster, { CHAT_KEY: 'open sesame' });
    expect(config.director.references).toEqual([
      { address: '10.10.3.1', port: null },
      { address: '10.10.3.2', port: 22 },
      { address: '2001:db8::1', port: 53 },
      { address: '2001:db8::2', port: null },
    ]);
    expect(config.services.get('playout')).toEqual({
      name: 'playout',
      balancer: 'ipvs',
      at: { kind: 'fwmark', mark: 16, family: 4 },
      scheduler: 'wlc',
      persistenceS: 50,
      persistencePrefix: 32,
      forward: 'dr',
      members: [
        { server: 'edge1', weight: 1, port: 0, backups: ['spare'] },
        { server: 'edge2', weight: 1, port: 0, backups: ['spare'] },
      ],
      minPooled: { share: 0.5 },
      failBack: 'manual',
    });
    expect(config.services.get('stats')).toMatchObject({
      at: { kind: 'tcp', address: '10.10.3.30', port: 80 },
      members: [
        { server: 'edge1', weight: 5, port: 8080, backups: [] },
        { server: 'edge2', weight: 1, port: 80, backups: ['spare'] },
      ],
      minPooled: { count: 1 },
      failBack: { afterMs: 30_000 },
    });
    expect([...config.alerts.keys()]).toEqual(['oncall', 'chat']);
    expect(config.alerts.get('oncall')).toEqual({
      name: 'oncall',
      type: 'mail',
      options: { to: ['oncall@example.org'] },
      rule: { alertafterMs: 0, alerteveryMs: null, numalerts: 3, upalert: true },
    });
    expect(config.mail).toEqual({
      relays: ['smtp://u:hunter2@mx1.example.org', 'smtp://mx2.example.org:2525'],
      folder: null,
      from: 'understudy@example.org',
      timeoutMs: 20_000,
    });
  });

  test('checks a server once when two watches use the same monitor on it', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://127.0.0.1');
    const { config } = valid(cluster, { CHAT_KEY: 'open sesame' });
    const checks = config.checks.filter(({ server }) => server === 'edge1');
    expect(checks.map(({ monitor, watches, alerts, steers }) => [monitor.name, watches, alerts, steers])).toEqual([
      ['rtsp', ['edges', 'loads'], ['oncall', 'chat'], ['ipvs', 'memory']],
      ['cpu', ['loads'], ['chat'], ['memory']],
    ]);
  });

  test('keeps defaults within a short interval, and takes the interval that the monitor asks for', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://127.0.0.1');
    const timings = valid(cluster, { CHAT_KEY: 'x' }).config.checks.map(({ monitor }) => monitor);
    expect(timings.find(({ name }) => name === 'rtsp')?.timing).toMatchObject({
      intervalMs: 50,
      timeoutMs: 50,
      retryIntervalMs: 50,
    });
    expect(timings.find(({ name }) => name === 'cpu')).toMatchObject({
      timing: { intervalMs: 5000, timeoutMs: 1000 },
      onLimit: 'warn',
      tripwire: false,
    });
  });

  test('resolves relative paths against its own folder', () => {
    const { config } = valid(`director: { state: ../state }\nmail: { folder: out, from: a@b.example }\n${smallest}`);
    expect(config.director.stateDir).toBe(join(folder, '../state'));
    expect(config.mail?.folder).toBe(join(folder, 'out'));
  });

  test('may switch the pulse off, with or without quotes', () => {
    for (const off of ['off', '"off"', 'false']) {
      expect(valid(`director: { pulse: ${off} }\n${smallest}`).config.director.pulse).toBeNull();
    }
  });

  test('may use anchors and aliases', () => {
    const text = `servers: { edge1: &edge { address: 10.10.3.20 }, edge2: *edge }
monitors: { rtsp: { type: rtsp } }
watches: { edges: &watch { servers: &all [edge1, edge2], monitors: [rtsp] }, twin: { servers: *all, monitors: [rtsp] } }`;
    const { config } = valid(text);
    expect(config.servers.get('edge2')).toMatchObject({ name: 'edge2', address: '10.10.3.20' });
    expect(config.checks.map(({ watches }) => watches)).toEqual([
      ['edges', 'twin'],
      ['edges', 'twin'],
    ]);
  });

  test('may use merge keys', () => {
    const text = `servers: { edge1: { address: 10.10.3.20 } }
monitors:
  rtsp: &base { type: rtsp, port: 8554, interval: 2s }
  fast: &fast { interval: 500ms, <<: *base, port: 9554 }
  both: { <<: [*fast, *base], fall: 3 }
  here: { <<: { type: tcp, port: 80 } }
watches: { edges: { servers: [edge1], monitors: [rtsp, fast, both, here] } }`;
    const monitors = valid(text).config.checks.map(({ monitor }) => [monitor.timing.intervalMs, monitor.options]);
    expect(monitors).toEqual([
      [2000, expect.objectContaining({ port: 8554 })],
      [500, expect.objectContaining({ port: 9554 })],
      [500, expect.objectContaining({ port: 9554 })],
      [1000, expect.objectContaining({ port: 80 })],
    ]);
  });

  test('points to where a merged value is written', () => {
    const text = `servers:
  edge1: &edge
    address: 10.10.3.256
  edge2:
    <<: *edge
    adress: 10.10.3.21
monitors: { rtsp: { type: rtsp } }
watches: { edges: { servers: [edge1], monitors: [rtsp] } }`;
    expect(problemsOf(text)).toEqual([
      '3:14: expected an IP address, got `10.10.3.256`',
      '6:5: unknown key `adress`, expected one of address, backups, shared',
    ]);
  });

  test.each([
    ['{ <<: 5 }', '1:28: expected a map such as `<<: *name`, or a list of maps'],
    ['{ <<: *none }', '1:28: unknown alias, expected the anchor `&name` somewhere above its alias `*name`'],
    ['&me { <<: *me }', '1:32: an alias is inside its own anchor'],
    ['{ <<: {}, <<: {} }', '1:32: duplicate key `<<`, expected each key once'],
    ['{ "<<": {} }', '1:24: unknown key `<<`, expected one of address, backups, shared'],
  ])('refuses the merge key of %s', (entry, problem) => {
    expect(problemsOf(`servers: { edge1: ${' '.repeat(3)}${entry} }`)).toContain(problem);
  });

  test('lets two shared servers stand in for each other', () => {
    const text = smallest
      .replace(
        'edge1: { address: 10.10.3.20 }',
        'edge1: &a { address: 10.10.3.20, backups: [edge2], shared: true }, edge2: { address: 10.10.3.21, backups: [edge1], shared: true }',
      )
      .concat('virtual_services: { a: { fwmark: 1, servers: [edge1] }, b: { fwmark: 2, servers: [edge2] } }');
    expect(valid(text).config.services.size).toBe(2);
  });

  test('cannot be changed afterwards, not even its maps', () => {
    const { config } = valid(smallest);
    const servers = config.servers as Map<string, unknown>;
    expect(() => servers.set('edge9', {})).toThrow('the configuration cannot be changed');
    expect(() => servers.clear()).toThrow('the configuration cannot be changed');
    expect(Object.isFrozen(config.checks[0]?.monitor.timing)).toBe(true);
    expect(Object.isFrozen(config.servers.get('edge1'))).toBe(true);
  });
});

test('a cluster of thousands, each the backup of the next, is no problem', () => {
  const count = 3000;
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const line = (i: number) => `  s${i}: { address: ${address(i + 1)}, backups: [s${i + 1}] }`;
  const servers = Array.from({ length: count }, (_, i) => line(i));
  const rest = smallest.replace('servers: { edge1: { address: 10.10.3.20 } }', '').replace('[edge1]', '[s0]');
  const text = (last: string) => `servers:\n${servers.join('\n')}\n  s${count}: { address: 10.9.9.9${last} }\n${rest}`;
  expect(valid(text('')).config.servers.size).toBe(count + 1);
  expect(problemsOf(text(', backups: [s0]'))).toEqual([
    `${count + 2}:41: backups go in a circle, s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> ...; expected \`shared: true\` on each of them`,
  ]);
});

describe('warnings', () => {
  test('name what is allowed but probably not meant', () => {
    const text = `
servers:
  edge1: { address: 10.10.3.20, backups: [spare] }
  spare: { address: 10.10.3.29 }
  lonely: { address: 10.10.3.40, backups: [spare] }
monitors: { rtsp: { type: rtsp }, tcp: { type: tcp, port: 80 } }
watches: { edges: { servers: [edge1], monitors: [rtsp], alerts: [failover] } }
virtual_services: { playout: { fwmark: 1, servers: [edge1] } }
alerts: { failover: { type: ipvs }, other: { type: memory } }
`;
    expect(valid(text).warnings.map((warning) => warning.replace(`${folder}/understudy.yaml:`, ''))).toEqual([
      "2:1: no `reference`: problems of the director's own network look like problems of the servers",
      '4:3: pool `playout` cannot see `spare` fail: no watch of it has an alert of type `ipvs`',
      '5:3: no watch checks server `lonely`',
      '5:34: the backups of `lonely` are never used, it is in no pool',
      '6:35: no watch uses monitor `tcp`',
      '9:37: no watch uses alert `other`',
    ]);
  });
});
