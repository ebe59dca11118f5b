import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FamilyOfMark, parseProc, toTable } from '../../../src/balancer/ipvs/parse-proc.ts';
import { findHz, parseSavedPersistence } from '../../../src/balancer/ipvs/parse-save.ts';
import type { Table } from '../../../src/core/table.ts';

// Captured on Linux 6.1 (HZ 100) with ipvsadm 1.31.
const proc = sample('proc-net-ip_vs.txt');
const saved = sample('ipvsadm-save.txt');
const header = proc.split('\n').slice(0, 3);

describe('the table of a real kernel', () => {
  const table = toTable(parseProc(proc, unknownFamily), 100, unknownFamily);

  test('has every service under its name', () => {
    expect([...table.keys()].sort()).toEqual([
      'fwmark:1',
      'fwmark:2',
      'tcp:10.10.3.30:554',
      'tcp:[2001:db8::1]:554',
      'udp:10.10.3.30:5000',
      'udp:10.10.3.30:6000',
    ]);
  });

  test('has persistence in seconds, beside ops too', () => {
    expect(table.get('tcp:10.10.3.30:554')?.spec).toMatchObject({
      scheduler: 'wlc',
      persistenceS: 360,
      persistencePrefix: 32,
    });
    expect(table.get('udp:10.10.3.30:6000')?.spec).toMatchObject({ scheduler: 'rr', persistenceS: 7 });
    expect(table.get('udp:10.10.3.30:5000')?.spec).toMatchObject({ scheduler: 'rr', persistenceS: null });
    expect(table.get('tcp:[2001:db8::1]:554')?.spec).toMatchObject({ persistenceS: 10, persistencePrefix: 128 });
  });

  test('has methods, weights, mapped ports and IPv6', () => {
    expect(table.get('tcp:10.10.3.30:554')?.entries).toEqual([
      { address: '10.10.3.20', port: 1554, forward: 'nat', weight: 5, activeConns: 0, inactiveConns: 0 },
    ]);
    expect(table.get('fwmark:2')?.entries).toMatchObject([
      { address: '2001:db8::5', port: 0, forward: 'tun', weight: 3 },
    ]);
  });

  test('calls a mask that is no prefix 0', () => {
    expect(table.get('fwmark:1')?.spec).toMatchObject({ at: { family: 4 }, persistenceS: 50, persistencePrefix: 0 });
  });

  test('means the configured family where both have the mark', () => {
    const ipv6 = toTable(
      parseProc(proc, () => 6),
      100,
      () => 6,
    );
    expect(ipv6.get('fwmark:1')?.spec).toMatchObject({ at: { family: 6 }, persistencePrefix: 64 });
    expect(ipv6.get('fwmark:1')?.entries).toEqual([]);
  });

  test('gives the HZ of the kernel beside what ipvsadm saves', () => {
    expect(findHz(parseProc(proc, unknownFamily), parseSavedPersistence(saved))).toBe(100);
  });

  test('gives the HZ by a mark that ipvsadm prints as negative', () => {
    const services = parseProc([...header, 'FWM  FFFFFFF0 rr persistent 12500 FFFFFFFF', ''].join('\n'), unknownFamily);
    expect(findHz(services, parseSavedPersistence('-A -f -16 -s rr -p 50\n'))).toBe(250);
  });

  test('gives no HZ when the two disagree', () => {
    expect(findHz(parseProc(proc, unknownFamily), parseSavedPersistence(saved.replace('-p 360', '-p 361')))).toBeNull();
    expect(findHz(parseProc(proc, unknownFamily), new Map())).toBeNull();
  });
});

