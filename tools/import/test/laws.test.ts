// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what could be a variable of the environment
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importHaproxy } from '../haproxy/index.ts';
import type { Imported } from '../import.ts';
import { importKeepalived } from '../keepalived/index.ts';
import { importLdirectord } from '../ldirectord/index.ts';
import { importMon } from '../mon/index.ts';
import { alone } from './cluster/golden.ts';
import { damaged, growth, holds, silentLines, tries } from './laws.ts';

interface Kind {
  readonly name: string;
  readonly folder: string;
  readonly importer: (text: string) => Imported;
  /** Comments, ends of blocks, what is so anyway, and parts of what is told of as a whole. */
  readonly plain: RegExp;
  /** What its syntax trips over. */
  readonly pieces: readonly string[];
}

const kinds: readonly Kind[] = [
  {
    name: 'mon.cf',
    folder: 'fixtures/mon',
    importer: (text) => importMon({ file: { name: 'mon.cf', text }, hosts: null }),
    plain: /^\s*(#.*)?$/,
    pieces: ['\n\n', '\\\n', '-M 2', '-B 10.10.3.20', '::1', 'alert ', 'period', 'watch '],
  },
  {
    name: 'keepalived.conf',
    folder: 'keepalived/fixtures',
    importer: (text) => importKeepalived(alone(text, 'keepalived.conf')),
    plain:
      /^\s*([#!].*|[{}]?|(weight 1|protocol TCP|connect_port (1935|8080)|path \/|status_code .*|helo_name .*|url \{ path \/ digest .*|retry 1|connect_timeout 2 \\)|TCP_CHECK \{ connect_timeout 3 \})$/,
    pieces: [
      '{',
      '}',
      '\nreal_server 10.0.0.1 80 {',
      '\nfwmark 3',
      '\ninclude x\n',
      '$A=1\n',
      '-9 80',
      '\nTCP_CHECK {}\n',
    ],
  },
  {
    name: 'ldirectord.cf',
    folder: 'ldirectord/fixtures',
    importer: (text) => importLdirectord(alone(text, 'ldirectord.cf')),
    plain:
      /^\s*(#.*|checktype=connect|service=(none|http)|quiescent=no|emailalertstatus=all|protocol=(fwm|tcp)|real=(192.168.6.2:9|10.8.0.6:80) gate)?\r?$/,
    pieces: [
      '=',
      '->',
      '\nvirtual=3\n',
      '\n real=10.0.0.1:80 gate\n',
      '\n checktype=ping',
      '\n service=http',
      ' 0',
      '[',
    ],
  },
  {
    name: 'haproxy.cfg',
    folder: 'haproxy/fixtures',
    importer: (text) => importHaproxy(alone(text, 'haproxy.cfg')),
    plain: /^\s*(#.*|tcp-check connect)?\r?$/,
    pieces: [
      ...[
        '\\',
        '!',
        ' check ',
        ' backup',
        ' track rtmp/rtmp1',
        '"${X}"',
        ' port 0',
        ' inter 1d',
        '\nbackend x\n',
        ' ssl',
      ],
      ...['\nserver x 10.0.0.1:1 check', '\ndefaults from x\n', '\nhttp-check expect rstring (\n', '\nserver-template'],
      ...['\ntcp-check expect binary zz\n', '\noption external-check\n', '\noption httpchk\n'],
    ],
  },
];

const anywhere = ['\n', '\r\n', ' ', '"', "'", '#', ':', '0', '9', '::1', '${X}', '\ufeff'];

const cases = kinds.map((kind) => {
  const path = join(import.meta.dirname, kind.folder);
  const names = readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  const textOf = (name: string) => readFileSync(join(path, name), 'utf8');
  const damagedFile = damaged(names.map(textOf), [...anywhere, ...kind.pieces]);
  const isAccepted = fc.property(damagedFile, (text) => holds(kind.importer(text)));
  return { ...kind, names, textOf, isAccepted };
});

describe.each(cases)('a $name', ({ names, textOf, importer, plain, isAccepted }) => {
  const valid = names.filter((name) => importer(textOf(name)).remarks.every(({ kind }) => kind !== 'error'));

  test.each(valid)('no line of %s is dropped silently', (name) => {
    expect(silentLines(textOf(name), importer, plain)).toEqual([]);
  });

  test('whatever it is, it crashes nothing, and the result is accepted', () => {
    fc.assert(isAccepted, tries());
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => holds(importer(text))),
      tries(),
    );
  });

  test.each(['"', "'", '{', '}', '\\', '$', '=', ' a', '\\\n', '\n', ' "a'])('many %j take linear time', (piece) => {
    expect(growth(50_000, (size) => importer(piece.repeat(size)))).toBeLessThan(3);
  });

  test.each(['"', "'a"])('a last line with many %j takes linear time', (piece) => {
    const text = textOf(names[0] ?? '').trimEnd();
    const last = text.split('\n').at(-1);
    expect(growth(50_000, (size) => importer(`${text}\n${last} ${piece.repeat(size)}`))).toBeLessThan(3);
  });
});

test('a second `server` line of one name in a backend is a remark', () => {
  const { document, remarks } = importHaproxy(
    alone('backend b\nserver a 10.0.0.1:80 check\nserver a 10.0.0.2:80 check\nserver a-2 10.0.0.3:80 check\n'),
  );
  expect(Object.keys(document.sections['servers'] ?? {})).toEqual(['a', 'a-2']);
  expect(remarks).toContainEqual({
    file: 'test.conf',
    line: 3,
    kind: 'skipped',
    text: 'server `a` is in line 2 already; HAProxy refuses a second server of one name',
  });
});

test.each([
  ['mon', importMon, 'hostgroup a 10.0.0.1 10.0.0.1\n\nwatch a\nservice s\ninterval 10s\nmonitor tcp.monitor -p 80\n'],
  [
    'keepalived',
    importKeepalived,
    'virtual_server 10.0.0.9 80 {\nreal_server 10.0.0.1 80 {\n}\nreal_server 10.0.0.1 80 {\n}\n}\n',
  ],
  ['ldirectord', importLdirectord, 'virtual=10.0.0.9:80\n real=10.0.0.1:80 gate\n real=10.0.0.1:80 gate\n'],
  ['haproxy', importHaproxy, 'backend b\nserver a 10.0.0.1:80 check\nserver b 10.0.0.1:80 check\n'],
] as const)('%s: the same server twice is one server and a remark', (_, importer, text) => {
  const imported = importer({ ...alone(text), hosts: null });
  holds(imported);
  expect(Object.keys(imported.document.sections['servers'] ?? {})).toHaveLength(1);
  expect(
    imported.remarks.filter(({ kind, text: why }) => kind === 'skipped' && /already|duplicate/.test(why)),
  ).toHaveLength(1);
});

test.each([
  [
    'keepalived',
    importKeepalived,
    'virtual_server 10.0.0.9 80 {\n# edge.1\nreal_server 10.0.0.1 80 {\n}\n# edge.1\nreal_server 10.0.0.2 80 {\n}\n}\n',
    ['edge.1', 'edge.1-2'],
  ],
  [
    'ldirectord',
    importLdirectord,
    'virtual=10.0.0.9:80\n# edge.1\n real=10.0.0.1:80 gate\n# edge.1\n real=10.0.0.2:80 gate\n',
    ['edge.1', 'edge.1-2'],
  ],
  [
    'haproxy',
    importHaproxy,
    'backend b\nserver a:1 10.0.0.1:80 check\nserver a-1 10.0.0.2:80 check\n',
    ['a-1', 'a-1-2'],
  ],
  [
    'mon',
    importMon,
    'hostgroup a:1 10.0.0.1\n\nhostgroup a-1 10.0.0.2\n\nwatch a:1\nservice s\ninterval 10s\nmonitor tcp.monitor -p 80\n\nwatch a-1\nservice s\ninterval 10s\nmonitor tcp.monitor -p 80\n',
    ['a-1', 'a-1-2'],
  ],
] as const)('%s: two servers whose names are equal here get different names', (_, importer, text, names) => {
  const imported = importer({ ...alone(text), hosts: null });
  holds(imported);
  expect(Object.keys(imported.document.sections['servers'] ?? {})).toEqual(names);
});

test('haproxy: two stand-ins with one address are one stand-in and a remark', () => {
  const servers = ['server a 10.0.0.1:80 check', 'server b 10.0.0.9:80 backup', 'server c 10.0.0.9:80 backup'];
  const imported = importHaproxy(alone(`backend b\n${servers.join('\n')}\n`));
  holds(imported);
  expect(imported.remarks.map(({ line, text }) => `${line}: ${text}`)).toContain(
    '4: `10.0.0.9` is a stand-in of this pool already',
  );
});

test('a haproxy.cfg whose sections run together because of a lost line end is accepted', () => {
  const path = '178:20:3:6:3:3:4:3:3:3:6:3:3:3:5:6:7:3:11:4:3:11:11';
  const haproxy = cases.find(({ name }) => name === 'haproxy.cfg');
  expect(haproxy).toBeDefined();
  if (haproxy !== undefined) fc.assert(haproxy.isAccepted, { seed: 1048214759, path, numRuns: 1 });
});

test('many servers of a haproxy.cfg take linear time', () => {
  const imported = (count: number) => {
    const lines = Array.from({ length: count }, (_, at) => `server s${at} 10.0.${at >> 8}.${at & 255}:80 check`);
    return importHaproxy(alone(`backend b\n${lines.join('\n')}\n`));
  };
  expect(Object.keys(imported(5000).document.sections['servers'] ?? {})).toHaveLength(5000);
  expect(growth(2500, imported)).toBeLessThan(3);
});
