import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTable, createNftables, replacement } from '../../../src/classify/nftables/nftables.ts';
import type { Difference } from '../../../src/classify/packet-filter.ts';
import { atOnce } from '../../../src/classify/slices.ts';
import type { Marking } from '../../../src/core/marks.ts';
import { answering, client, usual } from '../fixtures.ts';

/** What nft 1.0.6 prints of `usual`. */
const listing = `table inet understudy {
	map clients4_32 {
		type ipv4_addr : mark
		elements = { 10.0.0.7 : 0x00000002 }
	}

	map clients4_24 {
		type ipv4_addr : mark
		elements = { 10.0.0.0 : 0x00000003 }
	}

	map clients6_48 {
		type ipv6_addr : mark
		elements = { 2001:db8:1:: : 0x00000004 }
	}

	set vips4_1 {
		type ipv4_addr
		elements = { 10.10.3.30 }
	}

	set vips6_1 {
		type ipv6_addr
		elements = { 2001:db8::30 }
	}

	set tcp_1 {
		type inet_service
		flags interval
		elements = { 1935, 8080 }
	}

	set udp_1 {
		type inet_service
		flags interval
		elements = { 6950-7150 }
	}

	map paths4 {
		type ipv4_addr . inet_service . inet_service : mark
		elements = { 10.10.3.30 . 1935 . 40001 : 0x7f000001 }
	}

	chain clients {
		meta mark set ip saddr map @clients4_32 accept
		meta mark set ip saddr & 255.255.255.0 map @clients4_24 accept
		meta mark set ip6 saddr & ffff:ffff:ffff:: map @clients6_48 accept
	}

	chain prerouting {
		type filter hook prerouting priority mangle; policy accept;
		iifname "eth0" ip daddr @vips4_1 tcp dport @tcp_1 meta mark set 0x00000001 goto clients
		iifname "eth0" ip daddr @vips4_1 udp dport @udp_1 meta mark set 0x00000001 goto clients
		iifname "eth0" ip6 daddr @vips6_1 tcp dport @tcp_1 meta mark set 0x00000001 goto clients
		iifname "eth0" ip6 daddr @vips6_1 udp dport @udp_1 meta mark set 0x00000001 goto clients
	}

	chain output {
		type filter hook output priority mangle; policy accept;
		meta mark set ip daddr . tcp dport . tcp sport map @paths4
	}
}
`;
const clients = (marking: Marking, ...list: Marking['clients']): Marking => ({ ...marking, clients: list });

