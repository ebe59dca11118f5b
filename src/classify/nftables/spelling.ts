/** One spelling for what versions of nft print in several: 0.9.8 to 1.1.7 were looked at, and what nft(8) allows. */
import { nftMark } from './table.ts';

/** Without counters and comments, which change nothing. */
export function plainRule(rule: string): string {
  return rule
    .replace(/\s+/g, ' ')
    .replace(/(?<=^| )(?:counter(?: packets \d+ bytes \d+)?|comment "[^"]*")(?: |$)/g, '')
    .trim()
    .replace(/\biifname ([^" ]+)(?= )/, 'iifname "$1"')
    .replace(/\b(ip6? [sd]addr) and /, '$1 & ')
    .replace(/(?<=^| )(?:meta )?mark set /, 'meta mark set ')
    .replace(/(?<= mark set )(?:\d{1,10}|0x[0-9a-f]{1,8})(?= |$)/i, (mark) => nftMark(Number(mark)))
    .replace(/(?<=^| )meta nfproto ipv4 (?=.*\bip [sd]addr )/, '')
    .replace(/(?<=^| )meta nfproto ipv6 (?=.*\bip6 [sd]addr )/, '')
    .replace(/(?<=^| )meta l4proto (tcp|udp) (?=.*\b\1 [sd]port )/, '');
}

/** `type`: up to the priority. A chain without a policy accepts. */
export function plainHook(type: string, policy: string): string {
  const plain = type.replace(/\s+/g, ' ').replace(/(?<= priority ).+$/, plainPriority);
  return `${plain}; policy ${policy};`;
}

/** `typeof` names fields where `type` names what they hold. */
export function plainType(text: string): string {
  return text
    .replace(/\bip [sd]addr\b/g, 'ipv4_addr')
    .replace(/\bip6 [sd]addr\b/g, 'ipv6_addr')
    .replace(/\b(?:tcp|udp|th) [sd]port\b/g, 'inet_service')
    .replace(/\bmeta mark\b/g, 'mark')
    .replace(/\s*([.:])\s*/g, ' $1 ');
}

export function plainFlags(text: string): string {
  return text
    .split(',')
    .map((flag) => flag.trim())
    .sort()
    .join(',');
}

export function plainElements(text: string): readonly string[] {
  const bare = text.replace(/\s(?:counter(?: packets \d+ bytes \d+)?|comment "[^"]*")(?=[\s,}])/g, '');
  return bare.replace(/^=\s*\{|\}$/g, '').split(',');
}

/** `mangle`, `-150` and `filter - 150` are the same. */
function plainPriority(text: string): string {
  const [whole, name, sign = '+', offset = '0'] = /^([a-z]+)?\s*(?:([+-])\s*(\d{1,9}))?$/.exec(text.trim()) ?? [];
  const base = name === undefined ? 0 : priorities.get(name);
  if (whole === undefined || whole === '' || base === undefined) return text;
  const value = base + Number(`${sign}${offset}`);
  return [...priorities].find(([, priority]) => priority === value)?.[0] ?? String(value);
}

/** nft(8), "standard priority names" of the families ip, ip6 and inet. */
const priorities: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]);
