import { describe, expect, test } from 'vitest';
import { ipvsadmArguments, ipvsadmLines } from '../../../src/balancer/ipvs/arguments.ts';
import type { Command, Entry, ServiceAddress, ServiceSpec } from '../../../src/core/table.ts';

const mark: ServiceAddress = { kind: 'fwmark', mark: 1, family: 4 };
const mark6: ServiceAddress = { kind: 'fwmark', mark: 1, family: 6 };
const tcp: ServiceAddress = { kind: 'tcp', address: '10.10.3.30', port: 554 };
const udp6: ServiceAddress = { kind: 'udp', address: '2001:db8::30', port: 5004 };

describe('ipvsadmArguments', () => {
  test.each<[Command, string]>([
    [{ op: 'add-service', service: spec(mark, 50) }, '-A -f 1 -s rr -p 50 -M 255.255.255.255'],
    [{ op: 'add-service', service: spec(mark, 50, 20) }, '-A -f 1 -s rr -p 50 -M 255.255.240.0'],
    [{ op: 'edit-service', service: spec(mark6, 50, 64) }, '-E -f 1 -6 -s rr -p 50 -M 64'],
    [{ op: 'edit-service', service: spec(udp6, 50, 128) }, '-E -u [2001:db8::30]:5004 -s rr -p 50 -M 128'],
    [{ op: 'add-service', service: spec(tcp, null) }, '-A -t 10.10.3.30:554 -s rr'],
    [{ op: 'remove-service', service: spec(mark6, 50, 64) }, '-D -f 1 -6'],
    [{ op: 'add', service: mark, entry: entry({}) }, '-a -f 1 -r 10.10.3.20:0 -g -w 1'],
    [
      { op: 'edit', service: tcp, entry: entry({ port: 1554, forward: 'nat', weight: 0 }) },
      '-e -t 10.10.3.30:554 -r 10.10.3.20:1554 -m -w 0',
    ],
    [
      { op: 'add', service: mark6, entry: entry({ address: '2001:db8::5', forward: 'tun' }) },
      '-a -f 1 -6 -r [2001:db8::5]:0 -i -w 1',
    ],
    [{ op: 'remove', service: mark, entry: entry({ weight: 5 }) }, '-d -f 1 -r 10.10.3.20:0'],
  ])('%j', (command, expected) => {
    expect(ipvsadmArguments(command).join(' ')).toBe(expected);
  });

  test('gives a line for each command', () => {
    const add: Command = { op: 'add', service: mark, entry: entry({}) };
    expect(ipvsadmLines([add, { ...add, op: 'remove' }])).toBe(
      '-a -f 1 -r 10.10.3.20:0 -g -w 1\n-d -f 1 -r 10.10.3.20:0\n',
    );
  });

  test.each<[string, Command]>([
    [
      'expected a scheduler, got `rr\n-C`',
      { op: 'add-service', service: { ...spec(mark, null), scheduler: 'rr\n-C' } },
    ],
    ['expected a scheduler, got `-C`', { op: 'add-service', service: { ...spec(mark, null), scheduler: '-C' } }],
    ['expected a persistence of 1 to 2678400 s, got `0`', { op: 'add-service', service: spec(mark, 0) }],
    ['expected a prefix length of 1 to 32, got `64`', { op: 'add-service', service: spec(mark, 50, 64) }],
    ['expected a prefix length of 1 to 32, got `0`', { op: 'add-service', service: spec(mark, 50, 0) }],
    [
      'expected a mark of 1 to 4294967295, got `0`',
      { op: 'remove-service', service: spec({ ...mark, mark: 0 }, null) },
    ],
    ['expected an IP address, got `edge1`', { op: 'add', service: mark, entry: entry({ address: 'edge1' }) }],
    ['expected an IP address, got `vip`', { op: 'remove', service: { ...tcp, address: 'vip' }, entry: entry({}) }],
    ['expected a port, got `65536`', { op: 'add', service: mark, entry: entry({ port: 65_536 }) }],
    ['expected a port, got `-1`', { op: 'remove-service', service: spec({ ...tcp, port: -1 }, null) }],
    ['expected a weight of 0 to 65535, got `1.5`', { op: 'add', service: mark, entry: entry({ weight: 1.5 }) }],
  ])('refuses: %s', (expected, command) => {
    expect(() => ipvsadmArguments(command)).toThrow(expected);
  });
});

function spec(at: ServiceAddress, persistenceS: number | null, persistencePrefix = 32): ServiceSpec {
  return { at, scheduler: 'rr', persistenceS, persistencePrefix };
}

function entry(change: Partial<Entry>): Entry {
  return { address: '10.10.3.20', port: 0, forward: 'dr', weight: 1, ...change };
}
