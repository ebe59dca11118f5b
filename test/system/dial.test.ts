import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test, vi } from 'vitest';
import { dial } from '../../src/system/dial.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => {}));
  cleanups.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A port whose queue is full and whose program sleeps: the kernel drops every further SYN, as a dark host would. */
async function silentPort(): Promise<number> {
  const program = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(() => child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('expected the stdout of the child');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  child.kill('SIGSTOP');
  const port = Number(line);
  for (let i = 0; i < 4; i++) cleanups.push(dial('127.0.0.1', port, {}));
  return port;
}

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => /^TCP(Socket|Connect)Wrap$/.test(name)).length;

test('lets go at once of an attempt that nobody answers', async () => {
  const port = await silentPort();
  const opened: string[] = [];
  const before = sockets();
  const hangUps = Array.from({ length: 5 }, () => dial('127.0.0.1', port, { onOpen: () => opened.push('open') }));
  expect(sockets()).toBeGreaterThan(before);
  for (const hangUp of hangUps) hangUp();
  await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before));
  expect(opened).toEqual([]);
});

test('ends an open connection by reset and says nothing more', async () => {
  const { server, port } = await listen();
  const said: string[] = [];
  const ended = new Promise<string>((resolve) => {
    server.once('connection', (socket) => {
      socket.resume().on('end', () => resolve('end'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  });
  await new Promise<void>((resolve) => {
    const hangUp = dial('127.0.0.1', port, {
      onOpen: () => {
        hangUp();
        resolve();
      },
      onClosed: () => said.push('closed'),
    });
  });
  expect(await ended).toBe('ECONNRESET');
  expect(said).toEqual([]);
});

test('tells a refusal from an end', async () => {
  const { server, port } = await listen();
  const closed = new Promise<string>((resolve) => {
    server.once('connection', (socket) => socket.destroy());
    dial('127.0.0.1', port, { onClosed: () => resolve('closed'), onRefused: () => resolve('refused') });
  });
  expect(await closed).toBe('closed');
  server.close();
  await once(server, 'close');
  const refused = new Promise<string>((resolve) => {
    dial('127.0.0.1', port, { onOpen: () => resolve('open'), onRefused: () => resolve('refused') });
  });
  expect(await refused).toBe('refused');
});
