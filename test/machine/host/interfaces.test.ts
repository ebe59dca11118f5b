import { expect, test } from 'vitest';
import { parseDevices, parseRoute } from '../../../src/machine/host/interfaces.ts';

test('reads devices with their kind and addresses, and skips what it does not know', () => {
  const text = JSON.stringify([
    {},
    null,
    {
      ifname: 'dummy0',
      mtu: 1500,
      flags: ['UP'],
      linkinfo: { info_kind: 'dummy' },
      addr_info: [{}, { local: '10.0.0.1', prefixlen: 32 }],
    },
    { ifname: 'eth0' },
  ]);
  expect(parseDevices(text)).toEqual([
    { name: 'dummy0', kind: 'dummy', mtu: 1500, up: true, addresses: [{ address: '10.0.0.1', prefix: 32 }] },
    { name: 'eth0', kind: '', mtu: 0, up: false, addresses: [] },
  ]);
});

test.each(['', '{', 'null', '{}', 'Device "x" does not exist.'])('%j is no list of devices, and no route', (text) => {
  expect(parseDevices(text)).toBe(null);
  expect(parseRoute(text)).toBe(null);
});

test('reads a route, with the MTU that it names itself', () => {
  expect(parseRoute('[{"type":"local","dst":"10.0.0.1","dev":"lo"}]')).toEqual({
    routed: false,
    local: true,
    device: 'lo',
    mtu: null,
  });
  expect(parseRoute('[{"dst":"10.0.0.2","gateway":"10.0.0.254","dev":"eth0","metrics":[{"mtu":1400}]}]')).toEqual({
    local: false,
    device: 'eth0',
    mtu: 1400,
    routed: true,
  });
});
