/** plan, apply, clear and save as they are typed: a file, a fake ipvsadm, a packet filter in memory. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Status } from '../../src/api/control.ts';
import { PacketFilterError } from '../../src/classify/packet-filter.ts';
import type { Parts } from '../../src/cli/command.ts';
import { readConfig } from '../../src/cli/read-config.ts';
import { openKernel } from '../../src/local.ts';
import { main } from '../../src/main.ts';
import { openStore } from '../../src/store/open.ts';
import { marksOf } from '../apply/world.ts';
import { type FakeIpvs, fakeIpvs } from '../fake/ipvsadm/fake-ipvs.ts';
import { type FakePacketFilter, fakePacketFilter } from '../fake/packet-filter.ts';
import { fakeControl, status } from '../http/fake-control.ts';
import { serve, tempFolder } from '../http/harness.ts';
import { type SessionOptions, type TestSession, testSession } from './terminal.ts';

vi.setConfig({ testTimeout: 30_000 });

const cluster = `
director: { name: lb1, state: state, reference: [10.10.3.1] }
servers:
  edge1: { address: 10.10.3.20, backups: [spare] }
  edge2: { address: 10.10.3.21, backups: [spare] }
  spare: { address: 10.10.3.29 }
monitors: { tcp: { type: tcp, port: 1935 } }
watches: { edges: { servers: [edge1, edge2, spare], monitors: [tcp], alerts: [failover] } }
virtual_services:
  playout: { fwmark: 1, servers: [edge1, edge2], scheduler: wlc, persistence: 50s }
  stats: { tcp: "10.10.3.30:8090", servers: [edge1], scheduler: rr }
classify: { vip: 10.10.3.30, ports: { tcp: 1935 }, mark: 1 }
alerts: { failover: { type: ipvs } }
`;

interface World {
  readonly folder: string;
  readonly file: string;
  readonly fake: FakeIpvs;
  readonly chosen: FakePacketFilter;
  readonly other: FakePacketFilter;
  readonly parts: Parts;
  /** Why a kind of packet filter cannot be opened. */
  readonly faults: Record<string, PacketFilterError>;
  /** A daemon of another configuration, with a state folder of its own. */
  serveElsewhere(shown: Status): Promise<string>;
  run(args: string, options?: SessionOptions & { readonly during?: (session: TestSession) => void }): Promise<Ran>;
}

interface Ran {
  readonly code: number;
  readonly text: string;
  readonly errors: string;
}

function world(text = cluster): World {
  const folder = tempFolder();
  const file = join(folder, 'understudy.yaml');
  writeFileSync(file, text);
  const fake = fakeIpvs();
  onTestFinished(() => fake.remove());
  const faults: Record<string, PacketFilterError> = {};
  const unixFile = join(folder, 'unix');
  writeFileSync(unixFile, '');
  const [chosen, other] = [fakePacketFilter('nftables', ['nftables: 1 table of others']), fakePacketFilter('iptables')];
  const parts: Parts = {
    runDaemon: async () => 1,
    readConfig: async (path) => readConfig(path, {}),
    probeLocally: async () => [],
    jsonSchema: async () => ({}),
    openKernel: async (config) =>
      openKernel(config, {
        program: fake.program,
        procFile: fake.procFile,
        unixFile,
        chooseFilter: async (_, wanted) => {
          const fault = faults[wanted];
          if (fault !== undefined) throw fault;
          return wanted === 'iptables' ? other : chosen;
        },
      }),
  };
  return {
    folder,
    file,
    fake,
    chosen,
    other,
    parts,
    faults,
    async serveElsewhere(shown) {
      const { path } = await serve(fakeControl(shown));
      appendFileSync(unixFile, `0000: 00000002 00000000 00010000 0001 01 4711 ${path}.new\n`);
      return path;
    },
    async run(args, { during, ...options } = {}) {
      const session = testSession(options);
      const code = main([...args.split(' '), '-c', file], session, parts);
      during?.(session);
      return { code: await code, text: session.text(), errors: session.errors() };
    },
  };
}

