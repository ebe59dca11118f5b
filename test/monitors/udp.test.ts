import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, parseHex, payload, show } from '../../monitors/udp/payload.ts';
import { udp } from '../../monitors/udp.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import { prepare } from './sample.ts';

type Reply = (socket: Socket, message: Buffer, from: RemoteInfo) => void;

async function serve(reply: Reply, address = '127.0.0.1') {
  const received: Buffer[] = [];
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message, from) => {
    received.push(message);
    reply(socket, message, from);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  return { port: socket.address().port, received, close: () => once(socket.close(), 'close') };
}

const answering =
  (bytes: Buffer | string): Reply =>
  (socket, _message, { port, address }) =>
    socket.send(bytes, port, address);
const deaf: Reply = () => {};

async function closedPort(): Promise<number> {
  const server = await serve(deaf);
  await server.close();
  return server.port;
}

const openSockets = () => readdirSync('/proc/self/fd').length;

describe('udp', () => {
  it.each([
    ['any answer', 'PONG', {}, 'ok', 'answered'],
    ['an empty answer', '', {}, 'ok', 'answered'],
    ['a text anywhere', 'a PONG b', { expect: 'PONG' }, 'ok', 'answered as expected'],
    ['a text at the beginning', 'PONG b', { expect: 'PONG', match: 'prefix' }, 'ok', 'answered as expected'],
    [
      'a text that is not at the beginning',
      'a PONG',
      { expect: 'PONG', match: 'prefix' },
      'fail',
      'expected `PONG`, got `a PONG`',
    ],
    ['a text that is not alone', 'PONG!', { expect: 'PONG', match: 'exact' }, 'fail', 'expected `PONG`, got `PONG!`'],
    ['another text', 'NO', { expect: 'PONG' }, 'fail', 'expected `PONG`, got `NO`'],
    ['bytes', Buffer.from('00ff10', 'hex'), { expect_hex: 'ff 10' }, 'ok', 'answered as expected'],
    ['other bytes', Buffer.from('00ff10', 'hex'), { expect_hex: 'ff:11' }, 'fail', 'expected `ff11`, got `00ff10`'],
    ['nothing in an answer', '', { expect: 'PONG' }, 'fail', 'expected `PONG`, got an empty datagram'],
  ])('expects %s', async (_name, bytes, options, status, summary) => {
    const server = await serve(answering(bytes));
    const verdict = await runCheck(prepare(udp, { ...options, port: server.port }), 2000);
    expect(verdict).toMatchObject({ status, summary });
    await server.close();
  });

  it.each([
    [{}, ''],
    [{ send: String.raw`OPTIONS sip:x\r\n\x00` }, Buffer.from('OPTIONS sip:x\r\n\0').toString('hex')],
    [{ send_hex: '80 C8:0001' }, '80c80001'],
  ])('sends what %j says', async (options, hex) => {
    const server = await serve(answering('x'));
    await runCheck(prepare(udp, { ...options, port: server.port }), 2000);
    expect(server.received.map((bytes) => bytes.toString('hex'))).toEqual([hex]);
    await server.close();
  });

  it.each([{}, { silence: 'ok' }])('hears that the port is refused, with %j', async (options) => {
    const verdict = await runCheck(prepare(udp, { ...options, port: await closedPort() }), 2000);
    expect(verdict).toMatchObject({ status: 'fail', summary: 'refused' });
    expect(verdict.silent).not.toBe(true);
  });

  it('takes silence for silence', async () => {
    const server = await serve(deaf);
    const verdict = await runCheck(prepare(udp, { port: server.port }), 300);
    expect(verdict).toMatchObject({ status: 'fail', summary: 'no answer to the datagram', silent: true });
    await server.close();
  });

  it('is content with silence where that is wished, and judges an answer all the same', async () => {
    const options = { silence: 'ok', wait: '50ms', expect: 'PONG' };
    const server = await serve(deaf);
    expect(await runCheck(prepare(udp, { ...options, port: server.port }), 2000)).toMatchObject({
      status: 'ok',
      summary: 'not refused',
    });
    await server.close();
    const chatty = await serve(answering('NO'));
    const long = { ...options, wait: '2s', port: chatty.port };
    expect(await runCheck(prepare(udp, long), 5000)).toMatchObject({ status: 'fail' });
    await chatty.close();
  });

  it('takes no answer from strangers', async () => {
    const stranger = createSocket('udp4');
    const server = await serve((_socket, _message, { port, address }) => stranger.send('PONG', port, address));
    const verdict = await runCheck(prepare(udp, { port: server.port }), 300);
    expect(verdict).toMatchObject({ status: 'fail', silent: true });
    stranger.close();
    await server.close();
  });

  it('asks an IPv6 address, and writes the conversation down', async () => {
    const server = await serve(answering('PONG'), '::1');
    const { trace, recorded } = recordTrace();
    const check = prepare(udp, { port: server.port, send: 'PING' });
    const target = { ...loopback, address: '::1' };
    expect(await check(target, contextOf(new AbortController().signal, trace))).toMatchObject({ status: 'ok' });
    expect(recorded).toEqual({ phases: ['first byte'], sent: 'PING', received: 'PONG' });
    await server.close();
  });

  it('asks no name server, and nothing at all when it was aborted before it began', async () => {
    const named = { server: 'edge1', address: 'edge1.example' };
    expect(await runCheck(prepare(udp, { port: 1 }), 300, named)).toMatchObject({ status: 'unknown' });
    const reason = new Error('shutdown');
    await expect(prepare(udp, { port: 1 })(loopback, contextOf(AbortSignal.abort(reason)))).rejects.toBe(reason);
  });

  it('calls an address that it may not even connect to our own problem', async () => {
    // The broadcast address of loopback: connect(2) is refused with EACCES, as ENETUNREACH is where there is no route.
    const broadcast = { server: 'edge1', address: '127.255.255.255' };
    const before = openSockets();
    const verdict = await runCheck(prepare(udp, { port: 9 }), 1000, broadcast);
    expect(verdict).toMatchObject({ status: 'unknown', summary: 'cannot connect: EACCES' });
    await expect.poll(openSockets, { interval: 5 }).toBe(before);
  });

  it('rejects when it is aborted, and gives every socket back', async () => {
    const server = await serve(deaf);
    const check = prepare(udp, { port: server.port });
    await runCheck(check, 50);
    const before = openSockets();
    const abort = new AbortController();
    const reason = new Error('shutdown');
    const running = Array.from({ length: 20 }, () => check(loopback, contextOf(abort.signal)));
    await expect.poll(() => server.received.length, { interval: 5 }).toBe(21);
    abort.abort(reason);
    for (const one of await Promise.allSettled(running)) expect(one).toMatchObject({ status: 'rejected', reason });
    await expect.poll(openSockets, { interval: 5 }).toBe(before);
    await server.close();
  });

  it.each([{ send: 'a', send_hex: '00' }, { expect: 'a', expect_hex: '00' }, { send_hex: '0' }, { expect_hex: 'zz' }])(
    'refuses the options %j',
    (options) => {
      expect(udp.options.safeParse({ port: 1, ...options }).success).toBe(false);
    },
  );
});

describe('a payload', () => {
  it('reads back the bytes that hexadecimal digits say', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(parseHex(buffer.toString('hex'))).toEqual(buffer);
        expect(matches(buffer, buffer, 'exact')).toBe(true);
        expect(show(buffer)).toMatch(/^`[ -~]*`$/);
      }),
    );
  });

  it('is none without either form, and never throws', () => {
    expect(payload(undefined, undefined)).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => void [payload(text, undefined), parseHex(text)]));
  });
});
