/** Monitors for what other programs check. */
import type { CheckWish } from './cluster.ts';

type Entry = Readonly<Record<string, unknown>>;

export function tcpCheck(port: number, times: Entry): CheckWish {
  return { name: `tcp-${port}`, entry: { type: 'tcp', port, ...times } };
}

/** `send` and `expect` as the bytes are; a pattern is an `expect` between slashes already. */
export function talkCheck(
  port: number,
  talk: { readonly name?: string; readonly send: string | null; readonly expect: string | null },
  times: Entry,
): CheckWish {
  const send = talk.send === null || talk.send === '' ? {} : { send: escaped(talk.send) };
  const expect = talk.expect === null || talk.expect === '' ? {} : { expect: talk.expect };
  return { name: `${talk.name ?? 'tcp'}-${port}`, entry: { type: 'tcp', port, ...send, ...expect, ...times } };
}

/** A status between 200 and 299 unless told otherwise; `status` is a regular expression of three digits. */
export function httpCheck(
  port: number,
  ask: { readonly method: string; readonly path: string; readonly host: string | null; readonly status: string },
  times: Entry,
): CheckWish {
  const host = ask.host === null ? '' : `Host: ${ask.host}\r\n`;
  const send = `${ask.method} ${ask.path} HTTP/1.0\r\n${host}\r\n`;
  return talkCheck(port, { name: 'http', send, expect: `/^HTTP\\/\\d\\.\\d ${ask.status}/` }, times);
}

export function rtspCheck(port: number, path: string, times: Entry): CheckWish {
  const where = path === '/' ? {} : { path };
  return { name: port === 554 ? 'rtsp' : `rtsp-${port}`, entry: { type: 'rtsp', port, ...where, ...times } };
}

export function commandCheck(name: string, run: readonly string[], times: Entry): CheckWish {
  return { name, entry: { type: 'command', run, ...times } };
}

/** A text that `expect` finds as it stands, and never takes for a regular expression. */
export function literal(text: string): string {
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

/** As the `tcp` monitor writes bytes. */
function escaped(text: string): string {
  return text.replaceAll(/[\\\r\n\t\0]|[^ -~]/g, (char) => {
    const short: Readonly<Record<string, string>> = {
      '\\': '\\\\',
      '\r': '\\r',
      '\n': '\\n',
      '\t': '\\t',
      '\0': '\\0',
    };
    return short[char] ?? [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
}