const playout = '-A -f 1 -s wlc -p 50 -M 255.255.255.255\n-a -f 1 -r 10.10.3.20:0 -g\n-a -f 1 -r 10.10.3.21:0 -g\n';

/** What the fake kernel has, in the form of `ipvsadm -S -n`. */
function saved({ fake }: World): readonly string[] {
  return fake.ipvsadm('-S -n').stdout.trim().split('\n').sort();
}

describe('plan', () => {
  test('shows the change of each virtual service, the marks, and the exact commands', async () => {
    const { run, fake } = world();
    fake.ipvsadm('-R', '-A -f 1 -s rr\n-a -f 1 -r 10.10.3.20:0 -g -w 5\n-A -t 10.10.3.99:80 -s rr\n');
    expect(await run('plan')).toEqual({ code: 0, errors: '', text: expect.stringContaining('') });
    expect((await run('plan')).text).toBe(`~ playout  fwmark:1
    ~  rr → wlc persistent 50 s
    +  10.10.3.21:0  weight 1      dr  edge2
    ~  10.10.3.20:0  weight 5 → 1  dr  edge1

+ stats  tcp:10.10.3.30:8090  rr
    +  10.10.3.20:8090  weight 1  dr  edge1

  packet marks  nftables
    +  group 10.10.3.30 tcp 1935 mark 1

commands
  ipvsadm -E -f 1 -s wlc -p 50 -M 255.255.255.255
  ipvsadm -a -f 1 -r 10.10.3.21:0 -g -w 1
  ipvsadm -e -f 1 -r 10.10.3.20:0 -g -w 1
  ipvsadm -A -t 10.10.3.30:8090 -s rr
  ipvsadm -a -t 10.10.3.30:8090 -r 10.10.3.20:8090 -g -w 1
  nft -f understudy.nft

  understudy.nft, 1 line
    group 10.10.3.30 tcp 1935 mark 1

▲ 1 virtual service to add, 1 virtual service to change, packet marks to set
  left alone, not in the configuration: tcp:10.10.3.99:80
`);
    expect(fake.log().filter((line) => line.startsWith('start'))).toHaveLength(1);
  });

  test('tells VIP paths in one line, and what is left over by a few rules', async () => {
    const { run, other } = world(
      cluster
        .replace('port: 1935 } }', 'port: 1935 }, path: { type: vip, address: 10.10.3.30, port: 1935 } }')
        .replace('monitors: [tcp]', 'monitors: [tcp, path]'),
    );
    const [group] = marksOf(1).groups as [ReturnType<typeof marksOf>['groups'][0]];
    other.put({ ...marksOf(1), groups: [1, 2, 3, 4, 5, 6].map((mark) => ({ ...group, vips: [`10.0.0.${mark}`] })) });
    const { text, errors } = await run('plan');
    expect(errors).toBe('');
    expect(text).toContain('+ 3 VIP paths  fwmark:2130706432 to fwmark:2130706434\n    +  edge1, edge2, spare\n');
    expect(text).toContain('    -  group 10.0.0.4 tcp 1935 mark 1\n    -  and more\n');
    expect(text).toContain(
      '▲ 2 virtual services to add, 3 VIP paths to add, packet marks to set, what is left over in iptables to take away\n',
    );
  });

  test('is coloured on a terminal only, and says as much without colours', async () => {
    const { run } = world();
    expect((await run('plan', { tty: true })).text).toContain('\x1b[36m+');
    expect((await run('plan')).text).not.toContain('\x1b');
    expect((await run('plan', { env: { LANG: 'C' } })).text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('says in the end all that there is to do, however narrow the terminal is', async () => {
    const { run } = world();
    const { text } = await run('plan', { tty: true, columns: 40, env: { LANG: 'C.UTF-8', NO_COLOR: '1' } });
    expect(text).toMatch(/▲ 2 virtual services to add, packet\nmarks to set\n$/);
  });

  test('gives the commands whole, for a shell, and everything as JSON', async () => {
    const { run } = world();
    const { text } = await run('plan --commands');
    expect(text).toContain("cat > understudy.nft <<'END'\ngroup 10.10.3.30 tcp 1935 mark 1\nEND\nipvsadm -A -f 1");
    const json = JSON.parse((await run('plan --json')).text) as object;
    expect(json).toMatchObject({
      changes: true,
      services: [
        { key: 'fwmark:1', name: 'playout', action: 'add' },
        { key: 'tcp:10.10.3.30:8090', action: 'add' },
      ],
      marks: { backend: 'nftables', differences: [{ sign: '+', text: 'group 10.10.3.30 tcp 1935 mark 1' }] },
      files: [{ name: 'understudy.nft' }],
    });
  });

  test('--check fails while there is something to change', async () => {
    const { run } = world();
    expect((await run('plan --check')).code).toBe(1);
    await run('apply --yes');
    expect(await run('plan --check')).toMatchObject({
      code: 0,
      text: '✔ nothing to change  2 virtual services and the marks are in sync\n',
    });
  });

  test('says what stays as it was found, and why', async () => {
    const { run, fake, chosen } = world();
    fake.ipvsadm('-R', '-A -f 1 -s wlc -p 50\n-a -f 1 -r 10.10.3.29:0 -g\n-a -f 1 -r 10.10.3.21:0 -g -w 0\n');
    fake.ipvsadm('-R', '-A -t 10.10.3.30:8090 -s rr\n-a -t 10.10.3.30:8090 -r 10.10.3.20:8090 -g\n');
    chosen.put(marksOf(1));
    expect((await run('plan')).text).toBe(`  playout  fwmark:1
    ·  edge1 is swapped out, spare stands in for it: the swap is kept
    ·  edge2 is drained in the table, which is kept

✔ nothing to change  2 virtual services and the marks are in sync
`);
  });

  test('knows what hands said of servers, as the daemon wrote it down', async () => {
    const { run, folder } = world();
    mkdirSync(join(folder, 'state'));
    const store = openStore(join(folder, 'state', 'understudy.db'));
    const hold = { server: 'edge1', kind: 'disable', atMs: 1, untilMs: null, why: '', by: 'anna' } as const;
    const past = { ...hold, server: 'edge2', untilMs: 2 };
    store.record({
      holds: [
        { server: 'edge1', hold },
        { server: 'edge2', hold: past },
      ],
    });
    store.close();
    const { text } = await run('plan');
    expect(text).toContain('·  edge1 is manually disabled');
    expect(text).not.toContain('edge2 is disabled');
    expect(text).not.toContain('10.10.3.20');
  });

  test('reads what a daemon has open and does not answer for, and leaves its files as they are', async () => {
    const { run, folder } = world();
    const state = join(folder, 'state');
    mkdirSync(state);
    const store = openStore(join(state, 'understudy.db'));
    onTestFinished(() => store.close());
    const hold = { server: 'edge1', kind: 'disable', atMs: 1, untilMs: null, why: '', by: 'anna' } as const;
    store.record({ holds: [{ server: 'edge1', hold }] });
    const files = () => readdirSync(state).map((name) => [name, statSync(join(state, name)).mtimeMs]);
    const before = files();
    expect((await run('plan')).text).toContain('·  edge1 is manually disabled');
    expect((await run(`save ${folder}/boot`)).code).toBe(0);
    expect(files()).toEqual(before);
    expect(await run('apply --yes')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('another process uses it: is another understudy running?\n'),
    });
  });

  test('asks a daemon that runs what it knows', async () => {
    const { run, folder } = world();
    mkdirSync(join(folder, 'state'));
    const hold = { server: 'edge2', kind: 'disable', atMs: 0, untilMs: null, why: '', by: 'anna' } as const;
    const servers = status().servers.map((one) => ({ ...one, hold: one.name === 'edge2' ? hold : null }));
    await serve(fakeControl(status({ servers })), join(folder, 'state', 'control.sock'));
    const { code, text, errors } = await run('plan');
    expect(text).toContain('edge2 is manually disabled');
    expect(errors).toBe(
      'the daemon runs, and goes by what it sees of the servers, which this plan does not know: `understudy table`\n',
    );
    expect(code).toBe(0);
  });
});

describe('apply', () => {
  test('does it, reads it back, and has nothing to do the second time', async () => {
    const one = world();
    one.fake.ipvsadm('-A -t 10.10.3.99:80 -s rr');
    expect(await one.run('apply --yes')).toMatchObject({
      code: 0,
      errors: '',
      text: expect.stringMatching(/✔ applied {2}and read back: all is as declared\n$/),
    });
    expect(saved(one)).toEqual([
      '-A -f 1 -s wlc -p 50',
      '-A -t 10.10.3.30:8090 -s rr',
      '-A -t 10.10.3.99:80 -s rr',
      '-a -f 1 -r 10.10.3.20:0 -g -w 1',
      '-a -f 1 -r 10.10.3.21:0 -g -w 1',
      '-a -t 10.10.3.30:8090 -r 10.10.3.20:8090 -g -w 1',
    ]);
    expect(one.chosen.kernel()?.groups).toEqual(marksOf(1).groups);
    expect(await one.run('apply --yes')).toMatchObject({ code: 0, text: expect.stringContaining('nothing to change') });
  });

  test.each([
    ['y', 0, true],
    ['\r', 1, false],
    ['n', 1, false],
    ['\x03', 1, false],
    ['\x04', 1, false],
  ])('asks on a terminal, and %j is the answer', async (keys, code, done) => {
    const { run, chosen } = world();
    let state = { raw: true, listeners: 1 };
    const ran = run('apply', {
      tty: true,
      env: { LANG: 'C.UTF-8', NO_COLOR: '1' },
      during: (session) => {
        const answer = async () => {
          await expect.poll(session.text, { timeout: 20_000 }).toContain('Apply? [y/N] ');
          session.press(keys);
          await expect.poll(() => session.keyboardState().raw, { timeout: 20_000 }).toBe(false);
          state = session.keyboardState();
        };
        void answer();
      },
    });
    expect(await ran).toMatchObject({ code, errors: done ? '' : 'nothing was changed\n' });
    expect(chosen.kernel() !== null).toBe(done);
    expect(state).toEqual({ raw: false, listeners: 0 });
  });

  test.each([
    ['apply', 'expected --yes where nobody can be asked: this is no terminal\n'],
    ['clear', 'expected --yes where nobody can be asked: this is no terminal\n'],
  ])('%s without a terminal needs --yes', async (line, errors) => {
    const { run, fake } = world();
    expect(await run(line)).toEqual({ code: 2, text: '', errors });
    expect(fake.log()).toEqual([]);
  });

  test('takes back what it did when the packet filter refuses, and says so in one line', async () => {
    const one = world();
    one.fake.ipvsadm('-R', playout);
    const before = saved(one);
    one.chosen.fail('apply', 'nft refused: no memory');
    expect(await one.run('apply --yes')).toMatchObject({
      code: 1,
      errors:
        'apply failed: nft refused: no memory; rolled back with remove service tcp:10.10.3.30:8090; all is as it was before\n',
    });
    expect(saved(one)).toEqual(before);
  });

  test('takes back what it did when ipvsadm refuses', async () => {
    const one = world();
    one.fake.ipvsadm('-A -f 1 -s rr');
    one.fake.control({ refuse: { text: 'Memory allocation problem', times: 2 } });
    const { code, errors } = await one.run('apply --yes');
    expect(errors).toMatch(
      /^apply failed: ipvsadm refused: Memory allocation problem, wanted .*; rolled back with .*; all is as it was before\n$/,
    );
    expect(code).toBe(1);
    expect(saved(one)).toEqual(['-A -f 1 -s rr']);
    expect(one.chosen.kernel()).toBeNull();
  });

  test('tells the same as JSON', async () => {
    const { run, chosen } = world();
    chosen.fail('apply', 'nft refused: no memory');
    const { code, text } = await run('apply --yes --json');
    expect(JSON.parse(text)).toMatchObject({
      changes: true,
      applied: false,
      cause: 'nft refused: no memory',
      left: [],
    });
    expect(code).toBe(1);
    expect(JSON.parse((await run('apply --yes --json')).text)).toMatchObject({ applied: true });
  });

  test.each([
    [
      'apply --yes',
      'the daemon is running and keeps the tables in sync; `understudy reload` makes it take the file over\n',
    ],
    ['clear --yes', 'the daemon is running and keeps the tables in sync; it would put all back: stop it first\n'],
  ])('%s refuses while the daemon runs', async (line, errors) => {
    const { run, folder, fake } = world();
    mkdirSync(join(folder, 'state'));
    await serve(fakeControl(status()), join(folder, 'state', 'control.sock'));
    expect(await run(line)).toEqual({ code: 1, text: '', errors });
    expect(fake.log()).toEqual([]);
  });
});

describe('beside a daemon with another state folder', () => {
  const marks: Status['marks'] = {
    kind: 'nftables',
    groups: 1,
    clients: 0,
    overrides: 0,
    paths: 0,
    inSyncSinceMs: 0,
    problem: null,
    lastDrift: null,
  };
  const nothingOfIpvs = status().services.map((one) => ({ ...one, balancer: 'memory' }));

  test.each([
    ['apply --yes', status(), 'fwmark:1'],
    ['clear --yes', status(), 'fwmark:1'],
    ['apply --yes', status({ marks }), 'fwmark:1 and the packet marks'],
    ['clear --yes', status({ services: nothingOfIpvs, marks }), 'the packet marks'],
  ])('%s refuses while it keeps the same: %#', async (line, shown, what) => {
    const { run, serveElsewhere, fake } = world();
    const path = await serveElsewhere(shown);
    expect(await run(line)).toEqual({
      code: 1,
      text: '',
      errors: `a daemon keeps ${what}: pid 4711, configuration /etc/understudy/understudy.yaml, socket ${path}; it would undo this: stop it first\n`,
    });
    expect(fake.log()).toEqual([]);
  });

  test('plan says so, and shows what it would be', async () => {
    const { run, serveElsewhere } = world();
    await serveElsewhere(status());
    const { code, text, errors } = await run('plan');
    expect(errors).toMatch(/^a daemon keeps fwmark:1: pid 4711, .*; it would undo this\n$/);
    expect(text).toContain('+ playout  fwmark:1');
    expect(code).toBe(0);
  });

  test('apply goes on where it keeps other services, or nothing of the kernel', async () => {
    const one = world();
    await one.serveElsewhere(status({ services: nothingOfIpvs }));
    await one.serveElsewhere(status({ services: status().services.map((of) => ({ ...of, key: 'fwmark:77' })) }));
    appendFileSync(join(one.folder, 'unix'), '0000: 00000002 00000000 00010000 0001 01 4712 /gone/control.sock.new\n');
    expect(await one.run('apply --yes')).toMatchObject({ code: 0, errors: '' });
  });

  test('what answers like no daemon is none', async () => {
    const { run, serveElsewhere } = world();
    await serveElsewhere({ services: 7 } as unknown as Status);
    await serveElsewhere(null as unknown as Status);
    expect(await run('apply --yes')).toMatchObject({ code: 0, errors: '' });
  });

  test('one that does not answer is told, and apply does nothing', async () => {
    const { run, folder, fake } = world();
    const path = join(folder, 'control.sock');
    const silent = createServer((socket) => socket.destroy()).listen(path);
    onTestFinished(() => void silent.close());
    appendFileSync(join(folder, 'unix'), `0000: 00000002 00000000 00010000 0001 01 4712 ${path}.new\n`);
    const hungUp = expect.stringMatching(`^the daemon on ${path} hung up \\((ECONNRESET|EPIPE)\\)\n$`);
    expect(await run('apply --yes')).toEqual({ code: 1, text: '', errors: hungUp });
    expect(fake.log()).toEqual([]);
    expect(await run('plan')).toMatchObject({ code: 0, errors: hungUp });
  });
});

describe('clear', () => {
  test('takes away what apply made, and leaves a hand-made service byte for byte', async () => {
    const one = world();
    one.fake.ipvsadm('-R', '-A -t 10.10.3.99:80 -s rr\n-a -t 10.10.3.99:80 -r 10.10.3.20:80 -g -w 3\n');
    const before = one.fake.proc();
    await one.run('apply --yes');
    one.other.put(marksOf(1));
    expect(await one.run('clear --yes')).toEqual({
      code: 0,
      errors: '',
      text: `-  virtual service fwmark:1 with 2 real servers
-  virtual service tcp:10.10.3.30:8090 with 1 real server
-  nftables: group 10.10.3.30 tcp 1935 mark 1
-  iptables: group 10.10.3.30 tcp 1935 mark 1
✔ took away
    nftables: table inet understudy
    iptables: chain UNDERSTUDY in mangle
    virtual service fwmark:1
    virtual service tcp:10.10.3.30:8090
  left as it is
    virtual service tcp:10.10.3.99:80
    nftables: 1 table of others
`,
    });
    expect(one.fake.proc()).toBe(before);
    expect((await one.run('clear --yes')).text).toContain('✔ nothing of ours was there\n');
  });
});

describe('save', () => {
  test('writes what ipvsadm -R and nft load, and says how', async () => {
    const one = world();
    const folder = join(one.folder, 'boot');
    const { code, text, errors } = await one.run(`save ${folder}`);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(text).toContain(`✔ saved 5 files  in ${folder}\n`);
    expect(text).toContain(`  systemctl enable ${folder}/understudy-saved.service\n`);
    expect(text).toContain('  ipvsadm -R < ipvsadm.rules\n  nft -f understudy.nft\n');
    const loaded = one.fake.ipvsadm('-R', readFileSync(join(folder, 'ipvsadm.rules'), 'utf8'));
    expect(loaded).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await one.run('plan')).text).toContain('▲ packet marks to set\n');
    expect((await one.run(`save ${folder}`)).code).toBe(0);
  });

  test('gives a path with spaces as a shell takes it', async () => {
    const one = world();
    mkdirSync(join(one.folder, "an operator's"));
    const session = testSession();
    const folder = join(one.folder, "an operator's", 'boot');
    expect(await main(['save', folder, '-c', one.file], session, one.parts)).toBe(0);
    expect(session.text()).toContain(
      `  systemctl enable '${one.folder}/an operator'\\''s/boot/understudy-saved.service'\n`,
    );
  });

  test('does not replace what somebody else wrote', async () => {
    const one = world();
    writeFileSync(join(one.folder, 'ipvsadm.rules'), 'mine');
    const { code, errors } = await one.run(`save ${one.folder}`);
    expect(errors).toContain('it was not written by understudy save; --force replaces it\n');
    expect(code).toBe(1);
    expect((await one.run(`save ${one.folder} --force`)).code).toBe(0);
  });
});

