/** Monitors for what other programs check. */
import type { CheckDraft } from './cluster.ts';

type Entry = Readonly<Record<string, unknown>>;

export function tcpCheck(port: number, times: Entry): CheckDraft {
  return { name: `tcp-${port}`, entry: { type: 'tcp', port, ...times } };
}

/** `send` as text or as the bytes are; `expect` as `literal` or `pattern` give it. */
export function talkCheck(
  port: number,
  talk: { readonly name?: string; readonly send: string | Buffer | null; readonly expect: string | null },
  times: Entry,
): CheckDraft {
  const send = talk.send === null || talk.send.length === 0 ? {} : { send: escaped(talk.send) };
  const expect = talk.expect === null || talk.expect === '' ? {} : { expect: talk.expect };
  return { name: `${talk.name ?? 'tcp'}-${port}`, entry: { type: 'tcp', port, ...send, ...expect, ...times } };
}

export interface HttpAsk {
  readonly method: string;
  readonly path: string;
  readonly host: string | null;
  /** The expected ones, as a regular expression of three digits. */
  readonly status: string;
  /** Regular expressions, each found in the body of the answer. */
  readonly receive?: readonly string[];
  readonly version?: '1.0' | '1.1';
  /** `Name: value`. */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** In front of the request, as a PROXY line. */
  readonly before?: string;
}

export function httpCheck(port: number, ask: HttpAsk, times: Entry): CheckDraft {
  const { method, path, host, version = '1.0', headers = [], body = '', receive = [], before = '' } = ask;
  const lines = [
    `${method} ${path} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...headers,
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    // The end of the answer is then the end of the connection, and not a deadline.
    ...(version === '1.1' ? ['Connection: close'] : []),
  ];
  const send = `${before}${lines.join('\r\n')}\r\n\r\n${body}`;
  const others = receive.map(inBody);
  const last = others.pop();
  const received =
    last === undefined ? '' : `[^]*?\\r?\\n\\r?\\n${others.map((source) => `(?=${source})`).join('')}${last}`;
  return talkCheck(port, { name: 'http', send, expect: `/^HTTP\\/\\d\\.\\d ${ask.status}${received}/` }, times);
}

/** Its `^` is the beginning of the body. */
function inBody(source: string): string {
  return source.startsWith('^') && !source.includes('|') ? `(?:${source.slice(1)})` : `[^]*?(?:${source})`;
}

/** Expectations in the file are not needed then. */
export function knowsItself(monitor: string): string {
  return `the \`${monitor}\` monitor itself decides which answer is correct`;
}

/** The path that an OPTIONS request of RTSP asks for; null: it is no such request. */
export function rtspPathIn(request: string): string | null {
  const found = /^\s*OPTIONS\s+(?:rtsp:\/\/[^/\s]*(\/[!-~]*)?|\*)\s+RTSP\//i.exec(request);
  return found === null ? null : (found[1] ?? '/');
}

export function rtspCheck(port: number, path: string, times: Entry): CheckDraft {
  const where = path === '/' ? {} : { path };
  return { name: port === 554 ? 'rtsp' : `rtsp-${port}`, entry: { type: 'rtsp', port, ...where, ...times } };
}

export function commandCheck(name: string, run: readonly string[], times: Entry): CheckDraft {
  return { name, entry: { type: 'command', run, ...times } };
}

export const mostPings = 20;
export const byPing = 'checked by the program `ping`, one run for each server';

/** Answers `count` requests; each may take `waitMs`, or a second. */
export function pingCheck(count: number, waitMs: number | null, times: Entry): CheckDraft {
  const waitS = Math.max(1, Math.ceil((waitMs ?? 1000) / 1000));
  const run = ['ping', '-n', '-q', '-c', String(count), '-W', String(waitS), '{address}'];
  return commandCheck('ping', run, times);
}

/** A text that `expect` finds as it stands, and never takes for a regular expression. */
export function literal(text: string | Buffer): string {
  return escaped(text).replace(/^\//, '\\x2f');
}

/** A regular expression for `expect`, or null when ours does not read it. */
export function pattern(source: string, flags = ''): string | null {
  try {
    new RegExp(source, flags);
    return source === '' ? null : `/${source}/${flags}`;
  } catch {
    return null;
  }
}

/** The same inside of a regular expression. */
export function asPattern(text: string | Buffer): string {
  return escaped(text).replaceAll(/\\[rnt0\\]|\\x..|[\^$.|?*+(){}[\]/-]/g, (part) =>
    part.length > 1 ? part : `\\${part}`,
  );
}

const short: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n', '\t': '\\t', '\0': '\\0' };

/** As the `tcp` monitor writes bytes. */
function escaped(text: string | Buffer): string {
  const bytes = Buffer.from(text).toString('latin1');
  return bytes.replaceAll(
    /[\\\r\n\t\0]|[^ -~]/g,
    (char) => short[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const greetings: Readonly<Record<string, { readonly port: number; readonly expect: string }>> = {
  ftp: { port: 21, expect: '/^220/' },
  ssh: { port: 22, expect: '/^SSH-/' },
  smtp: { port: 25, expect: '/^220/' },
  pop: { port: 110, expect: '/^\\+OK/' },
  pop3: { port: 110, expect: '/^\\+OK/' },
  nntp: { port: 119, expect: '/^20[01]/' },
  imap: { port: 143, expect: '/^\\* (OK|PREAUTH)/' },
  submission: { port: 587, expect: '/^220/' },
};

/** null: nobody knows how it greets. `port` null: the usual one. */
export function greetingCheck(
  service: string,
  port: number | null,
  times: Readonly<Record<string, unknown>>,
  send: string | null = null,
): CheckDraft | null {
  const known = Object.hasOwn(greetings, service) ? greetings[service] : undefined;
  if (known === undefined) return null;
  return talkCheck(port ?? known.port, { name: service, send, expect: known.expect }, times);
}
