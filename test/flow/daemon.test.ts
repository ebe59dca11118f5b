/** The built program as its users run it: a process, a file, signals, a socket. Needs `npm run build`. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/control.ts';
import { fakeIpvs } from '../fake/ipvsadm/fake-ipvs.ts';

const program = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const hosts = { edge1: '127.20.0.1', edge2: '127.20.0.2', spare: '127.20.0.9' } as const;
type Host = keyof typeof hosts;

let folder: string;
let port = 0;
const daemons = new Set<ChildProcess>();
const listeners = new Map<Host, { readonly server: Server; readonly sockets: Set<Socket> }>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-flow-'));
  port = 0;
  for (const host of Object.keys(hosts) as Host[]) await bringUp(host);
});

afterEach(async () => {
  for (const daemon of daemons) {
    if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
    const gone = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await gone;
  }
  daemons.clear();
  for (const host of [...listeners.keys()]) await takeDown(host);
  rmSync(folder, { recursive: true, force: true });
});

async function bringUp(host: Host): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(port, hosts[host]);
  await once(server, 'listening');
  port = (server.address() as { port: number }).port;
  listeners.set(host, { server, sockets });
}

async function takeDown(host: Host): Promise<void> {
  const { server, sockets } = listeners.get(host) as { server: Server; sockets: Set<Socket> };
  listeners.delete(host);
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

const file = (name: string): string => join(folder, name);

function configure(balancer: 'memory' | 'ipvs' = 'memory', change: (text: string) => string = (text) => text): void {
  const text = `
director: { name: lb1, reference: [127.0.0.1], state: state, reconcile: 1s }
servers:
  edge1: { address: ${hosts.edge1}, backups: [spare] }
  edge2: { address: ${hosts.edge2}, backups: [spare] }
  spare: { address: ${hosts.spare} }
monitors:
  video: { type: tcp, port: ${port} }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [video], alerts: [failover, oncall] }
virtual_services:
  playout: { balancer: ${balancer}, fwmark: 1, scheduler: rr, persistence: 50s, servers: [edge1, edge2], fail_back: { after: 1s } }
alerts:
  failover: { type: ${balancer} }
  oncall: { type: mail, to: [oncall@example.org] }
mail: { folder: mail, from: understudy@lb1.example.org }
`;
  writeFileSync(file('understudy.yaml'), change(text));
}

async function start(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess & { readonly said: () => string }> {
  const daemon = spawn(process.execPath, [program, 'run', '--config', file('understudy.yaml')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  daemons.add(daemon);
  let said = '';
  for (const stream of [daemon.stdout, daemon.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  await until(() => said.includes('"msg":"started"') || daemon.exitCode !== null, 'the daemon runs or ends');
  return Object.assign(daemon, { said: () => said });
}

async function end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const gone = once(daemon, 'exit');
  daemon.kill(signal);
  return (await gone)[0] as number | null;
}

function command(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const all = [program, ...args, '--socket', file('state/control.sock')];
  return new Promise((resolve) => {
    execFile(process.execPath, all, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

async function status(): Promise<Status> {
  const { out, err } = await command('status', '--json');
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Status;
}

async function pooled(): Promise<string> {
  const names = (await status()).services[0]?.places.filter((place) => (place.actualWeight ?? 0) > 0);
  return names?.map((place) => place.server).join(' ') ?? '';
}

async function until(what: () => boolean | Promise<boolean>, name: string, limitMs = 20_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await what())) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms for: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const emails = (): string[] => {
  const mail = file('mail');
  if (!existsSync(mail)) return [];
  const subject = (name: string): string =>
    /^Subject: (.*(?:\r?\n .*)*)/m.exec(readFileSync(join(mail, name), 'utf8'))?.[1] ?? '';
  return readdirSync(mail)
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => subject(name).replace(/\r?\n /g, ' '));
};

describe('the daemon', () => {
  it('swaps, mails, fails back and stops cleanly', async () => {
    configure();
    const daemon = await start();
    await until(async () => (await pooled()) === 'edge1 edge2', 'both are pooled');
    await takeDown('edge1');
    await until(async () => (await pooled()) === 'edge2 spare', 'the swap');
    await until(() => emails().length === 1, 'the mail');
    expect(emails()).toEqual(['[understudy] edge1 DOWN: video refused -> spare took over']);
    await bringUp('edge1');
    await until(async () => (await pooled()) === 'edge1 edge2', 'the fail-back');
    await until(() => emails().length === 2, 'the recovery mail');
    expect(emails()[1]).toMatch(/edge1 RECOVERED/);
    expect(await end(daemon, 'SIGTERM')).toBe(0);
    expect(existsSync(file('state/control.sock'))).toBe(false);
    expect((await command('status')).code).toBe(2);
  });

  it('resumes after kill -9: the incident, the hold and the mail thread', async () => {
    configure();
    const first = await start();
    await until(async () => (await pooled()) === 'edge1 edge2', 'both are pooled');
    await takeDown('edge1');
    await until(() => emails().length === 1, 'the mail');
    expect((await command('drain', 'edge2', '--for', '1h', '--why', 'kernel')).code).toBe(0);
    await end(first, 'SIGKILL');
    await start();
    await until(async () => (await status()).servers[0]?.status === 'fail', 'edge1 is seen failing again');
    expect((await status()).servers[1]?.hold).toMatchObject({ kind: 'drain', why: 'kernel' });
    expect(emails()).toHaveLength(1);
    await bringUp('edge1');
    await until(() => emails().length === 2, 'the recovery mail');
    const [down, up] = readdirSync(file('mail'))
      .sort()
      .map((name) => readFileSync(join(file('mail'), name), 'utf8'));
    const id = /^Message-ID: (<.*>)/m.exec(down ?? '')?.[1] ?? 'none';
    expect(up).toContain(`In-Reply-To: ${id}`);
  });

  it('changes nothing for a configuration that is not valid, and says what is wrong', async () => {
    configure();
    const daemon = await start();
    await until(async () => (await pooled()) === 'edge1 edge2', 'both are pooled');
    configure('memory', (text) => text.replace('scheduler: rr', 'schedular: rr'));
    daemon.kill('SIGHUP');
    await until(async () => (await status()).director.configError !== null, 'the refusal is shown');
    expect((await status()).director.configError).toMatch(/understudy\.yaml:\d+:\d+: unknown key `schedular`/);
    const refused = await command('reload');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/did you mean `scheduler`/);
    expect(await pooled()).toBe('edge1 edge2');
    configure('memory', (text) => text.replace('servers: [edge1, edge2], fail_back', 'servers: [edge1], fail_back'));
    const { code, out } = await command('reload', '--json');
    const warnings = [expect.stringMatching(/the backups of `edge2` are never used, it is in no pool$/)];
    expect([code, JSON.parse(out)]).toEqual([0, { changed: ['virtual service playout changed'], warnings }]);
    await until(async () => (await pooled()) === 'edge1', 'edge2 is out');
    expect((await status()).director.configError).toBeNull();
  });

  it('refuses to run twice on one state folder, and does not touch the table', async () => {
    configure();
    await start();
    const second = await start();
    await until(() => second.exitCode !== null, 'the second ends');
    expect(second.exitCode).toBe(1);
    expect(second.said()).toContain('is another understudy running?');
    expect((await status()).director.pid).not.toBe(second.pid);
  });

  it('ends with every problem of the configuration, one line each', async () => {
    configure('memory', (text) =>
      text.replace('type: tcp', 'type: tpc').replace('backups: [spare]', 'backups: [spar]'),
    );
    const daemon = await start();
    await until(() => daemon.exitCode !== null, 'it ends');
    expect(daemon.exitCode).toBe(1);
    expect(daemon.said()).toMatch(/2 problems in .*\n.*:4:\d+: .*`spar`.*`spare`.*\n.*:8:\d+: .*`tpc`.*`tcp`/);
  });

  it('goes on watching where there is no table to keep, and says so', async () => {
    const ipvs = fakeIpvs();
    try {
      configure('ipvs');
      // The fake keeps a table of its own, which is not the one in this host's /proc: what it accepts never shows.
      const daemon = await start({ PATH: `${ipvs.folder}:${process.env['PATH']}` });
      await until(async () => (await status()).servers.every((server) => server.status === 'ok'), 'all are ok');
      const { problems, services } = await status();
      expect(problems).toMatchObject([{ kind: 'balancer' }]);
      expect(services[0]?.problem).not.toBeNull();
      expect(await end(daemon, 'SIGTERM')).toBe(0);
    } finally {
      ipvs.remove();
    }
  });

  it('probes without a daemon', async () => {
    configure();
    const { code, out } = await command('probe', 'edge1', '--config', file('understudy.yaml'));
    expect(code).toBe(0);
    expect(out).toContain('connected');
    await takeDown('edge1');
    expect((await command('probe', 'edge1', '--config', file('understudy.yaml'))).code).toBe(1);
  });
});
