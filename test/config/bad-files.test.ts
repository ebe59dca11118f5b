/** One bad file for each mistake, and all that is said about it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { plugins } from './plugins.ts';

const folder = join(import.meta.dirname, 'bad');

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: an operator sees these
/** What follows `FILE.yaml:` in each line. */
const said: Readonly<Record<string, readonly string[]>> = {
  'address-brackets-around-ipv4': ['3:21: expected an IP address, with brackets around IPv6 only, got `[10.10.3.20]`'],
  'address-multicast': ['3:21: expected the address of one machine, not multicast, got `239.1.1.1`'],
  'address-out-of-range': ['3:21: expected an IP address, got `10.10.3.256`'],
  'address-with-port': ['3:21: expected an IP address, got `10.10.3.20:554`'],
  'backup-circle': ['6:43: backups go in a circle, spare -> other -> spare; expected `shared: true` on each of them'],
  'backup-is-member-elsewhere': [
    '3:43: `spare` backs up `edge1` in pool `playout` and is a member of pool `archive`, expected `shared: true` on it, or another backup',
    '4:43: `spare` backs up `edge2` in pool `playout` and is a member of pool `archive`, expected `shared: true` on it, or another backup',
  ],
  'backup-is-member': [
    '3:43: `edge2` backs up `edge1` in pool `playout` and is a member there itself, expected a server outside the pool',
  ],
  'backup-of-itself-in-pool': ['13:35: server `edge1` backs itself up, expected another server'],
  'backup-of-itself': ['3:43: server `edge1` backs itself up, expected another server'],
  'dangling-backup': ['3:43: unknown server `spair`, expected one that `servers` defines'],
  'dangling-member-backup': ['13:35: unknown server `speer`, expected one that `servers` defines'],
  'dangling-member-in-map': ['13:27: unknown server `egde2`, did you mean `edge2`?'],
  'dangling-member': ['13:22: unknown server `edge3`, did you mean `edge1`?'],
  'dangling-watch-alert': ['9:71: unknown alert `oncall`, expected one that `alerts` defines'],
  'dangling-watch-monitor': ['9:55: unknown monitor `rtmp`, did you mean `rtsp`?'],
  'dangling-watch-server': ['9:36: unknown server `sparse`, did you mean `spare`?'],
  'duplicate-address-backup': [
    '5:21: duplicate address `10.10.3.20` of `edge1` and `spare` in pool `playout`, expected an address for each',
  ],
  'duplicate-address-ipv6': [
    '4:21: duplicate address `2001:db8::20` of `edge1` and `edge2` in pool `playout`, expected an address for each',
  ],
  'duplicate-address-members': [
    '4:21: duplicate address `10.10.3.20` of `edge1` and `edge2` in pool `playout`, expected an address for each',
  ],
  'duration-negative': ['7:33: expected a duration such as 100ms, 1s, 5m, 2h, got `-1s`'],
  'duration-too-long': ['7:33: expected at most 1d, got `30d`'],
  'duration-too-short': ['7:33: expected at least 10ms, got `1ms`'],
  'duration-with-space': ['7:33: expected a duration such as 100ms, 1s, 5m, 2h, got `1 sec`'],
  'duration-without-unit': ['7:33: expected a duration such as 100ms, 1s, 5m, 2h, got `1`'],
  'empty-list': ['9:54: expected at least one name, got an empty list'],
  empty: ['1:1: the file is empty, expected a map with `servers`, `monitors`, `watches`'],
  'env-malformed': ['17:15: expected ${NAME} of an environment variable, or $${ for a plain ${, got `${}`'],
  'env-missing': ['17:15: environment variable `UNSET_PASSWORD` is not set'],
  'env-value-wrong': ['3:21: expected an IP address (names are not looked up), got `${PASSWORD}`'],
  'fail-back-wrong': ['13:16: expected `manual`, or a map such as { after: 30s }, got `never`'],
  'family-beside-tcp': ['13:5: expected `family` with `fwmark` only, got it with `tcp`'],
  'fwmark-zero': ['12:13: expected a whole number from 1 to 4294967295, got `0`'],
  'haproxy-beside-ipvs': ['13:5: expected `balancer: haproxy` with `haproxy`, got `ipvs`'],
  'haproxy-line-of-nobody': ['13:40: unknown server `egde1`, did you mean `edge1`?'],
  'haproxy-line-twice': ['13:38: duplicate line `edge1` of `edge1` and `spare`, expected a line for each'],
  'haproxy-missing': ['11:3: missing key `haproxy`, expected a map such as { backend: rtmp } with `balancer: haproxy`'],
  'haproxy-name-with-semicolon': ['13:25: expected a name of letters, digits, `_`, `.`, `:`, `-`, got `rtmp;quit`'],
  'haproxy-socket-relative': ['13:39: expected a path that starts with `/`, or `address:port`, got `admin.sock`'],
  'haproxy-twice': ['17:14: duplicate haproxy:rtmp@/run/haproxy/admin.sock, virtual service `playout` has it already'],
  'haproxy-weight': ['14:33: expected at most 256 with HAProxy, got `300`'],
  'haproxy-with-ipvs-keys': [
    '14:5: expected no `fwmark` with `balancer: haproxy`; HAProxy has its own configuration for that',
    '15:5: expected no `scheduler` with `balancer: haproxy`; HAProxy has its own configuration for that',
    '16:5: expected no `persistence` with `balancer: haproxy`; HAProxy has its own configuration for that',
  ],
  'host-name': ['3:21: expected an IP address (names are not looked up), got `edge1.example.org`'],
  'ipv6-brackets-unquoted': ['3:21: expected an IP address; brackets need quotes, as in "[2001:db8::1]", got a list'],
  'ipv6-service-without-brackets': [
    '12:10: expected `address:port` with brackets around an IPv6 address, as in `[2001:db8::1]:554`, got `2001:db8::1:554`',
  ],
  'list-for-map': ['3:3: expected a map of names, got a list'],
  'list-for-text': ['5:21: expected an IP address; brackets need quotes, as in "[2001:db8::1]", got a list'],
  'listed-twice': ['9:61: duplicate monitor `rtsp`, expected each monitor once'],
  'mail-alert-without-mail': [
    '16:19: expected a section `mail` with `smtp` and `from` for an alert of type `mail`, got none',
  ],
  'mail-from-no-address': ['17:41: expected a mail address, got `understudy`'],
  'mail-relay-and-folder': ['17:35: expected `smtp` or `folder`, got both'],
  'mail-relay-not-a-url': ['17:15: expected smtp://[user:password@]host[:port] or smtps://..., got [secret]'],
  'mail-without-from': ['17:1: missing key `from`, expected a mail address'],
  'mail-without-relay': ['17:1: missing key `smtp`, expected one of `smtp`, `smtp_file`, `folder`'],
  'member-listed-twice': ['13:22: duplicate server `edge1`, expected each server once'],
  'min-pooled-above-members': ['13:17: expected at most 2, the number of servers in the pool, got `3`'],
  'min-pooled-no-share': ['13:17: expected a count, or a share such as 50%, got `half`'],
  'min-pooled-share-above-100': ['13:17: expected a count, or a share such as 50%, got `150%`'],
  'missing-address': ['5:3: missing key `address`, expected an IP address'],
  'missing-monitor-type': ['7:3: missing key `type`, expected one of rtsp, tcp, wcs, cpu, vip'],
  'missing-section': ['1:1: missing key `watches`, expected a map'],
  'mixed-families-family': [
    '3:21: expected an IPv6 address in pool `playout`, as `family: 6` says, got `10.10.3.20`',
    '4:21: expected an IPv6 address in pool `playout`, as `family: 6` says, got `10.10.3.21`',
    '5:21: expected an IPv6 address in pool `playout`, as `family: 6` says, got `10.10.3.29`',
  ],
  'mixed-families-fwmark': ['4:21: expected an IPv4 address in pool `playout`, as the others have, got `2001:db8::21`'],
  'mixed-families-tcp': [
    '3:21: expected an IPv6 address in pool `playout`, as `2001:db8::1` is, got `10.10.3.20`',
    '4:21: expected an IPv6 address in pool `playout`, as `2001:db8::1` is, got `10.10.3.21`',
    '5:21: expected an IPv6 address in pool `playout`, as `2001:db8::1` is, got `10.10.3.29`',
  ],
  'name-prototype': [
    '5:3: expected a name of letters, digits, `_`, `.`, `-`, a letter or digit first, got `__proto__`',
  ],
  'name-with-control-character': [
    '5:3: expected a name of letters, digits, `_`, `.`, `-`, a letter or digit first, got `spa\\u0007re`',
  ],
  'name-with-slash': ['5:3: expected a name of letters, digits, `_`, `.`, `-`, a letter or digit first, got `spare/1`'],
  'name-with-space': [
    '5:3: expected a name of letters, digits, `_`, `.`, `-`, a letter or digit first, got `the spare`',
  ],
  'not-utf-8': [' cannot be read: expected text in UTF-8, got other bytes'],
  'null-entry': ['5:9: expected a map, got nothing'],
  'null-section': ['6:10: expected a map of names, got nothing'],
  'null-value': ['5:21: expected an IP address, got nothing'],
  'only-text': ['1:1: expected a map with `servers`, `monitors`, `watches`, got `just some words`'],
  'persistence-not-whole': ['13:18: expected whole seconds, got `1500ms`'],
  'persistence-prefix-alone': ['13:5: expected `persistence` with `persistence_prefix`'],
  'persistence-prefix-too-long': ['14:25: expected at most 32 in an IPv4 service, got `64`'],
  'persistence-too-long': ['13:18: expected at most 31d, got `32d`'],
  'plugin-rule': ['7:52: expected a floor below the limit, got `95`'],
  'pool-without-servers': ['13:14: expected at least one server, got none'],
  'port-as-text': ['7:29: expected a port from 1 to 65535, got `"554"`'],
  'port-fraction': ['7:29: expected a port from 1 to 65535, got `554.5`'],
  'port-out-of-range': ['7:29: expected a port from 1 to 65535, got `70000`'],
  'port-with-fwmark': ['14:25: expected no `port` in a fwmark service, which keeps the port of each packet'],
  'port-without-nat': ['13:25: expected no `port` with `forward: dr`, which keeps the port of each packet'],
  'port-zero': ['7:29: expected a port from 1 to 65535, got `0`'],
  'pulse-wrong': ['1:44: expected a map with `every` and `port`, or `off`, got `200ms`'],
  'reference-host-name': ['1:25: expected an IP address (names are not looked up), got `gateway`'],
  'retry-interval-longer-than-interval': ['7:56: expected a retry_interval of at most the interval of 500ms, got `1s`'],
  'same-address': ['14:19: duplicate tcp:10.10.3.30:554, virtual service `playout` has it already'],
  'same-mark': ['14:22: duplicate fwmark:1, virtual service `playout` has it already'],
  'secret-file-and-value': ['17:46: expected `smtp` or `smtp_file`, got both'],
  'secret-file-missing': ['17:20: the file of `smtp_file` cannot be read: no such file'],
  'secret-wrong-type': ['16:41: expected text that is not empty, got [secret]'],
  'service-port-out-of-range': ['12:10: expected a port from 1 to 65535 after the address, got `10.10.3.30:70000`'],
  'service-two-addresses': ['13:5: expected one of fwmark, tcp, udp, got both `fwmark` and `tcp`'],
  'service-without-address': ['11:3: missing key `fwmark`, expected one of fwmark, tcp, udp'],
  'service-without-port': ['12:10: expected `address:port`, got `10.10.3.30`'],
  several: [
    '3:3: missing key `address`, expected an IP address',
    '3:12: unknown key `adress`, did you mean `address`?',
    '7:29: expected a port from 1 to 65535, got `70000`',
    '7:36: unknown key `intervall`, did you mean `interval`?',
    '9:36: unknown server `sparse`, did you mean `spare`?',
    '13:17: expected at most 2, the number of servers in the pool, got `5`',
  ],
  'text-for-list': ['9:54: expected a list of names, got `rtsp`'],
  'timeout-longer-than-interval': ['7:32: expected a timeout of at most the interval of 1s, got `2s`'],
  'tripwire-without-port': ['7:55: expected no tripwire, this `cpu` monitor holds no connection, got `true`'],
  'unknown-alert-type': [
    '15:21: unknown alert type `ipsv`, expected one of ipvs, haproxy, memory, mail, chat, did you mean `ipvs`?',
  ],
  'unknown-key-alert': ['16:49: unknown key `alert_after`, did you mean `alertafter`?'],
  'unknown-key-director': ['1:13: unknown key `referense`, did you mean `reference`?'],
  'unknown-key-fail-back': ['13:18: unknown key `afer`, did you mean `after`?'],
  'unknown-key-mail': [
    '14:1: missing key `smtp`, expected one of `smtp`, `smtp_file`, `folder`',
    '14:9: unknown key `smpt`, did you mean `smtp`?',
  ],
  'unknown-key-member': ['13:25: unknown key `wieght`, did you mean `weight`?'],
  'unknown-key-monitor-nested': ['7:32: unknown key `publisher`, did you mean `publishers`?'],
  'unknown-key-monitor-option': ['7:23: unknown key `prt`, did you mean `port`?'],
  'unknown-key-monitor': ['7:34: unknown key `intervall`, did you mean `interval`?'],
  'unknown-key-retention': ['1:50: unknown key `hystory`, did you mean `history`?'],
  'unknown-key-server': ['3:33: unknown key `backup`, did you mean `backups`?'],
  'unknown-key-service': ['13:5: unknown key `shedule`, did you mean `scheduler`?'],
  'unknown-key-steering': ['15:27: unknown key `alertafter`, expected one of type'],
  'unknown-key-top': ['10:1: unknown key `virtual_service`, did you mean `virtual_services`?'],
  'unknown-key-watch': ['9:62: unknown key `alert`, expected one of servers, monitors, alerts'],
  'unknown-monitor-type': [
    '7:17: unknown monitor type `rtps`, expected one of rtsp, tcp, wcs, cpu, vip, did you mean `rtsp`?',
  ],
  'unknown-scheduler': [
    '13:16: expected one of rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos, got `wlcc`, did you mean `wlc`?',
  ],
  'weight-out-of-range': ['13:33: expected a whole number from 1 to 65535, got `65536`'],
  'weight-zero': ['13:33: expected a whole number from 1 to 65535, got `0`'],
  'yaml-alias-of-itself': ['5:47: an alias is inside its own anchor'],
  'yaml-duplicate-key': ['4:3: duplicate key `edge1`, expected each key once'],
  'yaml-indentation': ['13:1: wrong indentation, expected all entries of one map or list to start in the same column'],
  'yaml-map-as-key': ['5:5: expected a plain word as key'],
  'yaml-tab': ['7:1: expected spaces for indentation, got a tab'],
  'yaml-two-documents': ['16:1: expected one document, got a second one after `---`'],
  'yaml-unclosed-bracket': ['9:80: a bracket or brace is not closed here or above'],
  'yaml-unclosed-quote': ['16:1: a quote, bracket, brace, comma or colon is missing here or above'],
  'yaml-unknown-alias': ['5:10: unknown alias, expected the anchor `&name` somewhere above its alias `*name`'],
  'yaml-unknown-tag': ['5:21: unknown tag'],
  'yes-for-true': ['5:41: expected true or false, got `yes`'],
};
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: an operator sees these

test.each(Object.entries(said))('reports the problems of %s.yaml', (name, lines) => {
  const file = join(folder, `${name}.yaml`);
  const loaded = loadConfig(file, plugins, { PASSWORD: 'hunter2' });
  const problems = 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
  expect(problems).toEqual(lines.map((line) => `${file}:${line}`));
});

test('every bad file has its messages in the table', () => {
  expect(readdirSync(folder).sort()).toEqual(
    Object.keys(said)
      .map((name) => `${name}.yaml`)
      .sort(),
  );
});
