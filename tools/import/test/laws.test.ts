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
import { damaged, holds, silentLines } from './laws.ts';

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

describe.each(kinds)('a $name', ({ folder, importer, plain, pieces }) => {
  const path = join(import.meta.dirname, folder);
  const names = readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  const textOf = (name: string) => readFileSync(join(path, name), 'utf8');
  const right = names.filter((name) => importer(textOf(name)).remarks.every(({ kind }) => kind !== 'error'));

  test.each(right)('no line of %s is dropped in silence', (name) => {
    expect(silentLines(textOf(name), importer, plain)).toEqual([]);
  });

  test('whatever it is, it crashes nothing, and what comes of it is accepted', () => {
    fc.assert(
      fc.property(damaged(names.map(textOf), [...anywhere, ...pieces]), (text) => holds(importer(text))),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => holds(importer(text))),
      { numRuns: 50 },
    );
  });

  test('quotes that never close and long lines take no time to speak of', () => {
    const started = performance.now();
    for (const char of ['"', "'", '{', '}', '\\', '$', '=', ' a', '\\\n', '\n', ' "a']) importer(char.repeat(100_000));
    const last = textOf(names[0] ?? '')
      .trimEnd()
      .split('\n')
      .at(-1);
    importer(`${textOf(names[0] ?? '')}\n${last} ${'"'.repeat(200_000)}\n${last} ${"'a".repeat(100_000)}`);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test('5000 servers of a haproxy.cfg take no time to speak of', () => {
  const started = performance.now();
  const servers = Array.from({ length: 5000 }, (_, at) => `server s${at} 10.0.${at >> 8}.${at & 255}:80 check`);
  const { document } = importHaproxy(alone(`backend b\n${servers.join('\n')}\n`));
  expect(Object.keys(document.sections['servers'] ?? {})).toHaveLength(5000);
  expect(performance.now() - started).toBeLessThan(10_000);
});
