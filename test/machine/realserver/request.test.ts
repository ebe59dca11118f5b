import { expect, test } from 'vitest';
import { type RequestWords, readRequest } from '../../../src/machine/realserver/request.ts';

test('reads addresses in their shortest form, each once, and ports with and without a protocol', () => {
  const words = { vip: ['2001:DB8::0:9', '10.0.0.9', '2001:db8::9'], port: ['554', '6970/udp'] };
  expect(readRequest(words)).toEqual({
    request: {
      vips: [
        { address: '2001:db8::9', family: 6 },
        { address: '10.0.0.9', family: 4 },
      ],
      forward: null,
      ports: [
        { port: 554, protocol: null },
        { port: 6970, protocol: 'udp' },
      ],
    },
  });
});

const many = Array.from({ length: 65 }, (_, at) => `10.0.0.${at + 1}`);

test.each<readonly [RequestWords, string]>([
  [{}, '--vip: expected the address that viewers connect to, got none'],
  [{ vip: [] }, '--vip: expected the address that viewers connect to, got none'],
  [{ vip: many }, '--vip: expected at most 64, got 65'],
  [{ vip: ['video.example.org'] }, '--vip: expected an IP address (names are not looked up), got `video.example.org`'],
  [{ vip: ['10.0.0.1/32'] }, '--vip: expected an IP address, got `10.0.0.1/32`'],
  [{ vip: ['10.0.0'] }, '--vip: expected an IP address, got `10.0.0`'],
  [{ vip: ['127.0.0.1'] }, '--vip: expected an address that viewers reach, not loopback, got `127.0.0.1`'],
  [{ vip: ['::1'] }, '--vip: expected an address that viewers reach, not loopback, got `::1`'],
  [{ vip: ['0.0.0.0'] }, '--vip: expected the address of one machine, not any address, got `0.0.0.0`'],
  [{ vip: ['::'] }, '--vip: expected the address of one machine, not any address, got `::`'],
  [{ vip: ['239.1.1.1'] }, '--vip: expected the address of one machine, not multicast, got `239.1.1.1`'],
  [{ vip: ['255.255.255.255'] }, '--vip: expected the address of one machine, not broadcast, got `255.255.255.255`'],
  [{ vip: ['240.0.0.1'] }, '--vip: expected the address of one machine, not a reserved one, got `240.0.0.1`'],
  [{ vip: ['169.254.1.1'] }, '--vip: expected an address that is routed, not link-local, got `169.254.1.1`'],
  [{ vip: ['fe80::1'] }, '--vip: expected an address that is routed, not link-local, got `fe80::1`'],
  [{ vip: ['10.0.0.1'], forward: 'masq' }, '--forward: expected dr or tun, got `masq`'],
  [
    { vip: ['10.0.0.1', '2001:db8::1'], forward: 'tun' },
    '--forward tun: expected addresses of one family, got IPv4 and IPv6',
  ],
  [{ vip: ['10.0.0.1'], port: ['0'] }, '--port: expected a port such as 554, 554/tcp or 6970/udp, got `0`'],
  [
    { vip: ['10.0.0.1'], port: ['554/sctp'] },
    '--port: expected a port such as 554, 554/tcp or 6970/udp, got `554/sctp`',
  ],
])('%j is wrong, in one line', (words, wrong) => {
  expect(readRequest(words)).toEqual({ wrong });
});
