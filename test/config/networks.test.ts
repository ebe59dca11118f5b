import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networksBetween, parseNetwork, parseNetworks } from '../../src/config/networks.ts';
import { contains, type Network } from '../../src/core/marks.ts';

describe('a network', () => {
  test.each([
    ['192.168.7.21', '192.168.7.21', [192, 168, 7, 21], 32],
    ['192.168.7.21/32', '192.168.7.21', [192, 168, 7, 21], 32],
    ['192.168.7.0/24', '192.168.7.0/24', [192, 168, 7, 0], 24],
    ['10.128.0.0/9', '10.128.0.0/9', [10, 128, 0, 0], 9],
    ['0.0.0.0/1', '0.0.0.0/1', [0, 0, 0, 0], 1],
    ['[2001:DB8::1]', '2001:db8::1', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128],
    ['2001:db8:0::/33', '2001:db8::/33', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 33],
    ['::ffff:10.0.0.1', '10.0.0.1', [10, 0, 0, 1], 32],
  ])('is read from %s', (written, text, bytes, prefix) => {
    expect(parseNetwork(written)).toEqual({ ok: { family: bytes.length === 4 ? 4 : 6, bytes, prefix, text } });
  });

  test.each([
    ['192.168.7.21/24', 'the network `192.168.7.0/24`, or the address `192.168.7.21` alone'],
    ['2001:db8::1/64', 'the network `2001:db8::/64`, or the address `2001:db8::1` alone'],
    ['192.168.7.0/255.255.255.0', '`/24` in place of the mask'],
    ['192.168.7.0/33', 'a prefix length from 1 to 32'],
    ['2001:db8::/129', 'a prefix length from 1 to 128'],
    ['0.0.0.0/0', 'a prefix length from 1 to 32 (all other clients get `default`)'],
    ['192.168.7.0/', 'a prefix length after the slash'],
    ['192.168.7.0/+8', 'a prefix length after the slash'],
    ['192.168.7/24', 'a network such as 192.168.7.0/24 or 2001:db8::/32'],
    ['192.168.007.0/24', 'a network such as 192.168.7.0/24 or 2001:db8::/32'],
    ['fe80::%eth0/64', 'a network such as 192.168.7.0/24 or 2001:db8::/32'],
    ['::ffff:10.0.0.0/120', 'a network such as 192.168.7.0/24 or 2001:db8::/32'],
    ['192.168.7.256', 'an IP address or a network'],
    ['', 'an IP address or a network'],
    ['edge1', 'an IP address (names are not looked up)'],
    ['224.0.0.1', 'the address of one machine, not multicast'],
  ])('is not read from %s', (written, expected) => expect(parseNetwork(written)).toEqual({ expected }));
});

describe('a range', () => {
  test.each([
    ['192.168.7.40-192.168.7.49', ['192.168.7.40/29', '192.168.7.48/31']],
    ['10.0.0.1 - 10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0-10.0.0.255', ['10.0.0.0/24']],
    ['0.0.0.0-255.255.255.255', ['0.0.0.0/1', '128.0.0.0/1']],
    ['2001:db8::-2001:db8::4', ['2001:db8::/126', '2001:db8::4']],
    ['[2001:db8::1]-[2001:db8::2]', ['2001:db8::1', '2001:db8::2']],
  ])('%s becomes networks', (text, networks) => {
    const parsed = parseNetworks(text);
    expect('ok' in parsed && parsed.ok.map((network) => network.text)).toEqual(networks);
  });

  test.each([
    ['10.0.0.9-10.0.0.1', 'a range that begins with the lower address, `10.0.0.1-10.0.0.9`'],
    ['10.0.0.9-::1', 'a range within one family, IPv4 or IPv6'],
    ['10.0.0.1-9', 'a range such as 192.168.7.40-192.168.7.49, an address on either side'],
    ['10.0.0.0/24-10.0.1.0/24', 'a range such as 192.168.7.40-192.168.7.49, an address on either side'],
    ['10.0.0.1-10.0.0.2-10.0.0.3', 'a range such as 192.168.7.40-192.168.7.49, an address on either side'],
  ])('%s is refused', (text, expected) => expect(parseNetworks(text)).toEqual({ expected }));

  /** Every address in the range and none beside it, no two networks that one could stand for. */
  const holds = (first: readonly number[], last: readonly number[]): void => {
    const family = first.length === 4 ? 4 : 6;
    const networks = networksBetween(first, last).map((block): Network => ({ family, text: '', ...block }));
    const number = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const size = ({ prefix }: Network) => 1n << BigInt(first.length * 8 - prefix);
    let next = number(first);
    for (const network of networks) {
      expect(number(network.bytes)).toBe(next);
      expect(next % size(network)).toBe(0n);
      next += size(network);
    }
    expect(next - 1n).toBe(number(last));
    networks.forEach((network, at) => {
      const after = networks[at + 1];
      const joins = after?.prefix === network.prefix && number(network.bytes) % (2n * size(network)) === 0n;
      expect(joins && network.prefix > 1).toBe(false);
      const inside: Network = { family, bytes: network.bytes, prefix: first.length * 8, text: '' };
      expect(networks.filter((one) => contains(one, inside))).toEqual([network]);
    });
  };

  test.each([4, 16])('of %i bytes is covered exactly, by as few networks as can be', (length) => {
    const bytes = fc.array(fc.nat(255), { minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(length), (a, b, same) => {
        // Ranges of every size: they begin alike.
        const c = [...a.slice(0, same), ...b.slice(same)];
        const upward = Buffer.compare(Buffer.from(a), Buffer.from(c)) <= 0;
        holds(upward ? a : c, upward ? c : a);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
