import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type AmfValue, decodeAmf0, encodeAmf0, isObject } from '../../monitors/rtmp/amf0.ts';
import { createChunkReader } from '../../monitors/rtmp/chunks.ts';
import { encodeMessage } from '../../monitors/rtmp/message.ts';
import { rtmp } from '../../monitors/rtmp.ts';
import { type Behaviour, listen, silent } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import * as script from './rtmp/stand-in.ts';
import { prepare, sample } from './sample.ts';
import { authority, listenTls } from './tls-servers.ts';

const captured = sample('rtmp/nginx-play-live.server.bin');
const handshake = captured.subarray(0, 3073);
/** C0 and C1 from the client, then C2 and `connect`. */
const clientHello = 1537;

/** Shakes hands, waits for the client to go on, and then does what is asked. */
function application(afterConnect: Behaviour, hello: Buffer = handshake): Behaviour {
  return (socket) => {
    let received = 0;
    let answered = false;
    socket.on('data', (bytes: Buffer) => {
      received += bytes.length;
      if (!answered && received >= clientHello) {
        answered = true;
        socket.write(hello);
      }
      if (received > clientHello + 1536 + 150) {
        socket.removeAllListeners('data').resume();
        afterConnect(socket);
      }
    });
  };
}

function command(name: string, code: string, description: string): Buffer {
  const info = new Map<string, AmfValue>([
    ['level', name === '_result' ? 'status' : 'error'],
    ['code', code],
    ['description', description],
  ]);
  return encodeMessage(20, encodeAmf0([name, 1, null, info]));
}

async function judge(behave: Behaviour, options: object = { app: 'live' }, deadlineMs = 5000) {
  const server = await listen(behave);
  const verdict = await runCheck(prepare(rtmp, { ...options, port: server.port }), deadlineMs);
  await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
  await server.close();
  return verdict;
}

/** Goes through with a visit up to `play`, and then does what is asked. */
function stream(afterPlay: (socket: Socket, heard: Buffer) => void): Behaviour {
  return application((socket) => {
    socket.write(Buffer.concat([script.accepted, script.created]));
    socket.once('data', (heard: Buffer) => afterPlay(socket, heard));
  });
}

/** Frames as they are made, until the visitor goes. */
const live: Behaviour = (socket) => {
  let timestamp = 0;
  const timer = setInterval(() => {
    timestamp += 20;
    socket.write(script.audio(timestamp));
  }, 20);
  socket.once('close', () => clearInterval(timer));
};

