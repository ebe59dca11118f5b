import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClientMark,
  contains,
  describeGroup,
  findClient,
  marksNothing,
  type Network,
  overrideClients,
  type PacketGroup,
  pathServices,
  type VipPath,
} from '../../src/core/marks.ts';

/** Bits as text, the plainest way to say what a network is. */
function bitsOf({ bytes, prefix }: Network): string {
  return bytes
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, prefix);
}

function network(family: 4 | 6, bytes: readonly number[], prefix: number): Network {
  const plain = bytes.map((byte, at) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefix - at * 8)))) & 0xff);
  const whole = prefix === bytes.length * 8;
  const text =
    family === 4
      ? plain.join('.')
      : plain
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join('')
          .replace(/(.{4})(?!$)/g, '$1:');
  return { family, bytes: plain, prefix, text: whole ? text : `${text}/${prefix}` };
}

/** Few different bytes, so that networks lie in one another. */
const byte = fc.constantFrom(0, 1, 10, 127, 128, 255);
const networks = fc.oneof(
  fc
    .tuple(fc.array(byte, { minLength: 4, maxLength: 4 }), fc.nat(32))
    .map(([bytes, prefix]) => network(4, bytes, prefix)),
  fc
    .tuple(fc.array(byte, { minLength: 16, maxLength: 16 }), fc.nat(128))
    .map(([bytes, prefix]) => network(6, bytes, prefix)),
);
const hosts = networks.map(({ family, bytes }) => network(family, bytes, family === 4 ? 32 : 128));
const marks = fc.integer({ min: 1, max: 5 });
const clientLists = fc.uniqueArray(fc.record({ network: networks, mark: marks }), {
  selector: (client: ClientMark) => client.network.text,
  maxLength: 12,
});

describe('contains', () => {
  it.each([
    ['192.168.7.0/24', [192, 168, 7, 0], 24, [192, 168, 7, 255], 32, true],
    ['192.168.7.0/24 and its neighbour', [192, 168, 7, 0], 24, [192, 168, 8, 0], 32, false],
    ['itself', [192, 168, 7, 0], 24, [192, 168, 7, 0], 24, true],
    ['a wider one', [192, 168, 7, 0], 24, [192, 168, 0, 0], 16, false],
    ['across a byte', [10, 0, 128, 0], 17, [10, 0, 255, 1], 32, true],
    ['across a byte, the other half', [10, 0, 128, 0], 17, [10, 0, 127, 1], 32, false],
    ['everybody', [0, 0, 0, 0], 0, [203, 0, 113, 9], 32, true],
  ] as const)('%s', (_, outer, outerPrefix, inner, innerPrefix, expected) => {
    expect(contains(network(4, outer, outerPrefix), network(4, inner, innerPrefix))).toBe(expected);
  });

  it('is the same as to begin with the same bits', () => {
    fc.assert(
      fc.property(networks, networks, (outer, inner) => {
        const expected = outer.family === inner.family && bitsOf(inner).startsWith(bitsOf(outer));
        expect(contains(outer, inner)).toBe(expected);
      }),
    );
  });
});

describe('findClient', () => {
  it('finds the longest network that has the address in it, in whatever order they come', () => {
    fc.assert(
      fc.property(clientLists, hosts, fc.boolean(), (clients, host, turned) => {
        const found = findClient(turned ? clients.toReversed() : clients, host);
        const having = clients.filter((client) => contains(client.network, host));
        const longest = Math.max(-1, ...having.map((client) => client.network.prefix));
        expect(found?.network.prefix ?? -1).toBe(longest);
        if (found !== null) expect(having).toContain(found);
      }),
    );
  });

  it('finds none in an empty list', () => {
    expect(findClient([], network(4, [10, 0, 0, 1], 32))).toBeNull();
  });
});

describe('overrideClients', () => {
  const overrides = fc.array(fc.record({ network: networks, mark: fc.option(marks) }), { maxLength: 8 });

  it('lets the last word of a hand count, and the configuration for the rest', () => {
    fc.assert(
      fc.property(clientLists, overrides, (configured, hands) => {
        const result = new Map(overrideClients(configured, hands).map((client) => [client.network.text, client.mark]));
        const texts = new Set([...configured, ...hands].map((one) => one.network.text));
        for (const text of texts) {
          const hand = hands.findLast((one) => one.network.text === text);
          const client = configured.find((one) => one.network.text === text);
          expect(result.get(text) ?? null).toBe(hand === undefined ? (client?.mark ?? null) : hand.mark);
        }
        expect(result.size).toBe(overrideClients(configured, hands).length);
      }),
    );
  });

  it('changes nothing when nobody said anything', () => {
    fc.assert(
      fc.property(clientLists, (configured) => {
        expect(overrideClients(configured, [])).toEqual(configured);
      }),
    );
  });

  it('is the same when it is done twice', () => {
    fc.assert(
      fc.property(clientLists, overrides, (configured, hands) => {
        const once = overrideClients(configured, hands);
        expect(overrideClients(once, hands)).toEqual(expect.arrayContaining([...once]));
        expect(overrideClients(once, hands)).toHaveLength(once.length);
      }),
    );
  });
});

describe('groups and paths', () => {
  const group: PacketGroup = {
    interface: 'eth0',
    vips: ['10.10.3.30', '2001:db8::30'],
    tcp: [{ first: 1935, last: 1935 }],
    udp: [{ first: 6950, last: 7150 }],
    byClient: false,
    mark: 1,
  };
  const path: VipPath = {
    server: 'edge1',
    address: '10.10.3.20',
    vip: '10.10.3.30',
    port: 1935,
    sourcePort: 40_001,
    mark: 0x7f00_0001,
    forward: 'dr',
  };

  it('describes a group as it is written', () => {
    expect(describeGroup(group)).toBe('10.10.3.30,2001:db8::30 tcp 1935 udp 6950-7150 on eth0');
  });

  it('marks nothing without groups and paths, whoever the clients are', () => {
    const clients = [{ network: network(4, [10, 0, 0, 1], 32), mark: 1 }];
    expect(marksNothing({ groups: [], clients, paths: [] })).toBe(true);
    expect(marksNothing({ groups: [], clients, paths: [path] })).toBe(false);
    expect(marksNothing({ groups: [group], clients: [], paths: [] })).toBe(false);
  });

  it('has one private service for each way, however many source ports it has', () => {
    const services = pathServices([
      path,
      { ...path, sourcePort: 40_002 },
      { ...path, vip: '2001:db8::30', mark: 0x7f00_0002 },
    ]);
    expect(services.map(({ spec }) => spec.at)).toEqual([
      { kind: 'fwmark', mark: 0x7f00_0001, family: 4 },
      { kind: 'fwmark', mark: 0x7f00_0002, family: 6 },
    ]);
    expect(services[0]?.entries).toEqual([{ address: '10.10.3.20', port: 0, forward: 'dr', weight: 1 }]);
  });
});
