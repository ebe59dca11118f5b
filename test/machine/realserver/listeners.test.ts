import { expect, test } from 'vitest';
import { judgePorts } from '../../../src/machine/realserver/judge-ports.ts';
import { type Listener, parseSockets, parseV6only } from '../../../src/machine/realserver/listeners.ts';

const rest = '00000000:00000000 00:00000000 00000000 0 0 1 1 0 100 0 0 10 0';

test('reads who listens from /proc, and leaves out connections and what is no line of it', () => {
  const tcp = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    `   0: 0203000A:022A 00000000:0000 0A ${rest}`,
    `   1: 00000000:078F 00000000:0000 0A ${rest}`,
    `   2: 0203000A:022A 0903000A:C350 01 ${rest}`,
    '   3: cut sho',
  ].join('\n');
  expect(parseSockets(tcp, 'tcp')).toEqual([
    { protocol: 'tcp', address: '10.0.3.2', port: 554, v6only: false },
    { protocol: 'tcp', address: '0.0.0.0', port: 1935, v6only: false },
  ]);
});

test.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['B80D0120000000000000000009000000', '2001:db8::9'],
  ['B80D0120000000000100000009000000', '2001:db8::1:0:9'],
  ['0000000000000000FFFF00000203000A', '10.0.3.2'],
])('reads the IPv6 address %s as %s', (hex, address) => {
  const line = `   0: ${hex}:1B3A 00000000000000000000000000000000:0000 07 ${rest}`;
  expect(parseSockets(line, 'udp')).toEqual([{ protocol: 'udp', address, port: 6970, v6only: false }]);
});

test('learns from ss which sockets take IPv6 alone', () => {
  const text = [
    'tcp   LISTEN 0      511             [::]:1935         [::]:*    ino:22 sk:2 cgroup:/ v6only:1 <->',
    'tcp   LISTEN 0      511                *:554             *:*    ino:23 sk:3 cgroup:/ v6only:0 <->',
  ].join('\n');
  expect([...parseV6only(text)]).toEqual(['tcp:1935']);
});

const vip = { address: '10.0.0.9', family: 4 } as const;
const at = (address: string, port: number, more: Partial<Listener> = {}): Listener => ({
  protocol: 'tcp',
  address,
  port,
  v6only: false,
  ...more,
});

test.each<readonly [string, readonly Listener[], string, string]>([
  ['every address', [at('0.0.0.0', 554)], 'ok', 'tcp listens on every address'],
  ['the VIP itself', [at('10.0.0.2', 554), at('10.0.0.9', 554)], 'ok', 'tcp listens on 10.0.0.9'],
  ['every IPv6 address, IPv4 with it', [at('::', 554)], 'ok', 'tcp listens on every IPv6 address'],
  ['IPv6 alone', [at('::', 554, { v6only: true })], 'bad', 'deaf on the VIP: listens on every IPv6 address only'],
  ['its own address', [at('10.0.0.2', 554)], 'bad', 'deaf on the VIP: listens on 10.0.0.2 only'],
  ['loopback', [at('127.0.0.1', 554)], 'bad', 'deaf on the VIP: listens on 127.0.0.1 only'],
  ['UDP', [at('0.0.0.0', 554, { protocol: 'udp' })], 'ok', 'udp listens on every address'],
  ['nothing', [], 'bad', 'nobody listens'],
])('a port that has to listen, on %s', (_, listeners, state, found) => {
  const [finding] = judgePorts([vip], [{ port: 554, protocol: null }], listeners);
  expect(finding).toMatchObject({ name: 'port 554', state, found });
});

test('ports nobody asked about: those of video are bad when deaf, others a warning, loopback nothing', () => {
  const listeners = [at('10.0.0.2', 1935), at('10.0.0.2', 22), at('127.0.0.1', 8080), at('0.0.0.0', 80)];
  expect(judgePorts([vip], [], listeners)).toMatchObject([
    { name: 'tcp 1935', state: 'bad', found: 'deaf on the VIP: listens on 10.0.0.2 only' },
    { name: 'other ports', state: 'warn', found: 'deaf on the VIP: tcp 22' },
  ]);
});

test('sockets that cannot be read are not known', () => {
  expect(judgePorts([vip], [], null)).toMatchObject([{ name: 'ports', state: 'unknown' }]);
});
