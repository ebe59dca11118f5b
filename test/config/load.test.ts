// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own ${NAME}
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { printConfig } from '../../src/config/print.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { plugins } from './plugins.ts';

const smallest = `
servers: { edge1: { address: 10.10.3.20 } }
monitors: { rtsp: { type: rtsp } }
watches: { edges: { servers: [edge1], monitors: [rtsp] } }
`;

const cluster = `
director: { name: lb1, reference: [10.10.3.1, "10.10.3.2:22", "[2001:db8::1]:53", "2001:DB8:0:0::2"], state: state }
servers:
  edge1: { address: 10.10.3.20, backups: [spare] }
  edge2: { address: 10.10.3.21, backups: [spare] }
  spare: { address: 10.10.3.29 }
monitors:
  rtsp: { type: rtsp, interval: 50ms }
  cpu: { type: cpu, via: local, limit: 90, on_limit: warn }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [rtsp], alerts: [failover, oncall] }
  loads: { servers: [edge1], monitors: [rtsp, cpu], alerts: [memory, chat] }
virtual_services:
  playout: { fwmark: 0x10, servers: [edge1, edge2], min_pooled: 50%, fail_back: manual, persistence: 50s }
  stats:
    tcp: 10.10.3.30:80
    forward: nat
    balancer: memory
    servers: { edge1: { weight: 5, port: 8080, backups: [] }, edge2: {} }
alerts:
  failover: { type: ipvs }
  memory: { type: memory }
  oncall: { type: mail, to: [oncall@example.org], alertevery: none, numalerts: 3 }
  chat: { type: chat, room: ops, key: "\${CHAT_KEY}" }
mail: { smtp_file: relay, from: understudy@example.org }
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-config-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string | Uint8Array, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'understudy.yaml');
  writeFileSync(file, text);
  return loadConfig(file, plugins, env);
}

function right(text: string, env: Readonly<Record<string, string>> = {}) {
  const loaded = load(text, env);
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded;
}

function wrong(text: string | Uint8Array, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const loaded = load(text, env);
  if (!('problems' in loaded)) throw new Error('expected problems, got none');
  return loaded.problems.map((problem) => formatProblem(problem).replace(`${folder}/understudy.yaml:`, ''));
}

describe('a right file', () => {
  test('has every default', () => {
    const { config } = right(smallest);
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
      },
    ]);
  });

  test('becomes services with members, alerts with rules and addresses without brackets', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://u:hunter2@mx1.example.org\nsmtp://mx2.example.org:2525\n');
    const { config } = right(cluster, { CHAT_KEY: 'open sesame' });
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
    const { config } = right(cluster, { CHAT_KEY: 'open sesame' });
    const checks = config.checks.filter(({ server }) => server === 'edge1');
    expect(checks.map(({ monitor, watches, alerts, steers }) => [monitor.name, watches, alerts, steers])).toEqual([
      ['rtsp', ['edges', 'loads'], ['oncall', 'chat'], ['ipvs', 'memory']],
      ['cpu', ['loads'], ['chat'], ['memory']],
    ]);
  });

  test('keeps defaults within a short interval, and takes the interval that the monitor asks for', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://127.0.0.1');
    const timings = right(cluster, { CHAT_KEY: 'x' }).config.checks.map(({ monitor }) => monitor);
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
    const { config } = right(`director: { state: ../state }\nmail: { folder: out, from: a@b.example }\n${smallest}`);
    expect(config.director.stateDir).toBe(join(folder, '../state'));
    expect(config.mail?.folder).toBe(join(folder, 'out'));
  });

  test('may switch the pulse off, with or without quotes', () => {
    for (const off of ['off', '"off"', 'false']) {
      expect(right(`director: { pulse: ${off} }\n${smallest}`).config.director.pulse).toBeNull();
    }
  });

  test('may use anchors and aliases', () => {
    const text = `servers: { edge1: &edge { address: 10.10.3.20 }, edge2: *edge }
