import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeGroup } from '../../src/core/marks.ts';
import { growth } from '../growth.ts';
import { folder, problemsOf, useScratch, valid } from './scratch.ts';

useScratch();

const base = `director: { reference: [10.10.3.1] }
servers: { edge1: { address: 10.10.3.20 }, edge2: { address: 10.10.3.21 }, six: { address: "2001:db8::20" } }
monitors: { rtsp: { type: rtsp } }
watches: { edges: { servers: [edge1, edge2, six], monitors: [rtsp], alerts: [failover] } }
alerts: { failover: { type: ipvs } }
virtual_services: { one: { fwmark: 1, servers: [edge1] }, two: { fwmark: 2, servers: [edge2] } }
`;

const withGroups = (classify: string) => `${base}classify:\n${classify}\n`;
const clientsFile = (text: string | Uint8Array) => writeFileSync(join(folder, 'clients.csv'), text);
const classify = (text: string) => valid(withGroups(text)).config.classify;
const problems = (text: string) => problemsOf(withGroups(text));
const warnings = (text: string) =>
  valid(text).warnings.map((line) => line.replace(`${folder}/understudy.yaml:`, '').replace(`${folder}/`, ''));

const byClient = (clients: string) => `  vip: 10.10.3.30
  ports: { tcp: 1935 }
  default: 2
  clients:
    - { from: 10.9.9.9, mark: 1 }
${clients}`;

describe('a group', () => {
  test('has one mark for all its packets', () => {
    const { groups, clients, backend } = classify(
      '  { interface: eth0, vip: [10.10.3.30, 10.10.3.31], ports: { tcp: [554], udp: 6950-7150 }, mark: 1 }',
    );
    expect(groups).toEqual([
      {
        interface: 'eth0',
        vips: ['10.10.3.30', '10.10.3.31'],
        tcp: [{ first: 554, last: 554 }],
        udp: [{ first: 6950, last: 7150 }],
        byClient: false,
        mark: 1,
      },
    ]);
    expect([clients, backend]).toEqual([[], 'auto']);
  });

  test('has its ports in order, and ranges that touch as one', () => {
    const { groups } = classify(
      '  - { vip: 10.10.3.30, ports: { tcp: ["8080", 80-90, 85 - 100, 101, 1] }, mark: 1 }\n  - { vip: 10.10.3.31, ports: { udp: 5 }, mark: 2 }',
    );
    expect(groups.map(describeGroup)).toEqual(['10.10.3.30 tcp 1,80-101,8080', '10.10.3.31 udp 5']);
  });

  test('has marks by client, with the place of each in the files', () => {
    clientsFile('\ufeffIP, fwmark\r\n# ours\r\n\r\n 10.1.0.0/16 , 0x1 # all of it\r\n"10.2.0.1","2"\r\n,\r\n');
    const { groups, clients } = classify(
      byClient(
        '    - { from: [192.168.7.21, 10.5.0.0-10.5.0.2, "2001:DB8::/32"], mark: 2 }\n    - { file: clients.csv }',
      ),
    );
    expect(groups).toMatchObject([{ byClient: true, mark: 2, interface: null, udp: [] }]);
    expect(clients.map(({ network, mark, where }) => `${network.text} ${mark} ${where}`)).toEqual([
      '10.9.9.9 1 understudy.yaml:12',
      '192.168.7.21 2 understudy.yaml:13',
      '10.5.0.0/31 2 understudy.yaml:13',
      '10.5.0.2 2 understudy.yaml:13',
      '2001:db8::/32 2 understudy.yaml:13',
      '10.1.0.0/16 1 clients.csv:4',
      '10.2.0.1 2 clients.csv:5',
    ]);
  });

  test('may leave other clients without a mark, and may list no client', () => {
    expect(classify('  { vip: 10.10.3.30, ports: { tcp: 1 }, clients: [] }').groups).toMatchObject([
      { byClient: true, mark: null },
    ]);
  });

  test('may share a port with one on another interface, at another address, of another protocol', () => {
    const group = (rest: string) => `  - { ${rest} }`;
    const all = [
      'interface: eth0, vip: 10.10.3.30, ports: { tcp: 80-90 }, mark: 1',
      'interface: eth1, vip: 10.10.3.30, ports: { tcp: 80-90 }, mark: 1',
      'vip: 10.10.3.31, ports: { tcp: 80-90 }, mark: 1',
      'vip: 10.10.3.30, ports: { udp: 80-90, tcp: [79, 91] }, mark: 2',
    ];
    expect(classify(all.map(group).join('\n')).groups).toHaveLength(4);
  });

  test('is marked by the packet filter of the director', () => {
    const text = base.replace('reference:', 'packet_filter: iptables, reference:');
    expect(valid(text).config.classify.backend).toBe('iptables');
    expect(problemsOf(text.replace('iptables', 'nft'))).toEqual([
      '1:28: expected one of auto, nftables, iptables, got `nft`',
    ]);
  });
});

