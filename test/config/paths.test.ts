import { describe, expect, test } from 'vitest';
import { pathMarks, pathServices } from '../../src/core/marks.ts';
import { problemsOf, useScratch, valid } from './scratch.ts';

useScratch();

const cluster = `director: { reference: [10.10.3.1] }
servers: { edge2: { address: 10.10.3.21 }, edge1: { address: 10.10.3.20 }, six: { address: "2001:db8::20" } }
monitors:
  rtsp: { type: rtsp }
  vip: { type: vip, address: 10.10.3.30, port: 554 }
  tunnel: { type: vip, address: 10.10.3.31, port: 80, forward: tun }
watches:
  edges: { servers: [edge2, edge1], monitors: [vip, rtsp], alerts: [failover] }
  more: { servers: [edge1], monitors: [vip, tunnel], alerts: [failover] }
  sixes: { servers: [six], monitors: [rtsp], alerts: [failover] }
alerts: { failover: { type: ipvs } }
virtual_services: { one: { fwmark: 1, servers: [edge1, edge2] }, six: { fwmark: 6, servers: [six] } }
`;

describe('checks by a virtual address', () => {
  test('have a path through each server: a mark and eight source ports, in the order of the names', () => {
    const { config } = valid(cluster);
    const ways = [...new Map(config.paths.map((path) => [path.mark, path])).values()];
    expect(ways.map(({ server, vip, mark }) => `${server} ${vip} ${mark - pathMarks.first}`)).toEqual([
      'edge1 10.10.3.31 0',
      'edge1 10.10.3.30 1',
      'edge2 10.10.3.30 2',
    ]);
    expect(config.paths.map(({ sourcePort }) => sourcePort)).toEqual(
      Array.from({ length: 24 }, (_, at) => 24_000 + at),
    );
    expect(config.paths[0]).toEqual({
      server: 'edge1',
      address: '10.10.3.20',
      vip: '10.10.3.31',
      port: 80,
      sourcePort: 24_000,
      mark: pathMarks.first,
      forward: 'tun',
    });
    expect(config.checks.map(({ server, monitor, path }) => [server, monitor.name, path?.sourcePort])).toEqual([
      ['edge2', 'vip', 24_016],
      ['edge2', 'rtsp', undefined],
      ['edge1', 'vip', 24_008],
      ['edge1', 'rtsp', undefined],
      ['edge1', 'tunnel', 24_000],
      ['six', 'rtsp', undefined],
    ]);
    expect(pathServices(config.paths)).toHaveLength(3);
    for (const { path } of config.checks) expect(path === null || config.paths.includes(path)).toBe(true);
  });

  test.each(['probe_ports: 30000, ', 'probe_ports: { first: 30000 }, '])('use other ports with %s', (ports) => {
    expect(valid(cluster.replace('{ reference', `{ ${ports}reference`)).config.paths[0]?.sourcePort).toBe(30_000);
  });

  test('need enough ports', () => {
    expect(valid(cluster.replace('{ reference', '{ probe_ports: 65512, reference')).config.paths).toHaveLength(24);
    expect(problemsOf(cluster.replace('{ reference', '{ probe_ports: 65513, reference'))).toEqual([
      '1:26: 3 checks of type `vip` need 24 ports from the first one on, expected at most 65512, got `65513`',
    ]);
    expect(problemsOf(cluster.replace('{ reference', '{ probe_ports: 0, reference'))).toEqual([
      '1:26: expected a port from 1 to 65535, got `0`',
    ]);
    expect(problemsOf(cluster.replace('{ reference', '{ probe_ports: many, reference'))).toEqual([
      '1:26: expected a port, or a map such as { first: 24000 }, got `many`',
    ]);
  });

  test('need a virtual address of the family of their servers, and not that of one', () => {
    expect(problemsOf(cluster.replace('servers: [edge1], monitors', 'servers: [six, edge1], monitors'))).toEqual([
      '5:30: expected an IPv6 address as server `six` has (2001:db8::20), got `10.10.3.30`',
      '6:33: expected an IPv6 address as server `six` has (2001:db8::20), got `10.10.3.31`',
    ]);
    expect(problemsOf(cluster.replace('10.10.3.31', '10.10.3.20'))).toEqual([
      '6:33: expected a virtual address, not that of server `edge1` itself, got `10.10.3.20`',
    ]);
    expect(problemsOf(cluster.replace('10.10.3.31', '0.0.0.0'))).toEqual([
      '6:33: expected the address of one machine, not any address, got `0.0.0.0`',
    ]);
  });

  test('have warnings for an address that is nowhere else, and for another forwarding method than that of the pool', () => {
    const warnings = (text: string) => valid(text).warnings.map((line) => line.replace(/^.*\.yaml:/, ''));
    const classified = `${cluster}classify:
  - { vip: 10.10.3.30, ports: { tcp: 554 }, mark: 1 }
  - { vip: "2001:db8::30", ports: { tcp: 554 }, mark: 6 }
`;
    expect(warnings(classified)).toEqual([
      '6:33: `10.10.3.31` is the address of no virtual service, and in no group of `classify`',
      '6:64: pool `one` reaches `edge1` by dr, and this monitor by tun',
    ]);
    const fits = classified.replace('10.10.3.30, ports', '[10.10.3.30, 10.10.3.31], ports');
    const tunnelled = ', web: { tcp: 10.10.3.32:80, forward: tun, servers: [edge1] } }';
    expect(warnings(fits.replace('servers: [six] } }', `servers: [six] }${tunnelled}`))).toEqual([]);
    expect(warnings(fits.replace('fwmark: 1,', 'fwmark: 1, forward: nat,'))).toEqual([
      '5:3: pool `one` reaches `edge2` by nat, and this monitor by dr',
      '5:3: pool `one` reaches `edge1` by nat, and this monitor by dr',
      '6:64: pool `one` reaches `edge1` by nat, and this monitor by tun',
    ]);
  });

  test('are reported when they are too many', () => {
    const count = 9000;
    const names = Array.from({ length: count }, (_, i) => `s${i}`);
    const servers = names.map((name, i) => `${name}: { address: 10.1.${i >> 8}.${i & 255} }`);
    const watches = Array.from({ length: count / 100 }, (_, i) => {
      const watched = names.slice(i * 100, (i + 1) * 100).join();
      return `  w${i}: { servers: [${watched}], monitors: [vip], alerts: [failover] }\n`;
    });
    const text = cluster
      .replace('edge2: {', `${servers.join(', ')}, edge2: {`)
      .replace('  more:', `${watches.join('')}  more:`);
    expect(problemsOf(text)).toEqual([
      '1:1: 9003 checks of type `vip` need 72024 ports from the first one on, expected fewer of them, got `24000`',
    ]);
  });
});
