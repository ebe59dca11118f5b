import { describe, expect, test } from 'vitest';
import { importMon } from '../../mon/index.ts';
import { checked } from '../imported.ts';

/** A service on 10.10.3.20 with these lines in its period. */
function imported(...lines: readonly string[]) {
  const head =
    'hostgroup edge1 10.10.3.20\n\nwatch edge1\nservice rtmp\ninterval 10s\nmonitor tcp.monitor -p 1935 -t 1\nperiod\n';
  const result = importMon({ file: { name: 'mon.cf', text: `${head}${lines.join('\n')}\n` }, hosts: null });
  const { config, told } = checked(result);
  if (config === null) throw new Error(told.join('\n'));
  const own = result.remarks.filter(({ line }) => (line ?? 0) > 7);
  const section = (name: string) => result.document.sections[name];
  return { config, section, told: own.map(({ line, kind, text }) => `${line} ${kind}: ${text}`) };
}

const swap = 'lvs.alert -P tcp -R 10.10.3.20 -F dr -B 10.10.3.29 -M 1';

describe('lvs.alert', () => {
  test.each([
    [
      [`alert ${swap}`, `upalert ${swap}`],
      { 'mark-1': { fwmark: 1, forward: 'dr', servers: ['edge1'] } },
      ['10.10.3.29'],
    ],
    [[`alert ${swap} -X`, `upalert ${swap} -X`], { 'mark-1': { fwmark: 1, forward: 'dr', servers: ['edge1'] } }, []],
    [
      [`alert ${swap}`],
      { 'mark-1': { fwmark: 1, forward: 'dr', servers: ['edge1'], fail_back: 'manual' } },
      ['10.10.3.29'],
    ],
    [
      [
        'alert lvs.alert -P udp -V 10.10.3.30:554 -R 10.10.3.20:554 -W 3 -F g',
        'upalert lvs.alert -P udp -V 10.10.3.30:554 -R 10.10.3.20:554',
      ],
      { 'udp-10.10.3.30-554': { udp: '10.10.3.30:554', forward: 'dr', servers: { edge1: { weight: 3 } } } },
      [],
    ],
    [
      [
        'alert ipvs.alert -P tcp -V 10.10.3.30:80 -R 10.10.3.20:8080 -F nat -S sh -B',
        'upalert ipvs.alert -P tcp -V 10.10.3.30:80 -R 10.10.3.20:8080',
      ],
      {
        'tcp-10.10.3.30-80': {
          tcp: '10.10.3.30:80',
          scheduler: 'sh',
          forward: 'nat',
          servers: { edge1: { port: 8080 } },
        },
      },
      [],
    ],
    [
      ['alert lvs.alert -P fwm -V 7 -R 10.10.3.20 -F tun', 'upalert lvs.alert -P fwm -V 7 -R 10.10.3.20'],
      { 'mark-7': { fwmark: 7, forward: 'tun', servers: ['edge1'] } },
      [],
    ],
  ])('%j', (lines, services, backups) => {
    const { section, config } = imported(...lines);
    expect(section('virtual_services')).toEqual(services);
    expect(config.servers.get('edge1')?.backups).toEqual(backups);
    expect(config.checks.map(({ server, steers }) => [server, steers])).toEqual(
      ['edge1', ...backups].map((server) => [server, ['ipvs']]),
    );
  });

  test('a backup of several, and one that is a member elsewhere, is shared', () => {
    const { config } = imported(
      `alert ${swap}`,
      'alert lvs.alert -R 10.10.3.21 -B 10.10.3.29 -M 2',
      'alert lvs.alert -R 10.10.3.22 -B 10.10.3.20 -M 3',
    );
    expect(['edge1', '10.10.3.29'].map((name) => config.servers.get(name)?.shared)).toEqual([true, true]);
    expect(config.servers.get('10.10.3.21')?.shared).toBe(false);
  });

  test('a server has other backups in another pool', () => {
    const { config } = imported(`alert ${swap}`, 'alert lvs.alert -R 10.10.3.20 -X -M 2');
    expect(config.services.get('mark-1')?.members[0]?.backups).toEqual(['10.10.3.29']);
    expect(config.services.get('mark-2')?.members[0]?.backups).toEqual([]);
  });

  test.each([
    ['lvs.alert -R 10.10.3.20', 'skipped: expected a mark after `-M`, or `-V VIP:PORT`, got neither'],
    ['lvs.alert -R 10.10.3.20 -M 0', 'skipped: expected a whole number from 1 to 4294967295 after `-M`, got `0`'],
    ['lvs.alert -M 1', 'skipped: expected a real server after `-R`, got none'],
    ['lvs.alert -M 1 -R', 'skipped: expected a value after `-R`, got nothing'],
    ['lvs.alert -M 1 -R 10.10.3.20 -F carrier', 'skipped: expected dr, nat or tun after `-F`, got `carrier`'],
    ['lvs.alert -M 1 -R 10.10.3.20 -W heavy', 'skipped: expected a weight, got `heavy`'],
    ['lvs.alert -V 10.10.3.30 -R 10.10.3.20', 'skipped: expected `address:port` after `-V`, got `10.10.3.30`'],
    ['lvs.alert -P sctp -V 10.10.3.30:80 -R 10.10.3.20', 'skipped: expected tcp or udp after `-P`, got `sctp`'],
    [
      'lvs.alert -M 1 -R edge9',
      'skipped: expected an IP address after `-R`, got `edge9`, and --hosts gives no address for it: the line is left out',
    ],
    [
      'lvs.alert -V 10.10.3.30:80 -R 2001:db8::1',
      'skipped: expected an IPv4 address in this virtual service, got `2001:db8::1`',
    ],
  ])('tells what is wrong with %s', (line, message) => {
    expect(imported('alert mail.alert root', `alert ${line}`).told).toContain(`9 ${message}`);
  });

  test.each([
    ['lvs.alert -M 1 -R 10.10.3.20 -B 10.10.3.20', '`10.10.3.20` backs itself up, so there is no stand-in'],
    ['lvs.alert -M 1 -R 10.10.3.20:80', 'port 80 of the real server is left out: a packet keeps its port there'],
    ['lvs.alert -M 1 -R 10.10.3.20 -W 0', 'a member of weight 0 has weight 1 here: hold it with `understudy drain`'],
    ['lvs.alert -M 1 -R 10.10.3.20 -q', '`-q` is no option that is known here'],
    ['exit=2 lvs.alert -M 1 -R 10.10.3.20', '`exit=2` has no effect: exit statuses other than 0 are all the same'],
    [
      'lvs.alert -M 1 -R 10.10.3.20 -B 10.10.3.30',
      '`10.10.3.30` does not stand in for `edge1`, `10.10.3.29` already does',
    ],
    ['lvs.alert -M 1 -R 10.10.3.29 -F nat', '`nat` is `dr` here, as in line 8: a pool has one way to forward'],
  ])('tells what changes with %s', (line, message) => {
    expect(imported(`alert ${swap}`, `alert ${line}`).told).toContain(`9 changed: ${message}`);
  });
});

