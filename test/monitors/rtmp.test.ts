import { describe, expect, it } from 'vitest';
import { type AmfValue, decodeAmf0, encodeAmf0, isObject } from '../../monitors/rtmp/amf0.ts';
import { createChunkReader, encodeMessage } from '../../monitors/rtmp/chunks.ts';
import { rtmp } from '../../monitors/rtmp.ts';
import { type Behaviour, listen } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import { prepare, sample } from './sample.ts';

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
    expect(verdict).toEqual({ status: 'fail', summary: 'no answer to connect' });
  });

  it('leaves it at the handshake when no application is named', async () => {
    const server = await listen((socket) => void socket.once('data', () => socket.write(handshake)));
    const { trace, recorded } = recordTrace();
    const verdict = await prepare(rtmp, { port: server.port })(
      loopback,
      contextOf(new AbortController().signal, trace),
    );
    expect(verdict).toEqual({ status: 'ok', summary: 'answers the handshake' });
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
    const messages = createChunkReader().feed(Buffer.from(recorded.sent, 'latin1').subarray(clientHello + 1536));
    const [name, transaction, object] =
      decodeAmf0(Buffer.from(typeof messages === 'string' ? '' : (messages[0]?.payload ?? ''))) ?? [];
    expect([name, transaction]).toEqual(['connect', 1]);
    const url = `rtmp://127.0.0.1:${server.port}/live`;
    expect(Object.fromEntries(isObject(object) ? object : [])).toMatchObject({ app: 'live', tcUrl: url });
    await server.close();
  });
});
