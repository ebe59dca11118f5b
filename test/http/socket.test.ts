import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openControlSocket } from '../../src/http/socket.ts';
import { systemClock } from '../../src/system/clock.ts';
import { fakeControl, status } from './fake-control.ts';
import { ask, serve, silentLog, tempFolder } from './harness.ts';

const open = (path: string) => openControlSocket({ path, control: fakeControl(), clock: systemClock, log: silentLog });

test('opens for its owner and its group only, and leaves nothing behind', async () => {
  const folder = tempFolder();
  const path = join(folder, 'control.sock');
  const socket = await open(path);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  expect(existsSync(`${path}.new`)).toBe(false);
  await socket.close();
  expect(existsSync(path)).toBe(false);
});

test('refuses where a daemon runs already, and names its pid', async () => {
  const { path } = await serve(fakeControl());
  await expect(open(path)).rejects.toThrow('another understudy already runs here (pid 4711)');
  expect((await ask(path, 'GET', '/status')).status).toBe(200);
});

test('finds the pid in a status of any size', async () => {
  const name = 'x'.repeat(200_000);
  const { path } = await serve(fakeControl(status({ problems: [{ kind: 'store', text: name, sinceMs: 0 }] })));
  await expect(open(path)).rejects.toThrow('(pid 4711)');
});

test('refuses also when the other one has something else to say', async () => {
  const path = join(tempFolder(), 'control.sock');
  const other = createServer((connection) => connection.end('go away\n'));
  other.listen(path);
  await once(other, 'listening');
  onTestFinished(() => {
    other.close();
  });
  await expect(open(path)).rejects.toThrow('another understudy already runs here (pid unknown, it does not answer)');
});

test('replaces the socket of a daemon that was killed', async () => {
  const path = join(tempFolder(), 'control.sock');
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`,
  ]);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(path)).toBe(true);
  await serve(fakeControl(), path);
  expect((await ask(path, 'GET', '/status')).status).toBe(200);
});

test('does not delete a file that is no socket', async () => {
  const path = join(tempFolder(), 'control.sock');
  writeFileSync(path, 'precious');
  await expect(open(path)).rejects.toThrow('expected a socket or nothing, got another kind of file');
  expect(existsSync(path)).toBe(true);
});

test('says when the path is too long for a socket', async () => {
  await expect(open(`/tmp/${'x'.repeat(120)}`)).rejects.toThrow('expected a path of at most 103 bytes, got 125');
});

test('leaves the socket of a successor in place', async () => {
  const path = join(tempFolder(), 'control.sock');
  const first = await open(path);
  const { rm } = await import('node:fs/promises');
  await rm(path);
  await serve(fakeControl(), path);
  await first.close();
  expect((await ask(path, 'GET', '/status')).status).toBe(200);
});

test('ends open event streams when it closes', async () => {
  const control = fakeControl();
  const { path, close } = await serve(control);
  const asked = request({ socketPath: path, path: '/events' });
  asked.end();
  const [answer] = await once(asked, 'response');
  await once(answer, 'data');
  expect(control.listeners()).toBe(1);
  const ended = once(answer, 'end');
  answer.resume();
  await close();
  await ended;
  expect(control.listeners()).toBe(0);
});

test('forgets an event stream whose client left', async () => {
  const control = fakeControl();
  const { path } = await serve(control);
  const asked = request({ socketPath: path, path: '/events' });
  asked.on('error', () => {});
  asked.end();
  const [answer] = await once(asked, 'response');
  answer.on('error', () => {});
  await once(answer, 'data');
  asked.destroy();
  await expect.poll(() => control.listeners(), { timeout: 5000 }).toBe(0);
});

test('closes in time although a client sends half a request', async () => {
  const { path, close } = await serve(fakeControl());
  const half = connect(path);
  half.on('error', () => {});
  await once(half, 'connect');
  half.write('POST /reload HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
  const closed = once(half, 'close');
  half.resume();
  await close();
  await closed;
});