describe('mail.alert', () => {
  const rule = (...lines: readonly string[]) =>
    [...imported(...lines).config.alerts.values()].find((alert) => alert.type === 'mail');

  test('is told of the failure, and of the recovery where a line says so', () => {
    expect(rule('alert mail.alert oncall@example.org')).toMatchObject({ name: 'oncall', rule: { upalert: false } });
    expect(rule('alert mail.alert a@example.org b@example.org', 'upalert mail.alert a@example.org')).toMatchObject({
      options: { to: ['a@example.org', 'b@example.org'] },
      rule: { upalert: true, alerteveryMs: 3_600_000, numalerts: null },
    });
  });

  test('keeps alertevery, numalerts and alertafter', () => {
    const lines = ['alertafter 90s', 'alertevery 15m', 'numalerts 5', 'alert mail.alert oncall@example.org'];
    expect(rule(...lines)?.rule).toMatchObject({ alertafterMs: 90_000, alerteveryMs: 900_000, numalerts: 5 });
  });

  test('is from whom the file says', () => {
    expect(imported('alert mail.alert -f mon@example.net oncall@example.org').config.mail?.from).toBe(
      'mon@example.net',
    );
    expect(imported('alert mail.alert oncall@example.org').config.mail?.from).toBe('understudy@example.org');
  });

  test.each([
    ['alertevery soon', 'skipped: expected a time such as 15m after `alertevery`, got `soon`'],
    ['numalerts many', 'skipped: expected a number after `numalerts`, got `many`'],
    ['alertafter a while', 'skipped: expected a number or a time after `alertafter`, got `a while`'],
    ['alertafter 2 10m', 'changed: `10m` has no effect: a good check in between starts the count again'],
    ['alert mail.alert', 'skipped: expected an address for mail, got none'],
    ['alert mail.alert <x', 'skipped: expected a mail address such as oncall@example.org, got `<x`'],
    [
      'alert mail.alert $' + '{USER}@example.org',
      'skipped: expected a mail address such as oncall@example.org, got `$' + '{USER}@example.org`',
    ],
    [
      'upalert mail.alert else@example.org',
      'skipped: `else@example.org` would be notified of the recovery alone, and is not notified at all',
    ],
    ['alert page.alert 555', "skipped: `page.alert`: alerts here are mail and the balancer's table"],
  ])('tells of %s', (line, message) => {
    expect(imported('alert mail.alert root', line).told).toContain(`9 ${message}`);
  });
});

test.each([
  ['alertafter 4', 4],
  ['alertafter 1', 1],
  ['alertafter 3 10m', 3],
  ['', 2],
])('`%s` is a fall of %i', (line, fall) => {
  expect(imported(line === '' ? '# none' : line, `alert ${swap}`).config.checks[0]?.monitor.timing.fall).toBe(fall);
});
