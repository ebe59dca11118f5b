import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Status } from '../../src/api/control.ts';
import { openClient } from '../../src/cli/client.ts';
import { exitCodeOf } from '../../src/cli/session.ts';
import { fakeControl, status } from '../http/fake-control.ts';
import { serve, tempFolder } from '../http/harness.ts';

/** Something that listens and is no daemon: it does as it is told with each connection. */
async function impostor(behave: (connection: Socket) => void): Promise<string> {
  const path = join(tempFolder(), 'control.sock');
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('error', () => {});
    behave(connection);
  });
  server.listen(path);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const connection of connections) connection.destroy();
    server.close();
  });
  return path;
}

const answer = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

test('says how to start a daemon where none answers', async () => {
  const path = join(tempFolder(), 'control.sock');
  const fault = await openClient(path)
    .get('/status')
    .catch((error: unknown) => error);
  expect(fault).toMatchObject({
    message: `no daemon answers on ${path}: expected a running understudy, got ENOENT; start it with: systemctl start understudy`,
  });
  expect(exitCodeOf(fault)).toBe(2);
});

test.each([
  ['stays silent', () => {}, 'gave no answer to GET /status in 0.1s'],
  ['hangs up', (connection: Socket) => connection.destroy(), 'hung up'],
  ['answers half', (connection: Socket) => connection.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'), 'hung up'],
  [
    'talks of other things',
    (connection: Socket) => connection.end(answer('<html>')),
    'expected JSON from a daemon, got `<html>`',
  ],
])('fails clearly when the other end %s', async (_, behave, error) => {
  const client = openClient(await impostor(behave));
  const fault = await client.get('/status', { timeoutMs: 100 }).catch((caught: unknown) => caught);
  expect((fault as Error).message).toContain(error);
  expect(exitCodeOf(fault)).toBe(1);
});

test('fails clearly when the other end does not speak HTTP', async () => {
  const client = openClient(await impostor((connection) => connection.end('220 mail ready\r\n')));
  await expect(client.get('/status')).rejects.toThrow();
});

test('the event stream yields what is shown, and ends when it is told to', async () => {
  const control = fakeControl();
  const client = openClient((await serve(control)).path);
  const stop = new AbortController();
  const names: string[] = [];
  for await (const { director } of client.events<Status>('/events', { silenceMs: 5000, signal: stop.signal })) {
    names.push(director.name);
    if (names.length === 1) control.show(status({ director: { ...status().director, name: 'lb2' } }));
    else stop.abort();
  }
  expect(names).toEqual(['lb1', 'lb2']);
  await expect.poll(() => control.listeners(), { timeout: 5000 }).toBe(0);
});

test('the event stream takes the newest of several events that come together', async () => {
  const head = 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n';
  const events = 'event: status\ndata: 1\n\nevent: status\ndata: 2\n\nevent: status\ndata: 3';
  const path = await impostor((connection) => connection.write(`${head}${events}`, () => connection.end('\n\n')));
  const numbers: number[] = [];
  const listen = async () => {
    const signal = new AbortController().signal;
    for await (const number of openClient(path).events<number>('/events', { silenceMs: 5000, signal }))
      numbers.push(number);
  };
  await expect(listen()).rejects.toThrow('ended the stream');
  expect(numbers.at(-1)).toBe(3);
});

test('the event stream breaks when nothing is heard', async () => {
  const path = await impostor((connection) => connection.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n'));
  const listen = async () => {
    const signal = new AbortController().signal;
    for await (const _ of openClient(path).events('/events', { silenceMs: 50, signal }));
  };
  await expect(listen()).rejects.toThrow(`heard nothing from ${path} for 0.05s`);
});
