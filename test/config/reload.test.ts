import { expect, test } from 'vitest';
import { differences } from '../../src/config/differences.ts';
import { printConfig } from '../../src/config/print.ts';
import { smallest, useScratch, valid } from './scratch.ts';

useScratch();

const text = (clients: string, rest = '') => `${smallest}classify:
  vip: 10.10.3.30
  ports: { tcp: 1935 }
  clients: [${clients}]
${rest}`;
const config = (written: string) => valid(written).config;
const client = (from: string, mark = 1) => `{ from: ${from}, mark: ${mark} }`;
const many = Array.from({ length: 20 }, (_, i) => client(`10.0.1.${i}`)).join(', ');

test('a reload names the clients that changed while they are few, and counts them otherwise', () => {
  const old = config(text([client('10.0.0.1'), client('10.0.0.2'), client('10.0.0.3')].join(', ')));
  const next = config(text([client('10.0.0.3'), client('10.0.0.2', 2), many].join(', ')));
  expect(differences(old, next)).toEqual(['20 clients added', 'client 10.0.0.1 removed', 'client 10.0.0.2 changed']);
  expect(differences(old, old)).toEqual([]);
});

test('a reload is no change when lines have only moved', () => {
  const old = text(client('10.0.0.1'));
  expect(differences(config(old), config(`# one more line\n${old}`))).toEqual([]);
  expect(differences(config(old), config(text(client('10.0.0.1'), '  default: 7')))).toEqual(['classify changed']);
});

test('a reload does not name paths that moved to other ports, unless probe_ports changed', () => {
  const ways = (servers: readonly string[], ports = 24_000) => {
    const named = servers.map((name, at) => `${name}: { address: 10.10.3.${40 + at} }`).join(', ');
    return config(`director: { reference: [10.10.3.1], probe_ports: ${ports} }
servers: { ${named} }
monitors: { vip: { type: vip, address: 10.10.3.30, port: 554 } }
watches: { edges: { servers: [${servers.join(', ')}], monitors: [vip], alerts: [failover] } }
alerts: { failover: { type: ipvs } }
virtual_services: { one: { fwmark: 1, servers: [b] } }
`);
  };
  expect(differences(ways(['b', 'c']), ways(['b', 'c', 'a']))).toEqual(['server a added', 'check a/vip added']);
  expect(differences({ ...ways(['b']), paths: [] }, ways(['b']))).not.toContain('probe_ports changed');
  expect(differences(ways(['b']), ways(['b'], 25_000))).toEqual(['probe_ports changed']);
});

test('a printed configuration has its clients as they are written, and only counts tens of thousands', () => {
  expect(printConfig(config(text(client('10.0.0.0/8', 3))), new Map())).toMatchObject({
    classify: { backend: 'auto', clients: [{ from: '10.0.0.0/8', mark: 3, where: 'understudy.yaml:8' }] },
  });
  const list = Array.from({ length: 20_000 }, (_, i) => client(`10.1.${i >> 8}.${i & 255}`, i % 4 === 0 ? 2 : 1));
  expect(printConfig(config(text(list.join(','))), new Map())).toMatchObject({
    classify: { clients: { count: 20_000, perMark: { 1: 15_000, 2: 5000 } } },
  });
});
