import { describe, expect, test } from 'vitest';
import type { ServerFacts } from '../../../src/machine/realserver/facts.ts';
import { matches } from '../../../src/machine/realserver/keeper.ts';
import { type Keeper, keptFiles } from '../../../src/machine/realserver/kept-files.ts';
import { parseMemory, printMemory } from '../../../src/machine/realserver/memory.ts';
import { planSetup, remember } from '../../../src/machine/realserver/plan-setup.ts';
import { setupOf } from '../../../src/machine/realserver/setup.ts';
import { commandLines, differenceOf, type Step, undoing } from '../../../src/machine/realserver/steps.ts';

const vip = { address: '10.0.0.9', family: 4 } as const;
const six = { address: '2001:db8::9', family: 6 } as const;

function facts(sysctls: Readonly<Record<string, string>>, more: Partial<ServerFacts> = {}): ServerFacts {
  const conf = Object.entries({ 'all.rp_filter': '0', 'lo.rp_filter': '0', ...sysctls });
  return {
    devices: [{ name: 'lo', kind: '', mtu: 65_536, up: true, addresses: [] }],
    sysctls: new Map(conf.map(([name, value]) => [`net.ipv4.conf.${name}`, value])),
    keeper: { kind: 'none' },
    files: new Map(),
    unitEnabled: false,
    kept: new Map(),
    ...more,
  };
}

const unset = { 'all.arp_ignore': '0', 'all.arp_announce': '0', 'lo.arp_ignore': '0', 'lo.arp_announce': '0' };
const set = { 'all.arp_ignore': '1', 'all.arp_announce': '2', 'lo.arp_ignore': '1', 'lo.arp_announce': '2' };
const commands = (steps: readonly Step[]) => steps.filter(({ op }) => op !== 'file').flatMap(commandLines);

describe('the plan of a tunnelled server', () => {
  const tunl0 = { name: 'tunl0', kind: 'ipip', mtu: 1480, up: true, addresses: [] };

  test('loads the module, sets the sysctls, raises the device and only then adds the address', () => {
    expect(commands(planSetup(setupOf([vip], 'tun'), facts(unset)).steps)).toEqual([
      'modprobe ipip',
      'sysctl -w net.ipv4.conf.all.arp_ignore=1',
      'sysctl -w net.ipv4.conf.all.arp_announce=2',
      'sysctl -w net.ipv4.conf.lo.arp_ignore=1',
      'sysctl -w net.ipv4.conf.lo.arp_announce=2',
      'sysctl -w net.ipv4.conf.tunl0.arp_ignore=1',
      'sysctl -w net.ipv4.conf.tunl0.arp_announce=2',
      'sysctl -w net.ipv4.conf.tunl0.rp_filter=2',
      'ip link set tunl0 up',
      'ip address add 10.0.0.9/32 dev tunl0 scope host',
    ]);
  });

  test.each([
    ['0', '0', false],
    ['0', '2', false],
    ['2', '0', false],
    ['1', '2', false],
    ['2', '1', false],
    ['1', '0', true],
    ['0', '1', true],
    ['1', '1', true],
  ])('with rp_filter %s of all and %s of tunl0, which of the two is larger, sets it: %s', (all, own, sets) => {
    const tunnel = { 'tunl0.arp_ignore': '1', 'tunl0.arp_announce': '2', 'tunl0.rp_filter': own, 'all.rp_filter': all };
    const { steps } = planSetup(setupOf([vip], 'tun'), facts({ ...set, ...tunnel }, { devices: [tunl0] }));
    expect(commands(steps).includes('sysctl -w net.ipv4.conf.tunl0.rp_filter=2')).toBe(sets);
  });

  test('of IPv6 needs another module and no sysctl', () => {
    expect(commands(planSetup(setupOf([six], 'tun'), facts(unset)).steps)).toEqual([
      'modprobe ip6_tunnel',
      'ip link set ip6tnl0 up',
      'ip address add 2001:db8::9/128 dev ip6tnl0 nodad',
    ]);
  });
});