describe('parseProc', () => {
  test.each<[string, readonly string[], FamilyOfMark, 4 | 6]>([
    ['the mask of an IPv6 prefix', ['FWM  00000001 rr persistent 100 40000000'], () => 4, 6],
    ['an IPv4 mask', ['FWM  00000001 rr persistent 100 FFFFFF00'], () => 6, 4],
    ['a server that is not tunnelled', ['FWM  00000001 rr ', v6('Tunnel'), v4('Route')], () => 6, 4],
    ['the configuration, where all are tunnelled', ['FWM  00000001 rr ', v4('Tunnel')], () => 6, 6],
    ['a tunnelled server, for want of better', ['FWM  00000001 rr ', v6('Tunnel')], unknownFamily, 6],
    ['the configuration, for an empty service', ['FWM  00000001 rr '], () => 6, 6],
    ['IPv4 otherwise', ['FWM  00000001 rr '], unknownFamily, 4],
  ])('knows the family of a mark from %s', (_, lines, familyOfMark, family) => {
    expect(parse(lines, familyOfMark).get('fwmark:1')?.spec.at).toEqual({ kind: 'fwmark', mark: 1, family });
  });

  test('reads marks as hexadecimal', () => {
    expect([...parse(['FWM  000000FF rr ']).keys()]).toEqual(['fwmark:255']);
  });

  test('reads a server on the director itself as direct', () => {
    expect(parse(['FWM  00000001 rr ', v4('Local')]).get('fwmark:1')?.entries).toMatchObject([{ forward: 'dr' }]);
  });

  test('leaves services of other protocols out, with their servers', () => {
    const table = parse(['SCTP  0A0A031E:022A rr  ', v4('Route'), 'FWM  00000001 rr ', v4('Route')]);
    expect([...table.keys()]).toEqual(['fwmark:1']);
    expect(table.get('fwmark:1')?.entries).toHaveLength(1);
  });

  test.each([
    ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
    ['2001:0DB8:0000:0000:0001:0000:0000:0000', '2001:db8:0:0:1::'],
    ['2001:0db8:0000:0001:0001:0001:0001:0001', '2001:db8:0:1:1:1:1:1'],
    ['0000:0000:0000:0000:0000:0000:0000:0000', '::'],
    ['2001:0db8:0100:0000:0000:0010:0000:0000', '2001:db8:100::10:0:0'],
    ['fe80:0000:0000:0000:0200:5eff:fe00:5300', 'fe80::200:5eff:fe00:5300'],
  ])('writes %s as RFC 5952 does', (full, short) => {
    expect(
      parse(['FWM  00000001 rr ', `  -> [${full}]:0000      Route   1      0          0`]).get('fwmark:1')?.entries[0]
        ?.address,
    ).toBe(short);
  });

  test.each([
    ['a server before any service', [v4('Route')], /line 4: expected a virtual service, got `-> 0A/],
    ['a short address', ['TCP  0A0A03:022A rr '], /line 4: expected an address and a port/],
    ['a mark that is no number', ['FWM  0000000x rr '], /expected an address and a port, or a mark/],
    ['no scheduler', ['FWM  00000001'], /expected a protocol, an address and a scheduler/],
    ['persistence without a mask', ['FWM  00000001 rr persistent 100'], /expected a timeout and a mask/],
    ['an unknown method', ['FWM  00000001 rr ', v4('Teleport')], /line 5: expected a real server/],
    ['a weight that is no number', ['FWM  00000001 rr ', v4('Route').replace(' 1 ', ' x ')], /expected a real server/],
  ])('rejects %s', (_, lines, expected) => {
    expect(() => parse(lines)).toThrow(expected);
  });

  test.each(['', 'TCP  0A0A031E:022A rr  \n'])('does not take a text without its header for an empty table', (text) => {
    expect(() => parseProc(text, unknownFamily)).toThrow(/expected the header of an IPVS table/);
  });
});

function parse(lines: readonly string[], familyOfMark: FamilyOfMark = unknownFamily): Table {
  return toTable(parseProc([...header, ...lines, ''].join('\n'), familyOfMark), 100, familyOfMark);
}

function v4(method: string): string {
  return `  -> 0A0A0314:0000      ${method.padEnd(7)} 1      0          0         `;
}

function v6(method: string): string {
  return `  -> [2001:0db8:0000:0000:0000:0000:0000:0005]:0000      ${method.padEnd(7)} 1      0          0         `;
}

function unknownFamily(): undefined {
  return undefined;
}

function sample(name: string): string {
  return readFileSync(new URL(`../../samples/ipvs/${name}`, import.meta.url), 'utf8');
}
