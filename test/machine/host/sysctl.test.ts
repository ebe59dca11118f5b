import { expect, test } from 'vitest';
import { deviceSysctl, keptSysctls, parseSettings, sysctlPath } from '../../../src/machine/host/sysctl.ts';
import { paperHost } from '../doctor/host.ts';

test('a setting of a device with a dot in its name has a slash there', () => {
  expect(deviceSysctl('eth0.100', 'rp_filter')).toBe('net.ipv4.conf.eth0/100.rp_filter');
  expect(sysctlPath('net.ipv4.conf.eth0/100.rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.100/rp_filter');
});

test('reads lines of sysctl.d with dots or slashes, and leaves out comments and patterns', () => {
  const text =
    '# a comment\n; another\n\n-net.ipv4.vs.conntrack = 0\nnet/ipv4/conf/eth0.100/rp_filter=2\nnet.ipv4.conf.*.rp_filter=1\nbroken\n';
  expect(parseSettings(text)).toEqual([
    ['net.ipv4.vs.conntrack', '0'],
    ['net.ipv4.conf.eth0/100.rp_filter', '2'],
  ]);
});

test('the last file by name counts, whatever its folder, and one in /etc hides its namesake', async () => {
  const { files } = paperHost({
    '/etc/sysctl.d/10-first.conf': 'a.b = 1\nc.d = 1\n',
    '/usr/lib/sysctl.d/50-vendor.conf': 'a.b = 2\n',
    '/usr/lib/sysctl.d/10-first.conf': 'e.f = 1\n',
    '/etc/sysctl.d/README': 'g.h = 1\n',
    '/etc/sysctl.conf': 'c.d = 3\n',
  });
  expect([...(await keptSysctls(files))]).toEqual([
    ['a.b', { value: '2', file: '/usr/lib/sysctl.d/50-vendor.conf' }],
    ['c.d', { value: '3', file: '/etc/sysctl.conf' }],
  ]);
});
