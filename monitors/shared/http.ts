import { isIP } from 'node:net';
import { Client, errors } from 'undici';
import { type CheckContext, Deadline, type Target, type Verdict } from '../../src/plugin/plugin.ts';
import { growing } from './growing.ts';
import { httpSocket } from './http-socket.ts';
import { closedEarly, errorCode, lateVerdict, networkFault, type Progress } from './network-fault.ts';
import { hostPort } from './peer.ts';
import { isQuotable, quote } from './quote.ts';
import type { Tls } from './tls.ts';
import { fail, unknown } from './verdicts.ts';

export interface HttpRequest {
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly method?: 'GET' | 'HEAD';
  /** Names in lower case; several values are several lines. `host` and `user-agent` have defaults. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly maxBytes: number;
  /** A body over `maxBytes` is a fault, or is truncated: for streams, and for servers that ignore `range`. */
  readonly beyond?: 'fault' | 'cut';
  readonly tls?: Tls | null;
}

export interface HttpAnswer {
  readonly status: number;
  /** The first value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  readonly body: Buffer;
  /** When the certificate expires, in ms since the epoch; null without TLS. */
  readonly certificateUntilMs: number | null;
}

type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

class TooLong extends Error {
  override readonly name = 'TooLong';
}

export type HttpResult = { readonly verdict: Verdict } | { readonly answer: HttpAnswer };

/**
 * One request on its own connection, which ends with a reset. A complete answer is returned whatever its status;
 * anything else is a verdict. The caller handles redirects: another server's answer says nothing about this one.
 */
export async function httpAsk(target: Target, request: HttpRequest, context: CheckContext): Promise<HttpResult> {
  const { signal, trace } = context;
  const { method = 'GET', beyond = 'fault', tls = null } = request;
  if (signal.aborted && !(signal.reason instanceof Deadline)) throw signal.reason;
  if (signal.aborted) return { verdict: unknown('deadline passed before the check began') };
  if (isIP(target.address) === 0) return { verdict: unknown(`expected an IP address, got ${quote(target.address)}`) };

  const peer = hostPort(target.address, request.port);
  const connection = httpSocket(target.address, request.port, tls, trace);
  let giveUp = (_error: Error): void => {};
  let heard = 0;
  /** The first bytes as received: the HTTP parser would accept an RTSP answer. */
  let head = '';

  // TLS is below the client, which therefore speaks plain HTTP.
  const client = new Client(`http://${peer}`, {
    // The signal is the only clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, done) =>
      connection.open((error, socket) => {
        socket?.on('data', onData);
        if (socket !== null) return done(null, socket);
        // The client does not report some of these, such as a certificate with another name.
        giveUp(error ?? new Error('closed'));
        done(new Error('not connected'), null);
      }),
  });

  function onData(chunk: Buffer): void {
    if (heard === 0) trace.phase('first byte');
    heard += chunk.length;
    if (head.length < 80) head += chunk.toString('latin1', 0, 80);
    trace.received(chunk);
    // Its parser would wait for the end of some non-HTTP answers until the deadline.
    if (!isHttp(head) && isQuotable(head)) giveUp(new Error('not HTTP'));
  }

  function progress(): Progress {
    const at = { peer, connected: connection.connected(), heard, waitingFor: method };
    if (tls === null || !at.connected) return at;
    return connection.secured() ? { ...at, tls: 'done' } : { ...at, heard: connection.bytesRead(), tls: 'handshake' };
  }

  function wrongProtocol(): Verdict {
    return fail(`expected HTTP, got ${quote(head)}`);
  }

  /**
   * Uses its own handler instead of `request`, which fails with an uncatchable assertion if the connection ends while a
   * body is abandoned or waits to be read.
   */
  function ask(): Promise<HttpResult> {
    trace.sent(`${method} ${request.path} HTTP/1.1\r\n`);
    return new Promise((resolve, reject) => {
      giveUp = reject;
      const body = growing(request.maxBytes);
      let status = 0;
      let headers: HttpHeaders = {};
      const answer = (): void => {
        const header = (name: string): string | undefined => [headers[name] ?? []].flat()[0];
        resolve({
          answer: { status, header, body: body.bytes(), certificateUntilMs: connection.certificateUntilMs() },
        });
      };
      client.dispatch(
        { method, path: request.path, headers: { 'user-agent': 'understudy', accept: '*/*', ...request.headers } },
        {
          onRequestStart() {},
          onResponseStart(_controller, code, fields) {
            status = code;
            headers = fields;
          },
          onResponseData(_controller, chunk) {
            const fits = body.add(chunk);
            if (!fits && beyond === 'fault') reject(new TooLong());
            else if (body.isFull() && beyond === 'cut') answer();
          },
          onResponseEnd: answer,
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  }

  const abort = watchAbort(signal);
  try {
    const result = await Promise.race([ask(), abort.happened]);
    return isHttp(head) ? result : { verdict: wrongProtocol() };
  } catch (error) {
    if (signal.aborted && error === signal.reason && !(error instanceof Deadline)) throw error;
    if (!isHttp(head)) return { verdict: wrongProtocol() };
    if (error instanceof Deadline) return { verdict: lateVerdict(progress(), error.afterMs) };
    return { verdict: httpFault(error, progress()) };
  } finally {
    abort.forget();
    connection.reset();
    void client.destroy().catch(() => undefined);
  }
}

/** A GET that only accepts 200; returns the body as text. */
export async function httpGet(
  target: Target,
  get: Omit<HttpRequest, 'method'>,
  context: CheckContext,
): Promise<{ readonly verdict: Verdict } | { readonly body: string }> {
  const result = await httpAsk(target, get, context);
  if ('verdict' in result) return result;
  const { status, body } = result.answer;
  return status === 200 ? { body: body.toString() } : { verdict: wrongStatus('200', result.answer) };
}

export function wrongStatus(expected: string, { status, body }: HttpAnswer): Verdict {
  return fail(`expected HTTP ${expected}, got \`${status}\``, saidIn(body));
}

/** The title of an HTML page, if it has one. */
export function saidIn(body: Buffer): string {
  const start = body.toString('latin1', 0, 2048);
  return quote(/<title>([^<]+)/i.exec(start)?.[1] ?? start);
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
  if (error instanceof TooLong) return fail('answer too long', `${at.peer}: ${at.heard} bytes received`);
  switch (errorCode(error)) {
    case 'UND_ERR_SOCKET':
      return closedEarly(at);
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fail('HTTP headers longer than 16 kB');
    // The client's complaints about an answer.
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'ERR_ASSERTION':
      return at.heard === 0 ? networkFault(error, at) : fail('broken HTTP answer', errorCode(error));
    default:
      return networkFault(error, at);
  }
}
