import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { admission } from '../../src/agent/admission.ts';
import { type AgentServer, openServer, type ServerOptions } from '../../src/agent/server.ts';
import { parseNetwork } from '../../src/config/networks.ts';
import { systemClock } from '../../src/system/clock.ts';
import { manualClock } from '../fake/clock.ts';
import { silentLog } from '../http/harness.ts';

const defaults: ServerOptions = {
  bind: '127.0.0.1',
  port: 0,
  admits: admission([]),
  answer: () => 'up 85%',
  report: () => '{"understudy_agent":1}',
  clock: systemClock,
  log: silentLog,
};

async function open(options: Partial<ServerOptions> = {}): Promise<AgentServer> {
  const server = await openServer({ ...defaults, ...options });
  onTestFinished(() => server.close());
  return server;
}

function dial(port: number, localAddress = '127.0.0.1'): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** `once` would reject at a reset. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** All that the agent sends, from the connect to its end. */
async function ask(port: number, request = '', localAddress?: string): Promise<string> {
  const socket = dial(port, localAddress);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(request);
  await closeOf(socket);
  return text;
}

describe('the port', () => {
  test('says its line at once, before anything is asked', async () => {
    const { port } = await open({ clock: manualClock() });
    const [line] = await once(dial(port), 'data');
    expect(String(line)).toBe('up 85%\n');
  });

  test.each([['metrics\n'], ['METRICS\r\n'], ['metrics edge1\n'], ['  metrics\n']])(
    'adds the figures for %j',
    async (request) => {
      const { port } = await open({ clock: manualClock() });
      expect(await ask(port, request)).toBe('up 85%\n{"understudy_agent":1}\n');
    },
  );

  test('says them once, however often they are asked for', async () => {
    const { port } = await open({ clock: manualClock() });
    expect(await ask(port, 'metrics\nmetrics\nmetrics\n')).toBe('up 85%\n{"understudy_agent":1}\n');
  });

  test('a request that comes in pieces is one request', async () => {
    const { port } = await open({ clock: manualClock() });
    const socket = dial(port);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    for (const letter of 'metrics') {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write('\n');
    await once(socket, 'close');
    expect(text).toBe('up 85%\n{"understudy_agent":1}\n');
  });

  test.each(['GET / HTTP/1.0\r\n\r\n', 'metric\n', 'metricss\n', '\n', '\0\xff\n'])(
    '%j gets the line and an orderly end',
    async (request) => {
      const clock = manualClock();
      const { port } = await open({ clock });
      const asked = ask(port, request);
      await expect.poll(clock.timers).toBe(2);
      await clock.advance(500);
      expect(await asked).toBe('up 85%\n');
    },
  );

  test('whoever half-closes gets the line and the end at once', async () => {
    const { port } = await open({ clock: manualClock() });
    const socket = dial(port);
    socket.end();
    const [line] = await once(socket, 'data');
    expect(String(line)).toBe('up 85%\n');
    await once(socket, 'close');
  });

  test('says an empty line while nothing is known, before its figures', async () => {
    const { port } = await open({ answer: () => null, clock: manualClock() });
    expect(await ask(port, 'metrics\n')).toBe('\n{"understudy_agent":1}\n');
  });

  test('a flood is not read, and gets the line all the same', async () => {
    const { port } = await open();
    expect(await ask(port, 'x'.repeat(2000))).toBe('up 85%\n');
  });

  test('a client that stays is told the end after half a second, and cut off after two', async () => {
    const clock = manualClock();
    const { port } = await open({ clock });
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    onTestFinished(() => void socket.destroy());
    await once(socket, 'data');
    const ended = once(socket, 'end');
    await clock.advance(499);
    expect(socket.readableEnded).toBe(false);
    await clock.advance(1);
    await ended;
    const closed = closeOf(socket);
    await clock.advance(1499);
    expect(socket.destroyed).toBe(false);
    await clock.advance(1);
    // That it was cut is seen when something is sent: the first is answered by a reset, the next one fails.
    const sending = setInterval(() => socket.write('x'), 10);
    await closed;
    clearInterval(sending);
    expect(clock.timers()).toBe(0);
  });

  test('closes whoever is still there when it ends', async () => {
    const clock = manualClock();
    const server = await openServer({ ...defaults, clock });
    const socket = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'data');
    await clock.advance(500);
    await server.close();
    await expect.poll(clock.timers).toBe(0);
  });

  test('survives a reset at any moment', async () => {
    const { port } = await open();
    for (let count = 0; count < 50; count += 1) {
      const socket = dial(port);
      await once(socket, 'connect');
      if (count % 2 === 0) socket.write('metrics\n');
      socket.resetAndDestroy();
    }
    expect(await ask(port, 'metrics\n')).toContain('up 85%\n');
  });

  test('whoever resets before being accepted is no stranger, and is not warned of', async () => {
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (...words: readonly unknown[]) => void warnings.push(words) };
    const { port } = await open({ log });
    const sockets = Array.from({ length: 200 }, () => dial(port));
    for (const socket of sockets) socket.once('connect', () => socket.resetAndDestroy());
    await Promise.all(sockets.map(closeOf));
    expect(await ask(port)).toBe('up 85%\n');
    expect(warnings).toEqual([]);
  });

  test('the 257th connection is refused, and the others are served', async () => {
    const clock = manualClock();
    const { port } = await open({ clock });
    const sockets = Array.from({ length: 256 }, () => dial(port));
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    expect(await ask(port, 'metrics\n')).toBe('');
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => ask(port, 'metrics\n')).toContain('up 85%');
  });

  test('a port that is taken is said at once', async () => {
    const { port } = await open();
    await expect(open({ port })).rejects.toThrow('EADDRINUSE');
  });
});