describe('the plan of a server with direct routing', () => {
  test.each([
    ['1', true],
    ['2', true],
    ['8', true],
    ['0', false],
    ['3', false],
  ])('leaves arp_ignore %s alone: %s', (value, left) => {
    const { steps } = planSetup(setupOf([vip], 'dr'), facts({ ...set, 'all.arp_ignore': value }));
    expect(commands(steps).some((line) => line.includes('all.arp_ignore'))).toBe(!left);
  });

  test('takes a VIP that a dummy device has as it is', () => {
    const dummy = {
      name: 'dummy0',
      kind: 'dummy',
      mtu: 1500,
      up: true,
      addresses: [{ address: vip.address, prefix: 32 }],
    };
    expect(planSetup(setupOf([vip], 'dr'), facts(set, { devices: [dummy] })).steps.map(differenceOf)).toMatchObject([
      { sign: '+', text: '/etc/sysctl.d/60-understudy-realserver.conf' },
    ]);
  });
});

test('the record keeps what was before our first change, however often apply runs', () => {
  const setup = setupOf([vip], 'dr');
  const first = remember(null, setup, planSetup(setup, facts(unset)).steps);
  expect(first.sysctls['net.ipv4.conf.all.arp_ignore']).toBe('0');
  const again = remember(first, setup, planSetup(setup, facts({ ...set, 'all.arp_ignore': '3' })).steps);
  expect(again.sysctls['net.ipv4.conf.all.arp_ignore']).toBe('0');
  expect(parseMemory(printMemory(again))).toEqual(again);
});

test.each([
  '',
  'null',
  '[]',
  '{"version":1}',
  '{"version":1,"forward":"dr","vips":[1],"files":[],"addresses":[],"sysctls":{},"link":null}',
  '{"version":1,"forward":"dr","vips":[],"files":[],"addresses":[{}],"sysctls":{},"link":null}',
  '{"version":1,"forward":"dr","vips":[],"files":[],"addresses":[],"sysctls":{"a":1},"link":null}',
])('the record %j is not one of ours', (text) => expect(parseMemory(text)).toBe(null));

test.each<Step>([
  { op: 'set', name: 'a.b', from: '0', to: '1', why: '' },
  { op: 'up', device: 'tunl0' },
  { op: 'add', vip, device: 'lo' },
  { op: 'file', path: '/etc/a', from: null, to: 'text\n' },
  { op: 'enable', unit: 'a.service' },
])('the opposite of the opposite of %j is itself', (step) => {
  const opposite = undoing(step);
  expect(opposite).not.toEqual(step);
  expect(opposite && undoing(opposite)).toEqual(step);
});

test('a changed file shows only its changed lines', () => {
  const step: Step = { op: 'file', path: '/etc/a', from: 'one\ntwo\nthree\n', to: 'one\n2\nthree\n' };
  expect(differenceOf(step)).toEqual({ sign: '~', text: '/etc/a', lines: ['- two', '+ 2'] });
});

test.each([
  ['[Match]\nName=lo\n', true],
  ['[Match]\nName=eth0 lo\n', true],
  ['[Match]\nName=l*\n', true],
  ['[Match]\nName=eth0\n[Network]\nName=lo\n', false],
  ['[Match]\nName=lo.1\n', false],
  ['', false],
])('the network file %j is that of lo: %s', (text, is) => expect(matches(text, 'lo')).toBe(is));

const keepers: readonly Keeper[] = [
  { kind: 'networkd', owner: null },
  { kind: 'networkd', owner: '10-lo.network' },
  { kind: 'ifupdown', file: '/etc/network/interfaces.d/understudy-vip' },
  { kind: 'unit' },
];
test.each(keepers)('kept by %j, the sysctls come before the addresses and every file has our first line', (keeper) => {
  const files = keptFiles(setupOf([vip], 'tun'), keeper);
  expect(files.map(({ content }) => content.includes('10.0.0.9/32'))).toEqual([false, false, true]);
  for (const { content } of files) expect(content).toMatch(/^# Written by `understudy realserver`.*\n[\s\S]*[^\n]\n$/);
});
