/** IP addresses, `address:port` and firewall marks, as they may be written. Host names are refused: no check waits for DNS. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { pathMarks } from '../core/marks.ts';
import { field } from '../plugin/fields.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number | null;
}

export type Parsed<T> = { readonly ok: T } | { readonly expected: string };

const maxMark = 0xffff_ffff;
const freeMark = `a mark below ${hex(pathMarks.first)} or above ${hex(pathMarks.last)}; those between are for checks by a virtual address`;

const notOneMachine: Readonly<Record<string, string>> = {
  unspecified: 'any address',
  multicast: 'multicast',
  broadcast: 'broadcast',
};

/** Accepts brackets around IPv6; the result has none and is in its shortest form (RFC 5952). */
export function parseAddress(text: string): Parsed<string> {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const bracketed = bare !== text;
  if (bracketed && !bare.includes(':')) return { expected: 'an IP address, with brackets around IPv6 only' };
  if (bare.includes('%')) return { expected: 'an IP address without a zone' };
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) {
    const named = /[a-z]/i.test(bare) && !bare.includes(':');
    return { expected: named ? 'an IP address (names are not looked up)' : 'an IP address' };
  }
  // `process` turns an IPv4-mapped IPv6 address into IPv4, as every socket does.
  const address = ipaddr.process(bare);
  const kind = notOneMachine[address.range()];
  if (kind !== undefined) return { expected: `the address of one machine, not ${kind}` };
  return { ok: address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString() };
}

/** `10.0.0.1:554` or `[2001:db8::1]:554`; the port is optional when `portNeeded` is false. */
export function parseEndpoint(text: string, portNeeded: boolean): Parsed<Endpoint> {
  const form = portNeeded ? '`address:port`' : '`address` or `address:port`';
  if (!text.startsWith('[') && text.split(':').length > 2) {
    if (!portNeeded && ipaddr.IPv6.isValid(text)) return withPort(text, undefined);
    return { expected: `${form} with brackets around an IPv6 address, as in \`[2001:db8::1]:554\`` };
  }
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(text);
  if (match === null || (portNeeded && match[2] === undefined)) return { expected: form };
  return withPort(match[1] ?? '', match[2]);
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

export function addressField() {
  return fromText('expected an IP address', parseAddress);
}

export function endpointField() {
  return fromText('expected `address:port`', (text) => {
    const parsed = parseEndpoint(text, true);
    if (!('ok' in parsed)) return parsed;
    const { address, port } = parsed.ok;
    return port === null ? { expected: '`address:port`' } : { ok: { address, port } };
  });
}

export function referenceField() {
  return fromText('expected an IP address, optionally with `:port`', (text) => parseEndpoint(text, false));
}

/** A value that is written as text and parsed; `mistyped` is the message for a value that is not text. */
export function fromText<T>(mistyped: string, parse: (text: string) => Parsed<T>) {
  // Brackets without quotes are a list in YAML.
  const quotes = `${mistyped}; brackets need quotes, as in "[2001:db8::1]"`;
  return z
    .string({ error: ({ input }) => (Array.isArray(input) ? quotes : mistyped) })
    .transform((text, context): T => {
      const parsed = parse(text);
      if ('ok' in parsed) return parsed.ok;
      context.addIssue({ code: 'custom', message: `expected ${parsed.expected}`, input: text });
      return z.NEVER;
    });
}

function withPort(host: string, portText: string | undefined): Parsed<Endpoint> {
  const address = parseAddress(host);
  if (!('ok' in address)) return address;
  if (portText === undefined) return { ok: { address: address.ok, port: null } };
  const port = /^\d{1,6}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) return { expected: `a port from 1 to 65535 after the address` };
  return { ok: { address: address.ok, port } };
}

export function markField() {
  return field.count(1, maxMark).refine(isFree, `expected ${freeMark}`);
}

/** `7`, `0x7`. */
export function parseMark(text: string): Parsed<number> {
  const mark = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : 0;
  if (mark < 1 || mark > maxMark) return { expected: `a whole number from 1 to ${maxMark}` };
  return isFree(mark) ? { ok: mark } : { expected: freeMark };
}

function isFree(mark: number): boolean {
  return mark < pathMarks.first || mark > pathMarks.last;
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}
