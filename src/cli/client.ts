/** The daemon as the command line sees it: HTTP and JSON over its control socket. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { NoDaemon } from './session.ts';

export interface Client {
  readonly socketPath: string;
  get<T>(path: string, options?: CallOptions): Promise<T>;
  post<T>(path: string, body: object, options?: CallOptions): Promise<T>;
  delete<T>(path: string, options?: CallOptions): Promise<T>;
  /** Each event's data, until the stream breaks, `signal` aborts, or nothing was heard for `silenceMs`: then it throws. */
  events<T>(path: string, options: StreamOptions): AsyncIterable<T>;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/** The daemon said no, in one line; or answered what no daemon says. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

const callMs = 10_000;
/** A status of a few thousand checks is a few megabytes. */
const answerCapBytes = 64 * 1024 * 1024;

export function openClient(socketPath: string): Client {
  const call = async <T>(method: string, path: string, body: object | null, options: CallOptions): Promise<T> => {
    const timeoutMs = options.timeoutMs ?? callMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
    try {
      const answer = await send(socketPath, method, path, body, signal);
      const text = await readAll(answer);
      return accepted<T>(answer.statusCode ?? 0, text, socketPath);
    } catch (fault) {
      if (deadline.aborted && !options.signal?.aborted) {
        throw new Refused(`the daemon on ${socketPath} gave no answer to ${method} ${path} in ${timeoutMs / 1000}s`);
      }
      throw asNoDaemon(fault, socketPath);
    }
  };
  return {
    socketPath,
    get: (path, options = {}) => call('GET', path, null, options),
    post: (path, body, options = {}) => call('POST', path, body, options),
    delete: (path, options = {}) => call('DELETE', path, null, options),
    events: (path, options) => streamEvents(socketPath, path, options),
  };
}

async function* streamEvents<T>(socketPath: string, path: string, options: StreamOptions): AsyncGenerator<T> {
  const silence = new AbortController();
  const hush = () => silence.abort(new Refused(`heard nothing from ${socketPath} for ${options.silenceMs / 1000}s`));
  let timer = setTimeout(hush, options.silenceMs);
  try {
    const signal = AbortSignal.any([options.signal, silence.signal]);
    const answer = await send(socketPath, 'GET', path, null, signal);
    if (answer.statusCode !== 200) accepted(answer.statusCode ?? 0, await readAll(answer), socketPath);
    answer.setEncoding('utf8');
    let text = '';
    for await (const part of answer as AsyncIterable<string>) {
      clearTimeout(timer);
      timer = setTimeout(hush, options.silenceMs);
      text += part;
      if (text.length > answerCapBytes) throw new Refused(`${socketPath}: expected an event, got ${text.length} bytes`);
      // An event ends at an empty line; one part may hold several, and all but the newest are history.
      const end = text.lastIndexOf('\n\n');
      if (end < 0) continue;
      const newest = text.slice(text.lastIndexOf('\n\n', end - 1) + 1, end);
      text = text.slice(end + 2);
      const data = /^data: ?(.*)$/m.exec(newest)?.[1];
      if (data !== undefined) yield parsed<T>(data, socketPath);
    }
    throw new Refused(`the daemon on ${socketPath} ended the stream`);
  } catch (fault) {
    if (options.signal.aborted) return;
    throw silence.signal.aborted ? silence.signal.reason : asNoDaemon(fault, socketPath);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function send(
  socketPath: string,
  method: string,
  path: string,
  body: object | null,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const payload = body === null ? '' : JSON.stringify(body);
    const headers =
      body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const asked: ClientRequest = request({ socketPath, method, path, headers, signal, agent: false }, resolve);
    asked.on('error', reject);
    asked.end(payload);
  });
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > answerCapBytes) {
      answer.destroy();
      throw new Refused(`expected an answer of at most ${answerCapBytes} bytes, got more`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function accepted<T>(statusCode: number, text: string, socketPath: string): T {
  const value = parsed<unknown>(text, socketPath);
  if (statusCode === 200) return value as T;
  const error = typeof value === 'object' && value !== null && 'error' in value ? value.error : null;
  throw new Refused(typeof error === 'string' ? error : `${socketPath}: expected status 200, got ${statusCode}`);
}

function parsed<T>(text: string, socketPath: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Refused(`${socketPath}: expected JSON from a daemon, got \`${text.slice(0, 60)}\``);
  }
}

function asNoDaemon(fault: unknown, socketPath: string): unknown {
  const code = (fault as NodeJS.ErrnoException | null)?.code;
  if (code === 'EACCES' || code === 'EPERM') {
    return new NoDaemon(`${socketPath}: expected a socket you may open, got ${code}; use sudo, or join its group`);
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') {
    const remedy = 'start it with: systemctl start understudy';
    return new NoDaemon(`no daemon answers on ${socketPath}: expected a running understudy, got ${code}; ${remedy}`);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') return new Refused(`the daemon on ${socketPath} hung up (${code})`);
  return fault;
}
