/** `real` and `fallback`: one server, or a range of them. */
import { parseAddress } from '../../../src/config/addresses.ts';
import type { Forward } from '../../../src/core/table.ts';
import { portIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { weightIn } from '../cluster/service.ts';
import { type Setting, unquoted } from './lines.ts';

export interface Real {
  readonly address: string;
  readonly port: number | null;
  /** null: not stated. */
  readonly forward: Forward | null;
  readonly weight: number;
  /** In place of those of the virtual service. */
  readonly request: string | null;
  readonly receive: string | null;
}

const forwards: Readonly<Record<string, Forward>> = { gate: 'dr', masq: 'nat', ipip: 'tun' };
const maxRange = 512;

/** Services by the names that people use for a port (services(5)). */
const ports: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  www: 80,
  pop3: 110,
  nntp: 119,
  imap: 143,
  imap2: 143,
  https: 443,
  rtsp: 554,
  imaps: 993,
  pop3s: 995,
  'ms-streaming': 1755,
  'http-alt': 8080,
};

export function portOf(text: string | undefined): number | null {
  return portIn(text) ?? (Object.hasOwn(ports, text ?? '') ? (ports[text ?? ''] ?? null) : null);
}

/** `ADDRESS[->ADDRESS][:PORT] gate|masq|ipip [WEIGHT] ["REQUEST", "RECEIVE"]`. */
export function realsOf({ key, value, place }: Setting, remarks: Remarks): readonly Real[] {
  const [, where = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(value) ?? [];
  const host = hostsIn(where);
  if (typeof host === 'string') {
    remarks.skipped(place, `${key}: ${host}`);
    return [];
  }
  const [, method = '', weightText, talk = ''] = /^([A-Za-z]*)\s*(\S*?)\s*((?:["'][\s\S]*)?)$/.exec(rest) ?? [
    '',
    '',
    rest,
  ];
  const forward = forwards[method.toLowerCase()] ?? null;
  if (method !== '' && forward === null) {
    remarks.expected(place, 'gate, masq or ipip after the address', method);
  }
  const weight = weightText ? weightIn(weightText, place, remarks) : 1;
  const words = [...talk.matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2] ?? '');
  if (talk !== '' && words.length === 0) remarks.skipped(place, `${shown(talk)} is not understood after a weight`);
  const [request = null, receive = null] = words;
  return host.addresses.map((address) => ({
    address,
    port: host.port,
    forward,
    weight: weight ?? 1,
    request,
    receive,
  }));
}

/** Addresses and their port; or what was expected. */
function hostsIn(text: string): { readonly addresses: readonly string[]; readonly port: number | null } | string {
  const where = unquoted(text);
  const [, from = '', to, portText] =
    /^(\[[^\]]*\]|[^:[\]]*?)(?:->(\[[^\]]*\]|[^:[\]]*))?(?::([\w-]+))?$/.exec(where) ?? [];
  if (from === '') return `expected an address, got ${shown(where)}`;
  const port = portOf(portText);
  if (portText !== undefined && port === null && portText !== '0') {
    return `expected a port from 1 to 65535, got ${shown(portText)}`;
  }
  const first = parseAddress(from);
  if (!('ok' in first)) return `expected ${first.expected}, got ${shown(from)}`;
  if (to === undefined) return { addresses: [first.ok], port };
  const last = parseAddress(to);
  if (!('ok' in last)) return `expected ${last.expected}, got ${shown(to)}`;
  const [low, high] = [numberOf(first.ok), numberOf(last.ok)];
  if (low === null || high === null || high < low || high - low >= maxRange) {
    return `expected a range of at most ${maxRange} IPv4 addresses, got ${shown(where)}`;
  }
  return { addresses: Array.from({ length: high - low + 1 }, (_, at) => addressOf(low + at)), port };
}

function numberOf(address: string): number | null {
  if (address.includes(':')) return null;
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
}
