/** Networks of clients as they may be written: an address, `address/prefix`, or a range `first-last`. */
import ipaddr from 'ipaddr.js';
import type { Network } from '../core/marks.ts';
import { type Parsed, parseAddress } from './addresses.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network as plain numbers: 4 or 16 bytes. */
export interface Block {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/** `192.168.7.21`, `192.168.7.0/24`, `2001:db8::/32`. The prefix length 0 is refused: `default` is for all other clients. */
export function parseNetwork(text: string): Parsed<Network> {
  const plain = plainIpv4(text);
  if (plain !== null) return { ok: plain };
  const slash = text.indexOf('/');
  if (slash === -1) {
    const parsed = parseAddress(text);
    if ('ok' in parsed) return { ok: networkOf(ipaddr.parse(parsed.ok)) };
    // A list of clients is full of numbers, so a wrong one is most likely an address with a typing error.
    return parsed.expected === 'an IP address' ? { expected: 'an IP address or a network' } : parsed;
  }
  const address = readAddress(text.slice(0, slash));
  if (address === null) return { expected: 'a network such as 192.168.7.0/24 or 2001:db8::/32' };
  return prefixed(address, text.slice(slash + 1));
}

/** Also accepts ranges: `192.168.7.40-192.168.7.49` becomes as many networks as it takes, in order. */
export function parseNetworks(text: string): Parsed<readonly Network[]> {
  const [from, to, ...more] = text.split('-');
  if (from === undefined || to === undefined) {
    const parsed = parseNetwork(text);
    return 'ok' in parsed ? { ok: [parsed.ok] } : parsed;
  }
  const [first, last] = [readAddress(from.trim()), readAddress(to.trim())];
  if (first === null || last === null || more.length > 0) {
    return { expected: 'a range such as 192.168.7.40-192.168.7.49, an address on either side' };
  }
  const [low, high] = [first.toByteArray(), last.toByteArray()];
  if (low.length !== high.length) return { expected: 'a range within one family, IPv4 or IPv6' };
  if (compare(low, high) > 0) return { expected: `a range that begins with the lower address, \`${to}-${from}\`` };
  return { ok: networksBetween(low, high).map(({ bytes, prefix }) => networkOf(fromBytes(bytes), prefix)) };
}

/**
 * The fewest networks that together are exactly the addresses from `first` to `last`, both included, in order: at most
 * two for each bit. None has the prefix length 0, because some packet filters do not accept it.
 */
export function networksBetween(first: readonly number[], last: readonly number[]): readonly Block[] {
  const bits = first.length * 8;
  const end = numberOf(last);
  const blocks: Block[] = [];
  let at = numberOf(first);
  while (at <= end) {
    let free = 0;
    // The block grows while it starts on a multiple of its size and ends within the range.
    while (free < bits - 1 && (at & (1n << BigInt(free))) === 0n && at + (2n << BigInt(free)) - 1n <= end) free += 1;
    blocks.push({ bytes: bytesOf(at, first.length), prefix: bits - free });
    at += 1n << BigInt(free);
  }
  return blocks;
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function bytesOf(number: bigint, length: number): readonly number[] {
  return Array.from({ length }, (_, at) => Number((number >> BigInt((length - 1 - at) * 8)) & 0xffn));
}

/** A fast path, since long lists of clients are mostly this: an IPv4 address in its usual form. */
function plainIpv4(text: string): Network | null {
  const parts = /^([1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  if (parts === null) return null;
  const bytes = [Number(parts[1]), Number(parts[2]), Number(parts[3]), Number(parts[4])];
  // Addresses from 224.0.0.0 are multicast or reserved.
  return bytes.some((byte, at) => byte > (at === 0 ? 223 : 255)) ? null : { family: 4, bytes, prefix: 32, text };
}

function prefixed(address: Address, prefixText: string): Parsed<Network> {
  const bits = address.toByteArray().length * 8;
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : null;
  if (prefix === null) {
    const mask = ipaddr.IPv4.isValidFourPartDecimal(prefixText)
      ? ipaddr.IPv4.parse(prefixText).prefixLengthFromSubnetMask()
      : null;
    return { expected: mask === null ? 'a prefix length after the slash' : `\`/${mask}\` in place of the mask` };
  }
  if (prefix === 0) return { expected: `a prefix length from 1 to ${bits} (all other clients get \`default\`)` };
  if (prefix > bits) return { expected: `a prefix length from 1 to ${bits}` };
  const network = networkOf(address, prefix);
  const written = networkOf(address);
  if (prefix === bits || sameBytes(network, written)) return { ok: network };
  return { expected: `the network \`${network.text}\`, or the address \`${written.text}\` alone` };
}

function networkOf(address: Address, prefix?: number): Network {
  const all = address.toByteArray();
  const whole = all.length * 8;
  const length = prefix ?? whole;
  const bytes = length === whole ? all : all.map((byte, at) => byte & byteMask(length - at * 8));
  const base = length === whole ? address : fromBytes(bytes);
  const name = base instanceof ipaddr.IPv6 ? base.toRFC5952String() : base.toString();
  return {
    family: all.length === 4 ? 4 : 6,
    bytes,
    prefix: length,
    text: length === whole ? name : `${name}/${length}`,
  };
}

/** An address with or without brackets around IPv6; null: the text is no address. */
function readAddress(text: string): Address | null {
  const bare = /^\[(.*:.*)\]$/.exec(text)?.[1] ?? text;
  if (bare.includes('%')) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  const address = ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare) : null;
  // No packet has an IPv4-mapped IPv6 address.
  return address?.isIPv4MappedAddress() ? null : address;
}

function fromBytes(bytes: readonly number[]): Address {
  return ipaddr.fromByteArray([...bytes]);
}

/** The first `bits` bits of a byte; all or none beyond its ends. */
function byteMask(bits: number): number {
  return (0xff << (8 - Math.min(8, Math.max(0, bits)))) & 0xff;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function sameBytes(a: Network, b: Network): boolean {
  return a.bytes.every((byte, index) => byte === b.bytes[index]);
}
