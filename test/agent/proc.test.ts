import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultInterface,
  defaultInterface6,
  parseCpuTicks,
  parseLoadavg,
  parseMemory,
  parseNetDev,
} from '../../src/agent/proc.ts';
import { sample } from '../monitors/sample.ts';
import { netDev, route } from './host-texts.ts';

describe('the texts of /proc', () => {
  test('load averages', () => {
    expect(parseLoadavg(sample('cpu/proc-loadavg.txt').toString())).toEqual({ load1: 3.46, load5: 2.75, load15: 2.41 });
    for (const text of ['', '3.46', '3.46 2.75 x', 'a b c d', '3,46 2,75 2,41 1/2 3']) {
      expect(parseLoadavg(text)).toBeNull();
    }
  });

  test('CPU ticks: guest time is not counted twice, and waiting is idle', () => {
    const [first = ''] = sample('cpu/proc-stat-2s-apart.txt').toString().split('\n');
    expect(parseCpuTicks(`${first}\ncpu0 1 2\ncpu1 1 2\n`)).toEqual({ cpus: 2, busy: 145_802, total: 470_651 });
    expect(parseCpuTicks('cpu  1 0 1 6 1 0 0 1 5 5\n')).toEqual({ cpus: 1, busy: 3, total: 10 });
    for (const text of ['', 'cpu  1 2 3', 'cpu0 1 2 3 4 5 6 7 8', 'cpu x']) expect(parseCpuTicks(text)).toBeNull();
  });

  test('memory: what a program could still get is not in use', () => {
    const text = 'MemTotal:       24684096 kB\nMemFree:         1000000 kB\nMemAvailable:   18513072 kB\n';
    expect(parseMemory(text)).toBe(25);
    for (const wrong of ['', 'MemTotal: 5 kB', 'MemTotal: 0 kB\nMemAvailable: 0 kB', text.replaceAll('kB', 'MB')]) {
      expect(parseMemory(wrong)).toBeNull();
    }
  });

  test('octets of each interface', () => {
    expect([...parseNetDev(netDev({ eth0: [3_168_589_815, 6_519_435], 'eth0.100': [1, 2] }))]).toEqual([
      ['lo', { received: 7, sent: 7 }],
      ['eth0', { received: 3_168_589_815, sent: 6_519_435 }],
      ['eth0.100', { received: 1, sent: 2 }],
    ]);
    expect(parseNetDev('').size).toBe(0);
  });

  test('the default route with the lowest metric that is up', () => {
    expect(
      defaultInterface(
        route([
          ['eth1', 200],
          ['eth0', 100],
        ]),
      ),
    ).toBe('eth0');
    expect(defaultInterface(route([['eth0', 100]]).replace('0003', '0002'))).toBeNull();
    expect(defaultInterface(route([]))).toBeNull();
    const way = (to: string, metric: string, flags: string, name: string) =>
      `${to} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} ${metric} 00000001 00000000 ${flags} ${name}\n`;
    const all = '0'.repeat(32);
    const text = `${way(all, 'ffffffff', '00200200', 'lo')}${way(all, '00000400', '00450003', 'eth2')}`;
    expect(defaultInterface6(`${way(`fe${'0'.repeat(30)}`, '00000100', '00000001', 'eth9')}${text}`)).toBe('eth2');
    expect(defaultInterface6('')).toBeNull();
  });

  test('no text makes them fail', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const parse of [parseLoadavg, parseCpuTicks, parseMemory, defaultInterface, defaultInterface6])
          parse(text);
        parseNetDev(text);
      }),
    );
  });
});
