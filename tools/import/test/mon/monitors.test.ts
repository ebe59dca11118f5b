// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what could be a variable of the environment
import { expect, test } from 'vitest';
import { monitorDraft, monitorFolder } from '../../mon/monitors.ts';

const folder = monitorFolder(null, null);
const entryOf = (line: string, variables: readonly string[] = []) => monitorDraft(line, variables, folder)?.check.entry;
const status = '(?:200|301|302|401)';
const run = (...words: readonly string[]) => ({ type: 'command', run: words });
const asMon = (...words: readonly string[]) => ({ ...run(...words), convention: 'mon' });

test.each([
  ['tcp.monitor -p 1935', { type: 'tcp', port: 1935 }],
  ['tcp.monitor -p1935', { type: 'tcp', port: 1935 }],
  ['tcp.monitor', { type: 'tcp', port: 23 }],
  ["telnet.monitor -p 1935 -l ''", { type: 'tcp', port: 1935 }],
  ['telnet.monitor -p 2323 -l "/name: /"', { type: 'tcp', port: 2323, expect: '/name: /' }],
  ['telnet.monitor', { type: 'tcp', port: 23, expect: '/ogin:/' }],
  ['smtp.monitor', { type: 'tcp', port: 25, expect: '/^220/' }],
  ['ftp.monitor -p 2121', { type: 'tcp', port: 2121, expect: '/^220/' }],
  ['pop3.monitor', { type: 'tcp', port: 110, expect: '/^\\+OK/' }],
  ['imap.monitor', { type: 'tcp', port: 143, expect: '/^\\* (OK|PREAUTH)/' }],
  ['nntp.monitor', { type: 'tcp', port: 119, expect: '/^20[01]/' }],
  ['ssh.monitor', { type: 'tcp', port: 22, expect: '/^SSH-/' }],
  [
    'http.monitor',
    { type: 'tcp', port: 80, send: 'GET / HTTP/1.0\\r\\n\\r\\n', expect: `/^HTTP\\/\\d\\.\\d ${status}/` },
  ],
  [
    'http.monitor -p 8081 -u /a?b=${c} -a "My Agent" -m "o{2}k"',
    {
      type: 'tcp',
      port: 8081,
      send: 'GET /a?b=${c} HTTP/1.0\\r\\nUser-Agent: My Agent\\r\\n\\r\\n',
      expect: `/^HTTP\\/\\d\\.\\d ${status}[^]*?\\r?\\n\\r?\\n[^]*?(?:o{2}k)/`,
    },
  ],
  ['ping.monitor', run('ping', '-n', '-q', '-c', '1', '-W', '1', '{address}')],
  ['fping.monitor -r 2 -t 1500', run('ping', '-n', '-q', '-c', '3', '-W', '2', '{address}')],
  ['rtsp.monitor -p 554 "two words"', asMon('/usr/lib/mon/mon.d/rtsp.monitor', '-p', '554', 'two words')],
  ['/opt/check.sh --max 4', asMon('/opt/check.sh', '--max', '4')],
  ['load.monitor 4 ;;', run('/usr/lib/mon/mon.d/load.monitor', '4')],
])('%s', (line, entry) => {
  expect(entryOf(line)).toEqual(entry);
});

test.each([
  ['an option that is unknown', 'tcp.monitor -p 80 -z'],
  ['an option that ours has no match for', 'http.monitor -o'],
  ['a host of its own', 'ping.monitor 10.0.0.1'],
  ['a port that is none', 'tcp.monitor -p http'],
  ['a time that is none', 'tcp.monitor -p 80 -t soon'],
  ['a pattern that is none here', 'telnet.monitor -l "(?<="'],
  ['a path that no request can have', 'http.monitor -u "/a b"'],
])('stays a program with %s', (_, line) => {
  expect(entryOf(line)).toMatchObject({ type: 'command' });
});

test('a program gets the variables of its service', () => {
  const path = '/usr/lib/mon/mon.d/x.monitor';
  const env = { STREAM: 'a b', MAX: '3' };
  expect(entryOf('x.monitor', ['STREAM=a b', 'MAX=3'])).toEqual({ ...asMon(path), env });
  expect(entryOf('x.monitor', ['STREAM=', 'MAX=3'])).toEqual(asMon('/usr/bin/env', 'STREAM=', 'MAX=3', path));
  expect(monitorDraft('tcp.monitor', ['STREAM=a'], folder)?.changed).toEqual([
    '`STREAM` has no effect: the check starts no program',
  ]);
});

test.each([
  [null, null, '/usr/lib/mon/mon.d', true],
  [null, '/srv/mon', '/srv/mon/mon.d', true],
  ['/opt/mon.d', null, '/opt/mon.d', true],
  ['mon.d', '/srv/mon/', '/srv/mon/mon.d', true],
  ['mon.d:/opt/mon.d', null, '/usr/lib/mon/mon.d', false],
])('looks in mondir %s under basedir %s for %s', (mondir, basedir, path, isSure) => {
  expect(monitorFolder(mondir, basedir)).toEqual({ path, isSure });
});

test('a timeout is seconds, and none is none', () => {
  expect(monitorDraft('tcp.monitor -p 80 -t 5', [], folder)?.timeoutMs).toBe(5000);
  expect(monitorDraft('tcp.monitor -p 80', [], folder)?.timeoutMs).toBeNull();
  expect(monitorDraft('', [], folder)).toBeNull();
});