describe('invalid groups', () => {
  test.each([
    ['  yes', ['8:3: expected a map with `vip` and `ports`, or a list of them, got `yes`']],
    ['  - yes', ['8:5: expected a map, got `yes`']],
    [
      '  { ports: { tcp: 80 } }',
      [
        '7:1: missing key `vip`, expected an IP address, or a list of them',
        '7:1: missing key `mark`, expected one of mark, clients',
      ],
    ],
    [
      '  { vip: 10.10.3.30, ports: { tcp: 80 }, default: 1 }',
      ['7:1: missing key `mark`, expected one of mark, clients; `clients: []` gives all of them the mark `default`'],
    ],
    [
      '  { vip: 10.10.3.30, ports: { tcp: 80 }, mark: 1, clients: [] }',
      ['8:42: expected `mark` or `clients`, got both; the mark of all other clients is `default`'],
    ],
    [
      '  { vip: 10.10.3.30, ports: { tcp: 80 }, mark: 1, default: 1 }',
      ['8:51: expected `default` with `clients` only, got it with `mark`'],
    ],
    ['  { vip: 10.10.3.30, ports: {}, mark: 1 }', ['8:29: expected `tcp`, `udp` or both in `ports`, got none']],
    ['  { vip: 10.10.3.30, ports: [80], mark: 1 }', ['8:29: expected a map with `tcp`, `udp` or both, got a list']],
    [
      '  { vip: 10.10.3.30, ports: { tcp: [80, 70000, 9-8, 0, "1-", http] }, mark: 1 }',
      [
        '8:41: expected a port from 1 to 65535, or a range such as 6950-7150, got `70000`',
        '8:48: expected a range that begins with the lower port, `8-9`, got `9-8`',
        '8:53: expected a port from 1 to 65535, or a range such as 6950-7150, got `0`',
        '8:56: expected a port from 1 to 65535, or a range such as 6950-7150, got `1-`',
        '8:62: expected a port from 1 to 65535, or a range such as 6950-7150, got `http`',
      ],
    ],
    [
      '  { vip: [10.10.3.30, 10.10.3.300], ports: { tcp: 80, sctp: 80 }, mark: 1 }',
      ['8:23: expected an IP address, got `10.10.3.300`', '8:55: unknown key `sctp`, expected one of tcp, udp'],
    ],
    [
      '  { vip: [10.10.3.30, 10.10.3.30], ports: { tcp: 80 }, mark: 1 }',
      ['8:23: duplicate address `10.10.3.30`, expected each address once'],
    ],
    [
      '  { vip: [[::1]], ports: { tcp: 80 }, mark: 1 }',
      ['8:11: expected an IP address; brackets need quotes, as in "[2001:db8::1]", got a list'],
    ],
    [
      '  { interface: "eth*", vip: 10.10.3.30, ports: { tcp: 80 }, mark: 0x7f000001 }',
      [
        '8:16: expected the name of a network interface such as eth0, got `eth*`',
        '8:67: expected a mark below 0x7f000000 or above 0x7fffffff; those between are for checks by a virtual address, got `2130706433`',
      ],
    ],
    [
      '  - { vip: 10.10.3.30, ports: { tcp: [554], udp: 6950-7150 }, mark: 1 }\n  - { vip: [10.10.3.31, 10.10.3.30], ports: { udp: [1, 7000-8000], tcp: 554 }, mark: 2, interface: eth0 }',
      [
        '9:47: udp 7000-7150 to 10.10.3.30 overlaps line 8, expected each port of an address in one group',
        '9:68: tcp 554 to 10.10.3.30 overlaps line 8, expected each port of an address in one group',
      ],
    ],
    [
      '  - { vip: 10.10.3.30, ports: { tcp: 80 }, clients: [] }\n  - { vip: 10.10.3.31, ports: { tcp: 80 }, clients: [] }',
      ['9:44: expected one group with `clients`, line 8 has the other'],
    ],
  ])('%s', (text, lines) => expect(problems(text)).toEqual(lines));

  test('keep a virtual service from the marks of checks by a virtual address', () => {
    expect(problemsOf(base.replace('fwmark: 2', 'fwmark: 0x7fffffff'))).toEqual([
      '6:74: expected a mark below 0x7f000000 or above 0x7fffffff; those between are for checks by a virtual address, got `2147483647`',
    ]);
  });
});

