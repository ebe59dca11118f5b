/** The built program as its users start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { badNight, fakeControl, historyRows, place, service, status } from '../http/fake-control.ts';
import { serve, tempFolder } from '../http/harness.ts';

const program = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

interface Ran {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

function start(...args: readonly string[]): Ran {
  const env = { PATH: process.env['PATH'], HOME: tempFolder(), LANG: 'C.UTF-8', SUDO_USER: 'anna' };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { child, out: () => out, err: () => err, ended: once(child, 'close').then(([code]) => code as number | null) };
}

test('answers --version and --help without loading its parts', async () => {
  const version = start('--version');
  expect(await version.ended).toBe(0);
  expect(version.out()).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = start('help', 'drain');
  expect(await help.ended).toBe(0);
  expect(help.out()).toContain('Usage: understudy drain');
});

test('ends with status 2 where no daemon runs, and with 2 for a wrong command', async () => {
  const nobody = start('status', '--socket', `${tempFolder()}/control.sock`);
  expect(await nobody.ended).toBe(2);
  expect(nobody.err()).toContain('start it with: systemctl start understudy');
  const wrong = start('statsu');
  expect(await wrong.ended).toBe(2);
  expect(wrong.err()).toContain('Did you mean status?');
});

test('asks a daemon over its socket, in the name of who called sudo', async () => {
  const control = fakeControl(badNight());
  const { path } = await serve(control);
  const asked = start('status', '--socket', path);
  expect(await asked.ended).toBe(0);
  expect(asked.out()).toContain('✖ 1 of 4 servers failing');
  expect(asked.out()).not.toContain('\x1b');
  const held = start('disable', 'edge1', '--socket', path, '--json');
  expect(await held.ended).toBe(0);
  expect(JSON.parse(held.out())).toMatchObject({ by: 'anna', kind: 'disable' });
});

test('is quiet when its reader has enough', async () => {
  const rows = Array.from({ length: 2_000 }, () => historyRows).flat();
  const { path } = await serve(fakeControl(status(), { history: async () => rows }));
  const many = start('history', '--socket', path);
  await once(many.child.stdout as NodeJS.ReadableStream, 'data');
  many.child.stdout?.destroy();
  expect(await many.ended).toBe(0);
  expect(many.err()).toBe('');
});

test('a signal ends the waiting of drain, and the server stays drained', async () => {
  const hold = { server: 'edge1', kind: 'drain', atMs: 0, untilMs: null, why: '', by: 'anna' } as const;
  const busy = [place('edge1', '10.10.3.20', { activeConns: 7, desiredWeight: 0, actualWeight: 0 })];
  const control = fakeControl(
    status({ services: [service(busy)], servers: status().servers.map((one) => ({ ...one, hold })) }),
  );
  let asked = 0;
  const { path } = await serve({
    ...control,
    status: () => {
      asked += 1;
      return control.status();
    },
  });
  const waiting = start('drain', 'edge1', '--wait', '--socket', path);
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(1);
  waiting.child.kill('SIGINT');
  expect(await waiting.ended).toBe(1);
  expect(waiting.out()).toContain('stays drained, 7 active connections left');
});