describe('who may ask', () => {
  const networks = (...texts: readonly string[]) =>
    texts.map((text) => {
      const parsed = parseNetwork(text);
      if (!('ok' in parsed)) throw new Error(parsed.expected);
      return parsed.ok;
    });

  test.each([
    ['10.10.3.5', true],
    ['10.10.3.6', false],
    ['192.168.7.200', true],
    ['192.168.8.1', false],
    ['::ffff:10.10.3.5', true],
    ['2001:db8::5', true],
    ['2001:db9::5', false],
    ['fe80::1%eth0', true],
    ['127.0.0.1', true],
    ['::1', true],
    ['', false],
    ['nonsense', false],
  ])('%s: %s', (address, admitted) => {
    const admits = admission(networks('10.10.3.5', '192.168.7.0/24', '2001:db8::/32', 'fe80::1'));
    expect(admits(address)).toBe(admitted);
  });

  test('`any` is everybody', () => {
    expect(admission(['any'])('203.0.113.9')).toBe(true);
  });

  test('a stranger gets a reset and not a byte, and is logged once', async () => {
    const warnings: object[] = [];
    const { port } = await open({
      admits: (address) => address !== '127.0.0.2',
      log: { ...silentLog, warn: (fields) => void warnings.push(fields) },
    });
    expect(await ask(port, 'metrics\n', '127.0.0.2')).toBe('');
    expect(await ask(port, '', '127.0.0.2')).toBe('');
    expect(await ask(port, 'metrics\n')).toContain('up 85%');
    expect(warnings).toEqual([{ address: '127.0.0.2' }]);
  });
});

describe('the last word', () => {
  test('is waited for until everybody who asked lately has heard it', async () => {
    const clock = manualClock();
    const server = await open({ clock });
    const hear = async (address: string) => {
      const socket = dial(server.port, address);
      const [line] = await once(socket, 'data');
      // As HAProxy does with its line in hand.
      socket.resetAndDestroy();
      return String(line);
    };
    await hear('127.0.0.2');
    await hear('127.0.0.3');
    let isOver = false;
    const over = server.sayLast('up 100%', 10_000).then(() => {
      isOver = true;
    });
    expect(await hear('127.0.0.2')).toBe('up 100%\n');
    expect(isOver).toBe(false);
    expect(await hear('127.0.0.3')).toBe('up 100%\n');
    await over;
  });

  test('is not waited for longer than it was told, nor where nobody asks', async () => {
    const clock = manualClock();
    const server = await open({ clock });
    const alone = server.sayLast('up', 10_000);
    await clock.advance(0);
    await alone;
    await once(
      dial(server.port).on('data', () => undefined),
      'data',
    ).then(() => undefined);
    const socket = dial(server.port);
    socket.end();
    await once(socket.resume(), 'close');
    await clock.advance(1000);
    let isOver = false;
    const over = server.sayLast('up', 10_000).then(() => {
      isOver = true;
    });
    await clock.advance(9999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await over;
  });
});
