/** Reads what a client sent: every value is checked before the daemon sees it, every refusal says what was expected. */
import { parseDurationMs } from '../plugin/fields.ts';

const bodyCapBytes = 64 * 1024;

/** A year: longer holds are what `enable` and the configuration are for. */
const longestHoldMs = 366 * 86_400_000;

/** The request is wrong, whatever the state of the daemon; answered with status 400. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

export type Body = Readonly<Record<string, unknown>>;

/** An object with none but these keys; no body at all is one without keys. */
export async function readBody(stream: ReadableStream<Uint8Array> | null, keys: readonly string[]): Promise<Body> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the stream: what is beyond the cap is not read.
  for await (const part of stream ?? []) {
    bytes += part.length;
    if (bytes > bodyCapBytes) throw new TooLarge(`expected a body of at most ${bodyCapBytes} bytes, got more`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  const body = text.trim() === '' ? {} : parseJson(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadRequest(`expected a JSON object, got ${shown(body)}`);
  }
  for (const key of Object.keys(body)) {
    if (!keys.includes(key)) throw new BadRequest(`expected only ${keys.join(', ') || 'no keys'}, got ${shown(key)}`);
  }
  return body as Body;
}

/** One line of text; a missing key is the fallback, or a refusal when there is none. */
export function lineIn(body: Body, key: string, limit: number, fallback?: string): string {
  const value = body[key] ?? fallback;
  if (typeof value !== 'string') throw new BadRequest(`${key}: expected text, got ${shown(value)}`);
  const text = value.trim();
  if (text === '' && fallback !== '') throw new BadRequest(`${key}: expected text, got nothing`);
  if (text.length > limit) throw new BadRequest(`${key}: expected at most ${limit} characters, got ${text.length}`);
  // It ends up in subjects of mails and on terminals: a line break or an escape there is an attack.
  if (/\p{Cc}|\u2028|\u2029/u.test(text))
    throw new BadRequest(`${key}: expected one line of text, got control characters`);
  return text;
}

export function oneOfIn<T extends string>(body: Body, key: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === body[key]);
  if (found === undefined) throw new BadRequest(`${key}: expected ${choices.join(' or ')}, got ${shown(body[key])}`);
  return found;
}

/** Milliseconds, or text such as `2h` for those who write by hand; null or missing: without end. */
export function holdTimeIn(body: Body, key: string): number | null {
  const value = body[key] ?? null;
  if (value === null) return null;
  const ms = typeof value === 'string' ? parseDurationMs(value) : value;
  if (typeof ms !== 'number' || !Number.isInteger(ms)) {
    throw new BadRequest(`${key}: expected milliseconds or a duration such as 2h, got ${shown(value)}`);
  }
  if (ms < 1000 || ms > longestHoldMs) throw new BadRequest(`${key}: expected 1s to 366d, got ${shown(value)}`);
  return ms;
}

/** A weight for new viewers, as the largest table takes it. */
export function weightIn(body: Body, key: string): number {
  const value = body[key];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  const instead = value === 0 ? ': to send no new viewers is a drain' : '';
  throw new BadRequest(`${key}: expected a whole number from 1 to 65535, got ${shown(value)}${instead}`);
}

/** A firewall mark, as a number or as text such as `2` or `0x2`. */
export function markIn(body: Body, key: string): number {
  const value = body[key];
  const mark = typeof value === 'string' && /^(\d{1,10}|0x[\da-f]{1,8})$/i.test(value) ? Number(value) : value;
  if (typeof mark === 'number' && Number.isInteger(mark) && mark >= 1 && mark <= 0xffff_ffff) return mark;
  throw new BadRequest(`${key}: expected a whole number from 1 to 4294967295, got ${shown(value)}`);
}

/** A whole number in a query string. */
export function numberIn(text: string | undefined, key: string, range: readonly [number, number]): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range[0] && value <= range[1]) return value;
  throw new BadRequest(`${key}: expected a whole number from ${range[0]} to ${range[1]}, got ${shown(text)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest(`expected JSON, got ${shown(text)}`);
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/[\p{Cc}`]+/gu, ' ');
  return `\`${line.length > 60 ? `${line.slice(0, 60)}...` : line}\``;
}