describe('rtmp', () => {
  it('accepts the captured handshake and connect of nginx', async () => {
    const rest = captured.subarray(3073, 3600);
    expect(await judge(application((socket) => void socket.write(rest)))).toMatchObject({
      status: 'ok',
      summary: 'accepts connect',
    });
  });

  it('accepts an answer that comes byte by byte', async () => {
    const bytewise: Behaviour = (socket) => {
      for (const byte of captured.subarray(3073, 3500)) socket.write(Buffer.from([byte]));
    };
    expect(await judge(application(bytewise))).toMatchObject({ status: 'ok' });
  });

  it('does not mind that the server echoes something else', async () => {
    const other = Buffer.alloc(3073, 'x');
    other[0] = 3;
    const accept: Behaviour = (socket) => void socket.write(command('_result', 'NetConnection.Connect.Success', ''));
    expect(await judge(application(accept, other))).toMatchObject({ status: 'ok' });
  });

  it.each<[sentence: string, Behaviour, summary: string]>([
    [
      'tells why the application refused',
      (socket) => void socket.write(command('_error', 'NetConnection.Connect.Rejected', 'no such\napp')),
      'connection refused by application: no such app',
    ],
    [
      'wants a success, not just a result',
      (socket) => void socket.write(command('_result', 'NetConnection.Connect.Closed', 'bye')),
      'expected NetConnection.Connect.Success, got `NetConnection.Connect.Closed`',
    ],
    ['takes a close for a refusal', (socket) => void socket.end(), 'connection refused by application'],
    ['takes a reset for a refusal', (socket) => void socket.resetAndDestroy(), 'connection refused by application'],
    [
      'says so when the values are broken',
      (socket) => void socket.write(encodeMessage(20, Buffer.from([2, 0, 9, 1]))),
      'expected an AMF0 command, got broken values',
    ],
    [
      'says so when the chunks are broken',
      (socket) => void socket.write(Buffer.from([0xff, 0xff, 0xff])),
      'expected RTMP chunks, got a chunk that continues no message',
    ],
  ])('%s', async (_sentence, afterConnect, summary) => {
    expect(await judge(application(afterConnect))).toMatchObject({ status: 'fail', summary });
  });

  it('says so when the application stays silent, which is not the silence of a dead host', async () => {
    const verdict = await judge(
      application(() => undefined),
      { app: 'live' },
      300,
    );
    expect(verdict).toMatchObject({ status: 'fail', summary: 'no answer to connect' });
    expect(verdict.silent).not.toBe(true);
  });

  it('leaves it at the handshake when no application is named', async () => {
    const server = await listen((socket) => void socket.once('data', () => socket.write(handshake)));
    const { trace, recorded } = recordTrace();
    const verdict = await prepare(rtmp, { port: server.port })(
      loopback,
      contextOf(new AbortController().signal, trace),
    );
    expect(verdict).toMatchObject({ status: 'ok', summary: 'answers the handshake' });
    expect(recorded.sent.length).toBe(clientHello);
    await server.close();
  });

  it('says which version it got instead', async () => {
    const other = Buffer.alloc(3073);
    other[0] = 6;
    expect(await judge((socket) => void socket.write(other), {})).toMatchObject({
      summary: 'expected RTMP version 3, got version 6',
    });
  });

  it('sends connect in chunks of 128 bytes, with the application and its URL', async () => {
    const accept: Behaviour = (socket) => void socket.write(command('_result', 'NetConnection.Connect.Success', ''));
    const server = await listen(application(accept));
    const { trace, recorded } = recordTrace();
    const check = prepare(rtmp, { port: server.port, app: 'live' });
    await check(loopback, contextOf(new AbortController().signal, trace));
    const { messages } = createChunkReader().feed(Buffer.from(recorded.sent, 'latin1').subarray(clientHello + 1536));
    const [name, transaction, object] = decodeAmf0(messages[0]?.payload ?? Buffer.alloc(0)) ?? [];
    expect([name, transaction]).toEqual(['connect', 1]);
    const url = `rtmp://127.0.0.1:${server.port}/live`;
    expect(Object.fromEntries(isObject(object) ? object : [])).toMatchObject({ app: 'live', tcUrl: url });
    await server.close();
  });

  it('is content with a connection at level tcp, and says nothing', async () => {
    const server = await listen(silent);
    const { trace, recorded } = recordTrace();
    const check = prepare(rtmp, { port: server.port, level: 'tcp', app: 'live' });
    expect(await check(loopback, contextOf(new AbortController().signal, trace))).toEqual({
      status: 'ok',
      summary: 'connected',
    });
    expect(recorded.sent).toBe('');
    await server.close();
  });

  it('goes no further than its level', async () => {
    const options = { app: 'live', stream: 'camera1' };
    const connect = await judge(
      application((socket) => void socket.write(script.accepted)),
      { ...options, level: 'connect' },
    );
    expect(connect).toMatchObject({ summary: 'accepts connect' });
    const greet: Behaviour = (socket) => void socket.once('data', () => socket.write(handshake));
    expect(await judge(greet, { ...options, level: 'handshake' })).toMatchObject({ summary: 'answers the handshake' });
  });

  it('plays a stream that is named until it moves, and takes leave', async () => {
    let last: Buffer = Buffer.alloc(0);
    const verdict = await judge(
      stream((socket) => {
        socket.on('data', (bytes: Buffer) => {
          last = bytes;
        });
        live(socket);
      }),
      { app: 'live', stream: 'camera1' },
    );
    expect(verdict).toMatchObject({ status: 'ok', summary: 'stream is live', detail: 'audio moving' });
    expect(last.includes('deleteStream')).toBe(true);
  });

  it('gives up when nothing moved for the length of stall, long before the deadline', async () => {
    const started: Behaviour = (socket) => void socket.write(script.started);
    expect(await judge(stream(started), { app: 'live', stream: 'a', stall: '1s' }, 20_000)).toMatchObject({
      status: 'fail',
      summary: 'no such stream',
    });
  });

  it('gives up at the deadline when that comes first, in the same words', async () => {
    const started: Behaviour = (socket) => void socket.write(script.started);
    expect(await judge(stream(started), { app: 'live', stream: 'a' }, 300)).toMatchObject({
      summary: 'no such stream',
    });
  });

  it('takes a reset amid the frames for a close', async () => {
    const cutOff: Behaviour = (socket) => void socket.write(script.audio(0), () => socket.resetAndDestroy());
    expect(await judge(stream(cutOff), { app: 'live', stream: 'a' })).toMatchObject({ summary: 'stream cut off' });
  });

  it.each([
    ['64 MB', 60_000, 'answer longer than 65536 kB'],
    ['65536 messages', 2, 'more than 65536 messages'],
  ])('hears no more than %s of a flood of media', async (_limit, size, summary) => {
    const frame = encodeMessage(9, Buffer.alloc(size, 0x27), 6);
    const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / frame.length) }, () => frame));
    const pour: Behaviour = (socket) => {
      const write = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', write);
      write();
    };
    const verdict = await judge(stream(pour), { app: 'live', stream: 'a', stall: '20s' }, 20_000);
    expect(verdict).toMatchObject({ status: 'fail', summary });
  });

  it('rejects and closes when it is called off while it plays', async () => {
    let plays = () => {};
    const played = new Promise<void>((resolve) => {
      plays = resolve;
    });
    const server = await listen(
      stream((socket) => {
        live(socket);
        plays();
      }),
    );
    const abort = new AbortController();
    const reason = new Error('shutdown');
    const running = prepare(rtmp, { port: server.port, app: 'live', stream: 'a' })(loopback, contextOf(abort.signal));
    const outcome = running.catch((error: unknown) => error);
    await played;
    abort.abort(reason);
    expect(await outcome).toBe(reason);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it('does all of it within TLS when it is told to', async () => {
    const server = await listenTls((socket) => stream(live)(socket));
    const check = prepare(rtmp, {
      port: server.port,
      app: 'live',
      stream: 'camera1',
      tls: { ca: authority, name: 'video.example' },
    });
    const { trace, recorded } = recordTrace();
    expect(await check(loopback, contextOf(new AbortController().signal, trace))).toMatchObject({
      summary: 'stream is live',
    });
    expect(recorded.sent).toContain(`rtmps://127.0.0.1:${server.port}/live`);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it.each([
    ['a stream with its query', { stream: 'camera1?a=b' }, 'camera1?a=b', null],
    [
      'a stream, with a secret query behind it',
      { stream: 'camera1', query: 'token=c' },
      'camera1?token=c',
      'camera1?[secret]',
    ],
    ['both', { stream: 'camera1?a=b', query: 'token=c' }, 'camera1?a=b&token=c', 'camera1?a=b&[secret]'],
  ])('plays %s, and shows no secret', async (_what, options, played, shown) => {
    let said = '';
    const server = await listen(
      stream((socket, heard) => {
        said = heard.toString('latin1');
        socket.end();
      }),
    );
    const { trace, recorded } = recordTrace();
    const check = prepare(rtmp, { port: server.port, app: 'live', ...options });
    await check(loopback, contextOf(new AbortController().signal, trace));
    await server.close();
    expect(said).toContain(`${played}\0\xc0`);
    expect(recorded.sent).toContain(shown === null ? played : `play ${shown}`);
    expect(recorded.sent).not.toContain('token=c');
  });

  it.each<[string, object, problem: string]>([
    [
      'a level that needs an application',
      { level: 'connect' },
      'expected an application, such as live, for this level',
    ],
    ['a stream without an application', { stream: 'a' }, 'expected an application, such as live, for this level'],
    [
      'a level that needs a stream',
      { level: 'stream', app: 'live' },
      'expected a stream, such as camera1, for this level',
    ],
    ['a blank in the application', { app: 'a b' }, 'expected the name of an application such as live, without blanks'],
  ])('refuses %s', (_what, options, problem) => {
    const result = rtmp.options.safeParse(options);
    expect(result.error?.issues.map(({ message }) => message)).toEqual([problem]);
  });
});