describe('invalid clients', () => {
  test.each([
    [
      '    - { from: 192.168.7.21/24, mark: 2 }',
      ['13:15: expected the network `192.168.7.0/24`, or the address `192.168.7.21` alone, got `192.168.7.21/24`'],
    ],
    [
      '    - { from: [10.0.0.1, 10.0.0.9-10.0.0.3], mark: 0 }',
      [
        '13:26: expected a range that begins with the lower address, `10.0.0.3-10.0.0.9`, got `10.0.0.9-10.0.0.3`',
        '13:52: expected a whole number from 1 to 4294967295, got `0`',
      ],
    ],
    ['    - 10.0.0.1', ['13:7: expected a map, got `10.0.0.1`']],
    [
      '    - { form: 10.0.0.1, mark: 1 }',
      [
        '13:7: missing key `from`, expected an address, a network or a range, or a list of them',
        '13:9: unknown key `form`, did you mean `from`?',
      ],
    ],
    ['    - { file: clients.csv, mark: 1 }', ['13:28: unknown key `mark`, expected one of file']],
    ['    - { file: none.csv }', ['13:15: the list of clients cannot be read: no such file']],
    ['    - { file: "." }', ['13:15: the list of clients cannot be read: it is a directory']],
    [
      '    - { from: 10.9.9.9, mark: 2 }',
      ['13:15: client `10.9.9.9` has mark 2 here and mark 1 in understudy.yaml:12, expected one'],
    ],
    [
      '    - from:\n        - 10.0.0.0/8\n        - 10.9.9.8/31\n        - 10.9.9.9-10.9.9.9\n      mark: 2',
      ['16:11: client `10.9.9.9` has mark 2 here and mark 1 in understudy.yaml:12, expected one'],
    ],
  ])('%s', (text, lines) => expect(problems(byClient(text))).toEqual(lines));

  const inFile = (text: string | Uint8Array) => {
    clientsFile(text);
    return problems(byClient('    - { file: clients.csv }')).map((line) => line.replace(`${folder}/`, ''));
  };

  test('in a file are all reported with its name, line and column', () => {
    const file = `IP,fwmark
10.0.0.1,1
10.0.0.1,2
10.0.0.2
10.0.0.3,
10.0.0.4,1,2
10.0.0.7/24,1
10.0.0.5;1
 edge1 , 99999999999
10.9.9.9,2
`;
    expect(inFile(file)).toEqual([
      'clients.csv:3:1: client `10.0.0.1` has mark 2 here and mark 1 in clients.csv:2, expected one',
      'clients.csv:4:1: expected 2 fields as in the header, got `10.0.0.2`',
      'clients.csv:5:1: expected 2 fields as in the header, got `10.0.0.3,`',
      'clients.csv:6:1: expected 2 fields as in the header, got `10.0.0.4,1,2`',
      'clients.csv:7:1: expected the network `10.0.0.0/24`, or the address `10.0.0.7` alone, got `10.0.0.7/24`',
      'clients.csv:8:1: expected 2 fields as in the header, got `10.0.0.5;1`',
      'clients.csv:9:2: expected an IP address (names are not looked up), got `edge1`',
      'clients.csv:9:10: expected a whole number from 1 to 4294967295, got `99999999999`',
      'clients.csv:10:1: client `10.9.9.9` has mark 2 here and mark 1 in understudy.yaml:12, expected one',
    ]);
  });

  test.each([
    ['', ['clients.csv:1:1: expected the header `IP,fwmark`, got nothing']],
    ['\n# nothing yet\n', ['clients.csv:1:1: expected the header `IP,fwmark`, got nothing']],
    ['\n10.0.0.1,1\n', ['clients.csv:2:1: expected the header `IP,fwmark`, got `10.0.0.1,1`']],
    ['IP;fwmark\n', ['clients.csv:1:1: expected the header `IP,fwmark`, got `IP;fwmark`']],
    [Buffer.from([0xff, 0xfe]), ['13:15: the list of clients cannot be read: expected text in UTF-8, got other bytes']],
  ])('in a file without the header: %j', (text, lines) => expect(inFile(text)).toEqual(lines));

  test('in a very long file, or with very long lines, are no problem', () => {
    expect(inFile(`IP,fwmark\n${'"'.repeat(1_000_000)}\n`)).toEqual([
      'clients.csv:2:1: expected a line of at most 1000 characters, got one of 1000000',
    ]);
    expect(inFile(`IP,fwmark\n${'\n'.repeat(300_000)}`)).toEqual([
      'clients.csv:250001:1: expected at most 250000 lines, got more',
    ]);
    expect(inFile(Buffer.alloc(16 * 1024 * 1024 + 1, '\n'))).toEqual([
      '13:15: the list of clients cannot be read: it has 16777217 bytes, expected at most 16777216',
    ]);
    expect(inFile(`IP,fwmark\n"10.0.0.1,1\n"10.0.0.1""x",1`)).toEqual([
      'clients.csv:2:1: expected an IP address or a network, got `"10.0.0.1`',
      'clients.csv:3:1: expected an IP address (names are not looked up), got `10.0.0.1""x`',
    ]);
  });

  test('in a file of another kind are reported a few times, and counted', () => {
    const lines = inFile(`IP,fwmark\n${'nonsense,x\n'.repeat(1000)}`);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('clients.csv:12:1: and 1980 more of this file');
  });

  test('are reported together with problems of the configuration itself', () => {
    clientsFile('IP,fwmark\nx,1\n');
    const lines = problemsOf(withGroups(byClient('    - { file: clients.csv }')).replace('[edge1]', '[edge7]'));
    expect(lines.map((line) => line.replace(`${folder}/`, ''))).toEqual([
      '6:49: unknown server `edge7`, did you mean `edge1`?',
      'clients.csv:2:1: expected an IP address (names are not looked up), got `x`',
    ]);
  });

  test('in a file that is listed twice are reported once', () => {
    clientsFile('IP,fwmark\n10.0.0.1,1\n');
    expect(problems(byClient('    - { file: clients.csv }\n    - { file: ./clients.csv }'))).toEqual([
      '14:15: duplicate file `./clients.csv`, expected each file once',
    ]);
  });
});