monitors: { rtsp: { type: rtsp } }
watches: { edges: &watch { servers: &all [edge1, edge2], monitors: [rtsp] }, twin: { servers: *all, monitors: [rtsp] } }`;
    const { config } = right(text);
    expect(config.servers.get('edge2')).toMatchObject({ name: 'edge2', address: '10.10.3.20' });
    expect(config.checks.map(({ watches }) => watches)).toEqual([
      ['edges', 'twin'],
      ['edges', 'twin'],
    ]);
  });

  test('lets two shared servers stand in for each other', () => {
    const text = smallest
      .replace(
        'edge1: { address: 10.10.3.20 }',
        'edge1: &a { address: 10.10.3.20, backups: [edge2], shared: true }, edge2: { address: 10.10.3.21, backups: [edge1], shared: true }',
      )
      .concat('virtual_services: { a: { fwmark: 1, servers: [edge1] }, b: { fwmark: 2, servers: [edge2] } }');
    expect(right(text).config.services.size).toBe(2);
  });

  test('cannot be changed afterwards, not even its maps', () => {
    const { config } = right(smallest);
    const servers = config.servers as Map<string, unknown>;
    expect(() => servers.set('edge9', {})).toThrow('the configuration cannot be changed');
    expect(() => servers.clear()).toThrow('the configuration cannot be changed');
    expect(Object.isFrozen(config.checks[0]?.monitor.timing)).toBe(true);
    expect(Object.isFrozen(config.servers.get('edge1'))).toBe(true);
  });
});

describe('warnings', () => {
  test('tell what is allowed and hardly meant', () => {
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
    expect(right(text).warnings.map((warning) => warning.replace(`${folder}/understudy.yaml:`, ''))).toEqual([
      '2:1: no `reference`: trouble of our own network cannot be told from trouble of the servers',
      '4:3: pool `playout` cannot see `spare` fail: no watch of it has an alert of type `ipvs`',
      '5:3: nobody watches server `lonely`',
      '5:34: the backups of `lonely` are never used, it is in no pool',
      '6:35: no watch uses monitor `tcp`',
      '9:37: no watch uses alert `other`',
    ]);
  });
});

describe('a file that cannot be read', () => {
  const loadFile = (file: string) => {
    const loaded = loadConfig(file, plugins, {});
    return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
  };

  test('is named, with the cause', () => {
    expect(loadFile(join(folder, 'none.yaml'))).toEqual([`${folder}/none.yaml: cannot be read: no such file`]);
    expect(loadFile(folder)).toEqual([`${folder}: cannot be read: it is a directory`]);
    expect(loadFile('/dev/zero')).toEqual(['/dev/zero: cannot be read: it is not a regular file']);
  });

  test('is refused when it is too large', () => {
    expect(load(Buffer.alloc(1024 * 1024 + 1, '#'))).toMatchObject({
      problems: [{ message: 'cannot be read: it has 1048577 bytes, expected at most 1048576' }],
    });
  });

  test('is refused when aliases multiply without end', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) => `k${i}: &a${i} [${Array(10).fill(i === 0 ? 'x' : `*a${i - 1}`)}]`,
    );
    expect(wrong(bomb.join('\n'))).toEqual([expect.stringMatching(/expected at most 200000 values, got more$/)]);
  });

  test('is refused when it is nested without end', () => {
    expect(wrong(`servers: ${'['.repeat(5000)}${']'.repeat(5000)}`).join()).toMatch(/nested too deeply/);
    expect(wrong('['.repeat(100_000)).length).toBeGreaterThan(0);
  });
});

describe('secrets', () => {
  const relay = (config: Config) => config.mail?.relays;

  test('come from the environment or from a file', () => {
    const mail = (line: string) => `${smallest}mail: { ${line}, from: understudy@example.org }\n`;
    expect(relay(right(mail('smtp: "smtp://u:${PASS}@mx"'), { PASS: 'hunter2' }).config)).toEqual([
      'smtp://u:hunter2@mx',
    ]);
    expect(relay(right(mail('smtp: ["smtp://$${x}@mx"]')).config)).toEqual(['smtp://${x}@mx']);
    writeFileSync(join(folder, 'relay'), 'smtp://u:hunter2@mx\n');
    expect(relay(right(mail('smtp_file: relay')).config)).toEqual(['smtp://u:hunter2@mx']);
  });

  test('of a plugin may come from a file as well', () => {
    const alerts = 'alerts: { chat: { type: chat, room: ops, key_file: key } }\n';
    writeFileSync(join(folder, 'key'), 'open sesame\n');
    expect(right(smallest + alerts).config.alerts.get('chat')?.options).toEqual({ room: 'ops', key: 'open sesame' });
    rmSync(join(folder, 'key'));
    expect(wrong(smallest + alerts)).toEqual(['5:52: the file of `key_file` cannot be read: no such file']);
    writeFileSync(join(folder, 'key'), '\n');
    expect(wrong(smallest + alerts)).toEqual(['5:52: the file of `key_file` is empty']);
  });

  test('are in no printed configuration', () => {
    writeFileSync(join(folder, 'relay'), 'smtp://u:hunter2@mx1.example.org\nsmtp://mx2.example.org');
    const literal = cluster
      .replace('"${CHAT_KEY}"', 'open-sesame')
      .replace('cpu: {', 'http: { type: tcp, port: 80, expect: "${TOKEN}", token: abracadabra }\n  cpu: {')
      .replace('[rtsp, cpu]', '[rtsp, cpu, http]');
    for (const text of [literal, literal.replace('open-sesame', '"${CHAT_KEY}"')]) {
      const { config, secrets } = right(text, { CHAT_KEY: 'open-sesame', TOKEN: 'simsalabim' });
      const printed = JSON.stringify(printConfig(config, secrets));
      expect(printed).not.toMatch(/hunter2|open-sesame|abracadabra|simsalabim/);
      expect(printed).toContain('smtp://u:[secret]@mx1.example.org');
      expect(printed).toContain('"address":"10.10.3.20"');
    }
  });

  test('are in no problem', () => {
    const env = { PASS: 'hunter2' };
    const texts = [
      `${smallest}mail: { smtp: "http://u:hunter2@mx", from: "\${PASS}", timeout: "\${PASS}" }`,
      `${smallest}mail: { smtp: { url: hunter2 }, from: "smtp://u:hunter2/@mx" }`,
      `${smallest}mail: { smtp: ["smtp://u:hunter2@mx", "u:hunter2"], from: a@b }`,
      `${smallest}alerts: { chat: { type: chat, room: [1], key: [hunter2] } }`,
      smallest.replace('type: rtsp', 'type: "${PASS}", path: "${PASS}", port: "${PASS}"'),
      smallest.replace('[edge1]', '["${PASS}"]'),
      `${smallest}mail: { smtp: "smtp://u:hunter2@mx" from: a@b }`,
      `${smallest}mail: { smtp: smtp://u:hunter2@mx\n from: a@b`,
    ];
    for (const text of texts) expect(wrong(text, env).join('\n')).not.toContain('hunter2');
  });
});