test('a configuration whose pools are all in memory asks nothing of the kernel, and every command says so', async () => {
  const one = world(
    cluster
      .replaceAll('scheduler:', 'balancer: memory, scheduler:')
      .replace('type: ipvs', 'type: memory')
      .replace(/classify.*\n/, ''),
  );
  const right = '✔ nothing to change  no virtual service is meant for IPVS, and the marks are in sync\n';
  expect(await one.run('plan')).toEqual({ code: 0, text: right, errors: '' });
  expect(await one.run('apply --yes')).toEqual({ code: 0, text: right, errors: '' });
  const folder = join(one.folder, 'boot');
  expect(await one.run(`save ${folder}`)).toEqual({
    code: 0,
    text: `✔ saved 3 files  in ${folder}
▲ they load nothing: no virtual service is meant for IPVS, and no packet gets a mark
`,
    errors: '',
  });
  expect(spawnSync('sh', [join(folder, 'understudy-load.sh')]).status).toBe(0);
});

describe('bad input', () => {
  test.each(['plan', 'apply --yes', 'clear --yes', 'save boot'])(
    '%s refuses a configuration that is not valid with every problem of it',
    async (line) => {
      const one = world(cluster.replace('10.10.3.20', '10.10.3.300').replace('fwmark: 1', 'fwmark: 0'));
      const { code, text, errors } = await one.run(line);
      expect(code).toBe(1);
      expect(text).toBe('');
      expect(errors.split('\n')).toEqual([
        expect.stringContaining(`${one.file}:4:`),
        expect.stringContaining(`${one.file}:10:`),
        `2 problems in ${one.file}`,
        '',
      ]);
      expect(one.fake.log()).toEqual([]);
      expect(existsSync('boot')).toBe(false);
    },
  );

  test('clear takes the marks away where there is no IPVS, and so no service either', async () => {
    const one = world();
    one.fake.uninstall('module');
    one.fake.control({ init: 'module' });
    one.chosen.put(marksOf(1));
    expect(await one.run('clear --yes')).toMatchObject({ code: 0, errors: '' });
    expect(one.chosen.kernel()).toBeNull();
  });

  test.each(['plan', 'apply --yes'])('%s says in one line that there is no IPVS', async (line) => {
    const one = world();
    one.fake.uninstall('module');
    one.fake.control({ init: 'module' });
    const { code, text, errors } = await one.run(line);
    expect({ code, text }).toEqual({ code: 1, text: '' });
    expect(errors).toMatch(
      /^no IPVS in the kernel: expected the module ip_vs, got `.*`; load it with `modprobe ip_vs`\n$/,
    );
    expect(one.chosen.calls).toEqual([]);
  });

  test('apply says in one line that there is no ipvsadm', async () => {
    const one = world();
    one.fake.uninstall('ipvsadm');
    const { code, errors } = await one.run('apply --yes');
    expect(errors).toMatch(
      /^apply failed: no ipvsadm: expected `.*` in PATH; install the package ipvsadm; nothing was changed\n$/,
    );
    expect(code).toBe(1);
  });

  test.each(['plan', 'apply --yes', 'clear --yes'])('%s says in one line that it is not allowed to', async (line) => {
    const one = world();
    const text = 'nft is not allowed to: expected root or CAP_NET_ADMIN, got `Operation not permitted`';
    one.chosen.fail('differences', text, { kind: 'permission', times: 9 });
    expect(await one.run(line)).toEqual({ code: 1, text: '', errors: `${text}\n` });
  });

  const shut = new PacketFilterError(
    'permission',
    'expected a working iptables: iptables-save is not allowed to: expected root or CAP_NET_ADMIN, got `you must be root`',
  );
  const unseen = `${shut.message}; rules of ours may be left there\n`;

  test('names the packet filter that may not be looked at, and goes on with the other', async () => {
    const one = world();
    one.faults['iptables'] = shut;
    expect(await one.run('plan')).toMatchObject({ code: 0, errors: unseen });
    expect(await one.run('apply --yes')).toMatchObject({ code: 0, errors: unseen });
    expect(one.chosen.kernel()).not.toBeNull();
    const { code, text, errors } = await one.run('clear --yes --json');
    expect({ code, errors }).toEqual({ code: 1, errors: unseen });
    expect(JSON.parse(text)).toMatchObject({ failed: null, unseen: [unseen.trim()] });
    expect(one.chosen.kernel()).toBeNull();
  });

  test('clear does nothing where no packet filter may be looked at', async () => {
    const one = world();
    for (const kind of ['auto', 'nftables', 'iptables']) one.faults[kind] = shut;
    expect(await one.run('clear --yes')).toEqual({ code: 1, text: '', errors: `${shut.message}\n` });
    expect(one.fake.log()).toEqual([]);
  });

  test('leaves pools of HAProxy alone, and says so', async () => {
    const proxied = cluster.replace(
      'virtual_services:\n',
      'virtual_services:\n  uploads: { balancer: haproxy, haproxy: { backend: b }, servers: [edge1] }\n',
    );
    const { run } = world(proxied);
    const { text, errors } = await run('plan');
    expect(errors).toContain(
      'pool uploads of HAProxy: not part of the kernel, and left alone here: `understudy table` has what the daemon does\n',
    );
    expect(text).not.toContain('uploads');
  });
});