describe('a table of nftables', () => {
  it('is found to be right as nft prints it', () => {
    expect(seen(listing)).toEqual([]);
  });

  it('is found to be right in what it sends, and in the older way to print a priority', () => {
    const sent = atOnce(replacement(usual)).split('\n').slice(2).join('\n');
    expect(seen(sent)).toEqual([]);
    expect(seen(listing.replaceAll('priority mangle;', 'priority -150;'))).toEqual([]);
  });

  it.each([
    ['a client moved', '0x00000002', '0x00000009', '~ client 10.0.0.7: mark 2 instead of 9'],
    ['a client gone', 'elements = { 10.0.0.0 : 0x00000003 }\n', '', '+ client 10.0.0.0/24: mark 3'],
    ['a client come', '10.0.0.7 :', '10.0.0.6 : 0x5, 10.0.0.7 :', '- client 10.0.0.6: mark 5'],
    [
      'a client with more to it',
      '10.0.0.7 :',
      '10.0.0.6 timeout 1h expires 59m : 0x5, 10.0.0.7 :',
      '- element of clients4_32: `10.0.0.6 timeout 1h expires 59m : 0x5`',
    ],
    ['a port gone', '1935, 8080', '1935', '+ 10.10.3.30,2001:db8::30 tcp 8080 on eth0: mark by client, else 1'],
    [
      'an address come',
      '{ 10.10.3.30 }',
      '{ 10.10.3.30, 10.10.3.31 }',
      '- 10.10.3.31 tcp 1935,8080 udp 6950-7150 on eth0: mark by client, else 1',
    ],
    [
      'a way moved',
      '0x7f000001',
      '0x7f000009',
      '~ path 10.10.3.30:1935 through edge1: mark 2130706433 instead of 2130706441',
    ],
    ['a rule of others', '\tchain output {', '\tchain output {\n\t\tdrop', '- rule in chain output: `drop`'],
    [
      'a rule of others in clients',
      '\tchain clients {',
      '\tchain clients {\n\t\tdrop',
      '- rule in chain clients: `drop`',
    ],
    [
      'a chain of others',
      '\tchain output {',
      '\tchain more {\n\t\taccept\n\t}\n\n\tchain output {',
      '- rule in chain more: `accept`',
    ],
    ['a set of others', '\tchain output {', '\tset more {\n\t\ttype mark\n\t}\n\n\tchain output {', '- set more'],
    [
      'a counter of others',
      '\tchain output {',
      '\tcounter more {\n\t\tpackets 0 bytes 0\n\t}\n\n\tchain output {',
      '- `counter more`',
    ],
    [
      'another default',
      'tcp dport @tcp_1 meta mark set 0x00000001',
      'tcp dport @tcp_1 meta mark set 0x00000002',
      '~ 10.10.3.30,2001:db8::30 tcp 1935,8080 on eth0: mark by client, else 1 instead of mark by client, else 2',
    ],
    [
      'lookups in another order',
      /(\t\tmeta mark set ip saddr map.*\n)(.*\n)/g,
      '$2$1',
      '~ chain clients: expected `meta mark set ip saddr map @clients4_32 accept`',
    ],
    [
      'another hook',
      'hook prerouting priority mangle',
      'hook forward priority mangle',
      '~ chain prerouting: expected `type filter hook prerouting priority mangle; policy accept;`',
    ],
    [
      'a rule twice',
      /(\t\tmeta mark set ip daddr.*\n)/g,
      '$1$1',
      '~ chain output: expected `the end after meta mark set ip daddr . tcp dport . tcp sport map @paths4`',
    ],
    [
      'another kind of set',
      '\t\tflags interval\n',
      '\t\tflags interval,timeout\n',
      '~ set tcp_1: expected `set inet_service interval`',
    ],
  ])('says what differs: %s', (_, from, to, line) => {
    const changed = listing.replaceAll(from, to);
    expect(changed).not.toBe(listing);
    expect(seen(changed)[0]).toBe(line);
  });

  it('counts many clients that are all missing, and lists groups by themselves', () => {
    const many = Array.from({ length: 300 }, (_, at) => client(`10.1.${at >> 8}.${at & 255}`, 1));
    expect(seen('', clients(usual, ...many))).toEqual([
      '+ 10.10.3.30,2001:db8::30 tcp 1935,8080 udp 6950-7150 on eth0: mark by client, else 1',
      '+ path 10.10.3.30:1935 through edge1: mark 2130706433',
      '+ 300 clients',
    ]);
  });

  it('sees a rule of others wherever it stands', () => {
    const lines = listing.split('\n');
    for (let at = 1; at < lines.length; at += 1) {
      const text = lines.toSpliced(at, 0, '\t\tip saddr 203.0.113.9 drop').join('\n');
      expect(seen(text).join('\n'), `line ${at}`).toContain('203.0.113.9');
    }
  });

  it('reads whatever it is given without a fault', () => {
    const lines = listing.split('\n');
    const edits = fc.array(
      fc.tuple(fc.nat(lines.length - 1), fc.oneof(fc.constant(null), fc.string(), fc.constantFrom(...lines))),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(edits, (changes) => {
        const text = [...lines];
        for (const [at, line] of changes) text.splice(at, 1, ...(line === null ? [] : [line]));
        for (const line of seen(text.join('\n'))) expect(line).not.toContain('\n');
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => void seen(text)));
  });

  it('keeps each line short, however long the rule is', () => {
    const long = listing.replace(
      '\tchain output {',
      `\tchain output {\n\t\tip saddr { ${'10.0.0.1, '.repeat(500)} } drop`,
    );
    expect(Math.max(...seen(long).map((line) => line.length))).toBeLessThan(300);
  });
});

describe('nft', () => {
  const list = 'nft -s list table inet understudy';

  it('is asked once for a look, and the text of the last one is enough', async () => {
    const exec = answering({ [list]: { stdout: listing } });
    const filter = createNftables({ exec });
    expect(await filter.differences(usual)).toEqual([]);
    expect(await filter.differences(structuredClone(usual))).toEqual([]);
    expect(exec.calls).toEqual([list, list]);
  });

  it('is sent one small transaction for a client', async () => {
    const sent: string[] = [];
    const exec = answering({ [list]: { stdout: listing }, nft: {} });
    const filter = createNftables({
      exec: {
        ...exec,
        run(file, args, options) {
          if (options.input !== undefined) sent.push(options.input);
          return exec.run(file, args, options);
        },
      },
    });
    await filter.differences(usual);
    const added = client('10.0.0.9', 5);
    await filter.change([added], clients(usual, ...usual.clients, added));
    await filter.change([{ ...added, mark: null }, client('10.0.0.7', 6)], usual);
    await filter.change([{ ...client('10.0.0.0/24', 1), mark: null }, client('10.9.0.0/16', 7)], usual);
    expect(sent).toEqual([
      'add element inet understudy clients4_32 { 10.0.0.9 : 0x00000005 }\n',
      'delete element inet understudy clients4_32 { 10.0.0.9 }\ndelete element inet understudy clients4_32 { 10.0.0.7 }\nadd element inet understudy clients4_32 { 10.0.0.7 : 0x00000006 }\n',
      [
        'add map inet understudy clients4_16 { type ipv4_addr : mark; }',
        'add element inet understudy clients4_16 { 10.9.0.0 : 0x00000007 }',
        'flush chain inet understudy clients',
        'add rule inet understudy clients meta mark set ip saddr map @clients4_32 accept',
        'add rule inet understudy clients meta mark set ip saddr & 255.255.0.0 map @clients4_16 accept',
        'add rule inet understudy clients meta mark set ip6 saddr & ffff:ffff:ffff:: map @clients6_48 accept',
        'delete map inet understudy clients4_24',
        '',
      ].join('\n'),
    ]);
  });

  it.each([
    ['is missing', undefined, 'missing', 'no nft: expected `nft` in PATH'],
    [
      'is not allowed to',
      { exitCode: 1, stderr: 'netlink: Error: cache initialization failed: Operation not permitted\n' },
      'permission',
      'nft is not allowed to: expected root or CAP_NET_ADMIN, got `netlink: Error: cache initialization failed: Operation not permitted`',
    ],
    [
      'says something else',
      { exitCode: 1, stderr: 'Error: syntax error, unexpected list\nlist table\n^^^^\n' },
      'refused',
      'nft -s list table inet understudy: Error: syntax error, unexpected list; list table',
    ],
    ['says nothing', { exitCode: 3 }, 'refused', 'nft -s list table inet understudy: exit 3'],
  ] as const)('is named with what it said when it %s', async (_, answer, kind, message) => {
    const filter = createNftables({ exec: answering(answer === undefined ? {} : { nft: answer }) });
    await expect(filter.differences(usual)).rejects.toMatchObject({ name: 'PacketFilterError', kind, message });
  });

  it('is told to take back what it shows otherwise than it took', async () => {
    const sent: string[] = [];
    const exec = answering({ [list]: { stdout: listing }, nft: {} });
    const filter = createNftables({
      exec: {
        ...exec,
        run(file, args, options) {
          if (options.input !== undefined) sent.push(options.input);
          return exec.run(file, args, options);
        },
      },
    });
    const wanted = clients(usual, ...usual.clients, client('10.0.0.9', 5));
    await expect(filter.apply(wanted)).rejects.toMatchObject({
      kind: 'unread',
      message: 'nftables accepted the rules but lists different ones: `+ client 10.0.0.9: mark 5`; rolled back',
    });
    expect(sent[1]).toContain(listing);
  });
});

function seen(text: string, marking: Marking = usual): string[] {
  return atOnce(compareTable(text, marking)).differences.map(({ sign, text: line }: Difference) => `${sign} ${line}`);
}