describe('warnings about marks', () => {
  test('are none where every mark has a virtual service', () => {
    expect(warnings(withGroups(byClient('')))).toEqual([]);
    expect(warnings(base)).toEqual([]);
  });

  test('name marks without a virtual service, once each, at their first place', () => {
    clientsFile('IP,fwmark,customer\n10.0.0.1,7,"A, B # C"\n10.0.0.2,8,\n10.0.0.3,7,D\n');
    const text = byClient('    - { file: clients.csv }\n    - { from: 10.0.0.4, mark: 9 }').replace(
      'default: 2',
      'default: 6',
    );
    expect(warnings(withGroups(text).replace(', two: { fwmark: 2, servers: [edge2] }', ''))).toEqual([
      '10:12: mark 6 has no virtual service',
      '14:15: mark 9 has no virtual service',
      'clients.csv:2:1: mark 7 of 2 clients has no virtual service',
      'clients.csv:3:1: mark 8 has no virtual service',
    ]);
  });

  test('name virtual services whose mark is never set', () => {
    expect(warnings(withGroups('  { vip: 10.10.3.30, ports: { tcp: 80 }, mark: 1 }'))).toEqual([
      '6:74: mark 2 is never set: it is in no group of `classify`',
    ]);
  });

  test('name the other address family', () => {
    const text = withGroups('  { vip: [10.10.3.30, "2001:db8::30"], ports: { tcp: 80 }, mark: 1 }');
    expect(warnings(text.replace('servers: [edge2]', 'servers: [six]'))).toEqual([
      '6:74: mark 2 is never set: it is in no group of `classify`',
      '8:66: mark 1 has no IPv6 virtual service, `one` is for IPv4',
    ]);
    expect(warnings(withGroups(byClient('    - { from: ["2001:db8::1", "2001:db8::2"], mark: 1 }')))).toEqual([
      '11:3: 2 IPv6 clients are listed, and the group has no IPv6 address in `vip`',
    ]);
  });

  test('name clients that are listed twice with the same mark', () => {
    clientsFile('IP,fwmark\n10.9.9.9,1\n10.0.0.0/8,2\n10.0.0.0/8,2');
    const text = withGroups(byClient('    - { file: clients.csv }'));
    expect(warnings(text)).toEqual([
      'clients.csv:2:1: client `10.9.9.9` is in understudy.yaml:12 already',
      'clients.csv:4:1: client `10.0.0.0/8` is in clients.csv:3 already',
    ]);
    expect(valid(text).config.classify.clients).toHaveLength(2);
  });

  test('name a service by address whose packets get a mark', () => {
    const text = withGroups(
      '  - { vip: 10.10.3.30, ports: { tcp: 8000-9000 }, mark: 1 }\n  - { vip: 10.10.3.31, ports: { tcp: 80 }, mark: 2 }',
    );
    const shadowed = text.replace('one: {', 'stats: { tcp: "10.10.3.30:8090", servers: [edge1] }, one: {');
    expect(warnings(shadowed)).toEqual([
      '6:35: tcp:10.10.3.30:8090 gets none of the packets that tcp 8000-9000 in line 8 marks',
    ]);
    expect(warnings(shadowed.replace(':8090', ':80'))).toEqual([]);
  });
});

test('200,000 clients in a file are read in linear time', () => {
  const line = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255},${(i % 2) + 1}`;
  const text = withGroups(byClient('    - { file: clients.csv }'));
  const clientsOf = (count: number) => {
    clientsFile(`IP,fwmark\n${Array.from({ length: count }, (_, i) => line(i)).join('\n')}\n`);
    return valid(text).config.classify.clients;
  };
  expect(clientsOf(200_000)).toHaveLength(200_001);
  expect(growth(10_000, clientsOf)).toBeLessThan(3);
  clientsFile(`IP,fwmark\n${'10.0.0.1/8,1\n'.repeat(200_000)}`);
  expect(problemsOf(text)).toHaveLength(21);
});
