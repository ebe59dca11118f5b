import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromNodeExporter } from '../../../monitors/measure/node-exporter.ts';
import { cpuOf, linksOf, loadsOf, memoryOf } from '../../../monitors/measure/proc.ts';
import { netDev, route } from '../../agent/host-texts.ts';
import { sample } from '../sample.ts';

describe('node_exporter', () => {
  const facts = fromNodeExporter(sample('cpu/node-exporter-machine.prom').toString());

  it('tells load, memory, file systems and interfaces of a machine', () => {
    expect(facts).toMatchObject({ cpus: 2, loads: { load1: 1.27, load5: 1.75, load15: 2.91 } });
    expect(facts?.memory).toBeCloseTo(2.8, 1);
    expect(facts?.disks).toHaveLength(1);
    expect(facts?.disks?.[0]?.used).toBeCloseTo(24.6, 1);
    expect(facts?.disks?.[0]?.inodes).toBeCloseTo(2.8, 1);
    expect(facts?.links?.filter(({ isIdle }) => isIdle !== true)).toEqual([
      { name: 'eth0', received: 3_296_176_703, sent: 6_993_722, isIdle: false },
    ]);
    expect(facts?.upS).toBeGreaterThan(0);
  });

  it.each([
    ['a page', '<html>'],
    ['nothing', ''],
    ['another exporter', 'up 1\n'],
    ['no numbers', 'node_load5 NaN\n'],
  ])('is not %s', (_what, text) => {
    expect(fromNodeExporter(text)).toBeNull();
  });

  it('leaves out what is impossible', () => {
    const text = [
      'node_memory_MemTotal_bytes 10',
      'node_memory_MemAvailable_bytes 11',
      'node_filesystem_size_bytes{mountpoint="/"} 5',
      'node_filesystem_free_bytes{mountpoint="/"} 6',
      'node_filesystem_avail_bytes{mountpoint="/"} 6',
      'node_network_receive_bytes_total{device="eth0"} 1',
    ].join('\n');
    expect(fromNodeExporter(text)).toEqual({ disks: [], links: [] });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) => void fromNodeExporter(`node_load5 1\nnode_cpu_seconds_total{${text}} 1\n${text}`),
      ),
    );
  });
});

describe('/proc', () => {
  it('tells memory as what is not available', () => {
    expect(memoryOf('MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n')).toBe(75);
    expect(memoryOf('MemTotal: 1000 kB\n')).toBeNull();
    expect(memoryOf('MemTotal: 0 kB\nMemAvailable: 0 kB\n')).toBeNull();
  });

  it('tells the interface with the default route', () => {
    const text = netDev({ eth0: [1, 2], eth1: [3, 4] });
    const chosen = (way: string, way6 = '') => linksOf(text, way, way6).find(({ isChosen }) => isChosen)?.name;
    expect(
      chosen(
        route([
          ['eth0', 200],
          ['eth1', 100],
        ]),
      ),
    ).toBe('eth1');
    expect(chosen('')).toBeUndefined();
    const way6 = `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000400 0 0 00000003 eth0`;
    expect(chosen('', way6)).toBe('eth0');
    expect(linksOf(text, '', '')[0]).toMatchObject({ name: 'lo', isIdle: true });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        memoryOf(text);
        cpuOf(`cpu ${text}`);
        loadsOf(text);
        linksOf(text, text, text);
      }),
    );
  });
});
