import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { Client, errors } from 'undici';
import { type CheckContext, Deadline, type Target, type Verdict } from '../../src/plugin.ts';
import { closedEarly, errorCode, lateVerdict, networkFault, type Progress } from './network-fault.ts';
import { hostPort } from './peer.ts';
import { quote } from './quote.ts';
import { fail, unknown } from './verdicts.ts';

export interface Get {
  readonly port: number;
  readonly path: string;
  readonly maxBytes: number;
}

export type GetResult = { readonly verdict: Verdict } | { readonly body: string };

/**
 * One GET on a connection of its own that ends with a reset. Only a 200 with a whole body is a body; everything
 * else is the verdict. Redirects are not followed: another server's answer says nothing about this one.
 */
export async function httpGet(target: Target, get: Get, context: CheckContext): Promise<GetResult> {
  const { signal, trace } = context;
  if (signal.aborted && !(signal.reason instanceof Deadline)) throw signal.reason;
  if (signal.aborted) return { verdict: unknown('deadline passed before the check began') };
  if (isIP(target.address) === 0) return { verdict: unknown(`expected an IP address, got ${quote(target.address)}`) };

  const origin = `http://${hostPort(target.address, get.port)}`;
  let socket: Socket | null = null;
  let connected = false;
  let heard = 0;
  /** The first bytes as they came: the HTTP parser would take an RTSP answer for its own. */
  let head = '';

  const client = new Client(origin, {
    // The signal is the only clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: get.maxBytes,
    connect: (_options, done) => {
      const opened = tcpConnect({ host: target.address, port: get.port, noDelay: true, autoSelectFamily: false });
      socket = opened;
      opened.once('error', (error) => done(error, null));
      opened.once('close', () => done(new Error('closed'), null));
      opened.once('connect', () => {
        opened.removeAllListeners('error').removeAllListeners('close');
        // Whatever the client does with its own listeners, no error of this socket may go unheard.
        opened.on('error', () => undefined);
        connected = true;
        trace.phase('tcp');
        done(null, opened);
      });
    },
  });
  client.on('connect', () => socket?.on('data', onData));

  function onData(chunk: Buffer): void {
    if (heard === 0) trace.phase('first byte');
    heard += chunk.length;
    if (head.length < 80) head += chunk.toString('latin1', 0, 80);
    trace.received(chunk);
  }

  function progress(): Progress {
    return { peer: origin.slice('http://'.length), connected, heard, waitingFor: 'GET' };
  }

  async function ask(): Promise<GetResult> {
    trace.sent(`GET ${get.path} HTTP/1.1\r\n`);
    const response = await client.request({
      method: 'GET',
      path: get.path,
      headers: { 'user-agent': 'understudy', accept: '*/*' },
    });
    const body = await response.body.text();
    if (!isHttp(head)) return { verdict: fail(`expected HTTP, got ${quote(head)}`) };
    if (response.statusCode !== 200)
      return { verdict: fail(`expected HTTP 200, got \`${response.statusCode}\``, quote(body)) };
    return { body };
  }

  const abort = watchAbort(signal);
  try {
    return await Promise.race([ask(), abort.happened]);
  } catch (error) {
    if (signal.aborted && error === signal.reason && !(error instanceof Deadline)) throw error;
    if (!isHttp(head)) return { verdict: fail(`expected HTTP, got ${quote(head)}`) };
    if (error instanceof Deadline) return { verdict: lateVerdict(progress(), error.afterMs) };
    return { verdict: httpFault(error, progress()) };
  } finally {
    abort.forget();
    closeByReset(socket);
    void client.destroy().catch(() => undefined);
  }
}

function watchAbort(signal: AbortSignal): { readonly happened: Promise<never>; readonly forget: () => void } {
  let listener = () => {};
  const happened = new Promise<never>((_resolve, reject) => {
    listener = () => reject(signal.reason);
    signal.addEventListener('abort', listener);
  });
  return { happened, forget: () => signal.removeEventListener('abort', listener) };
}

function isHttp(head: string): boolean {
  return head.startsWith('HTTP/'.slice(0, head.length)) || head.startsWith('HTTP/');
}

function httpFault(error: unknown, at: Progress): Verdict {
  if (!(error instanceof Error)) throw error;
  if (error instanceof errors.HTTPParserError) return fail('broken HTTP answer', error.message);
  switch (errorCode(error)) {
    case 'UND_ERR_SOCKET':
      return closedEarly(at);
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fail('HTTP headers longer than 16 kB');
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return fail('answer too long', `${at.peer}: ${at.heard} bytes received`);
    default:
      return networkFault(error, at);
  }
}

function closeByReset(socket: Socket | null): void {
  if (socket === null || socket.destroyed) return;
  // A reset waits for the connect, and fails once our side was shut down.
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
