import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Parts } from '../../../src/cli/command.ts';
import type { ReadConfig } from '../../../src/cli/config-report.ts';
import { readConfig } from '../../../src/cli/read-config.ts';
import { UsageError } from '../../../src/cli/session.ts';
import { main } from '../../../src/main.ts';
import { testSession } from '../../../test/cli/terminal.ts';
import { openImportFiles } from '../files.ts';
import { type ImportOptions, importFrom } from '../run.ts';
import { fixtures } from './imported.ts';

const plainCsv = join(fixtures, 'csv', 'plain');
const pairs = join(fixtures, 'mon', 'rtmp-pairs.cf');
const rtmpPool = join(fixtures, '..', 'haproxy', 'fixtures', 'nginx-rtmp.cfg');
const real: ReadConfig = async (file) => readConfig(file, {});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-cli-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function run(kind: string, path: string, options: ImportOptions = {}, read = real) {
  const session = testSession();
  const code = await importFrom(session, read, kind, path, options);
  const lines = session.errors().trimEnd().split('\n');
  return { code, out: session.text(), lines, last: lines.at(-1) ?? '' };
}

describe('import', () => {
  test('writes the configuration to stdout, and remarks to stderr', async () => {
    const { code, out, lines, last } = await run('csv', plainCsv);
    expect(code).toBe(0);
    expect(out).toContain('mark-3: { fwmark: 3, scheduler: wlc, persistence: 50s');
    expect(lines[0]).toMatch(/fwmark-routing-list\.csv: changed: a server is failing after 2 bad checks/);
    expect(last).toBe(
      `configuration of ${plainCsv}: 5 servers, 5 checks, 3 virtual services; 5 changed, 1 warning; next: understudy check-config FILE`,
    );
  });

  test('writes it to a file, which is valid, and leaves nothing else', async () => {
    const output = join(folder, 'understudy.yaml');
    const { code, out, last } = await run('mon', pairs, { output });
    expect([code, out]).toEqual([0, '']);
    expect((await readConfig(output, {})).problems).toEqual([]);
    expect(readdirSync(folder)).toEqual(['understudy.yaml']);
    expect(last).toMatch(/understudy\.yaml: 5 servers, .*; next: understudy check-config .*understudy\.yaml$/);
  });

  test('writes further files next to it', async () => {
    const output = join(folder, 'understudy.yaml');
    const { code, last } = await run('csv', manyClients(), { output });
    expect(code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['clients.csv', 'many', 'understudy.yaml']);
    expect(last).toContain('understudy.yaml and clients.csv: 5 servers');
    expect((await readConfig(output, {})).config?.classify.clients).toHaveLength(1001);
  });

  test('reports which further files were not written to stdout', async () => {
    const { code, lines } = await run('csv', manyClients());
    expect(code).toBe(0);
    expect(lines.at(-2)).toBe('clients.csv: not written, `-o FILE` writes it next to the configuration');
  });

  test.each(['understudy.yaml', 'clients.csv'])('never overwrites %s without --force', async (name) => {
    const output = join(folder, 'understudy.yaml');
    writeFileSync(join(folder, name), 'mine\n');
    const source = manyClients();
    await expect(run('csv', source, { output })).rejects.toThrow(`${name} exists, --force overwrites it`);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('mine\n');
    expect(readdirSync(folder).sort()).toEqual(['many', name].sort());
    expect((await run('csv', source, { output, force: true })).code).toBe(0);
    expect(readFileSync(join(folder, name), 'utf8')).not.toBe('mine\n');
  });

  test('never overwrites what it imports', async () => {
    const source = join(folder, 'mon.cf');
    writeFileSync(source, readFileSync(pairs));
    await expect(run('mon', source, { output: source, force: true })).rejects.toThrow('is the file to import');
    symlinkSync(source, join(folder, 'link.yaml'));
    await expect(run('mon', source, { output: join(folder, 'link.yaml'), force: true })).rejects.toThrow(
      'is the file to import',
    );
    expect(readFileSync(source, 'utf8')).toBe(readFileSync(pairs, 'utf8'));
  });

  test('writes nothing when the files are wrong', async () => {
    const output = join(folder, 'understudy.yaml');
    const { code, out, lines, last } = await run('mon', join(fixtures, 'mon', 'broken.cf'), { output });
    expect([code, out]).toEqual([1, '']);
    expect(lines[1]).toMatch(/broken\.cf:5: error: expected an interval such as 10s, got `10`$/);
    expect(last).toMatch(/^nothing was written: 3 errors in .*broken\.cf$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('asks for a bug report when the generated configuration is invalid', async () => {
    const output = join(folder, 'understudy.yaml');
    const wrong: ReadConfig = async (file) => ({ config: null, problems: [`${file}:1:1: wrong`], warnings: [] });
    const { code, lines } = await run('csv', plainCsv, { output }, wrong);
    expect(code).toBe(1);
    expect(lines.slice(-2)).toEqual([
      'understudy.yaml:1:1: wrong',
      'nothing was written: the generated configuration is invalid. This is a bug, please report it',
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['mno', 'mon.cf', {}, 'expected one of csv, mon, keepalived, ldirectord, haproxy, got `mno`, did you mean `mon`?'],
    ['__proto__', 'x', {}, 'expected one of csv, mon'],
    ['csv', plainCsv, { hosts: '/etc/hosts' }, '--hosts is for mon only'],
    ['csv', plainCsv, { output: tmpdir() }, '-o: expected a file, got the folder'],
    ['csv', plainCsv, { output: '/nowhere/understudy.yaml' }, '-o: expected a folder that exists, got /nowhere'],
  ])('refuses %s %s %j', async (kind, path, options, message) => {
    const refused = run(kind, path, options);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(message);
  });

  test.each([
    ['mon', 'nowhere.cf', 'nowhere.cf: error: cannot be read: no such file'],
    ['mon', 'empty-folder', 'mon.cf: error: cannot be read: no such file'],
    ['csv', 'nowhere', 'nowhere: error: expected a folder with param.csv, fwmark-routing-list.csv'],
    ['csv', 'empty-folder', 'param.csv: error: expected this file in the folder, got none'],
    ['ldirectord', 'nowhere', 'nowhere: error: cannot be read: no such file'],
    ['keepalived', 'nowhere', 'nowhere: error: cannot be read: no such file'],
    ['haproxy', 'nowhere', 'nowhere: error: cannot be read: no such file'],
    ['haproxy', 'empty-folder', 'haproxy.cfg: error: cannot be read: no such file'],
  ])('%s of %s cannot be read', async (kind, name, line) => {
    mkdirSync(join(folder, 'empty-folder'));
    const { code, lines } = await run(kind, join(folder, name));
    expect(code).toBe(1);
    expect(lines[0]).toContain(line);
  });

  test('takes the usual file of a folder', async () => {
    writeFileSync(join(folder, 'mon.cf'), readFileSync(pairs));
    expect((await run('mon', folder)).code).toBe(0);
  });

  test('reads Latin-1, and says so', async () => {
    const file = join(folder, 'mon.cf');
    writeFileSync(file, Buffer.concat([Buffer.from('# f\xfcr alle\n', 'latin1'), readFileSync(pairs)]));
    const { code, lines, out } = await run('mon', file);
    expect(code).toBe(0);
    expect(lines[0]).toBe(`${file}: changed: expected text in UTF-8, read as Latin-1`);
    expect(out).toMatch(/^# +für alle$/m);
  });

  test('finds host names in a file like /etc/hosts', async () => {
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, '10.10.3.60 origin.example.net origin # the source\nfe80::1%eth0 link\n');
    const { code, out } = await run('mon', join(fixtures, 'mon', 'hand-made.cf'), { hosts });
    expect(code).toBe(0);
    expect(out).toContain('origin.example.net: { address: 10.10.3.60 }');
    expect((await run('mon', pairs, { hosts: join(folder, 'none') })).code).toBe(1);
  });

  test('keeps control characters of a file off the terminal', async () => {
    const file = join(folder, 'mon.cf');
    writeFileSync(file, `${readFileSync(pairs, 'utf8')}\nbad \x1b[2J line\n`);
    const { lines } = await run('mon', file);
    expect(lines.join('\n')).not.toContain('\x1b');
  });
});

describe('files that include others', () => {
  const write = (name: string, text = name) => writeFileSync(join(folder, name), text);

  test('are found beside the one that names them, by name and by pattern', () => {
    const { include } = openImportFiles();
    mkdirSync(join(folder, 'conf.d'));
    for (const name of ['conf.d/b.conf', 'conf.d/a.conf', 'conf.d/.hidden.conf', 'conf.d/a+b.conf', 'conf.d/c.txt'])
      write(name);
    const from = join(folder, 'main.conf');
    expect(include.read('conf.d/a.conf', from)).toEqual({ name: join(folder, 'conf.d/a.conf'), text: 'conf.d/a.conf' });
    const listed = (pattern: string) => include.list(pattern, from).map((file) => file.slice('conf.d/'.length));
    expect(listed('conf.d/*.conf')).toEqual(['a+b.conf', 'a.conf', 'b.conf']);
    expect(listed('conf.d/?.conf')).toEqual(['a.conf', 'b.conf']);
    expect(listed('conf.?/[!a].*')).toEqual(['b.conf', 'c.txt']);
    expect(listed('conf.d/a+?.conf')).toEqual(['a+b.conf']);
    const here = relative('', from);
    for (const name of include.list('conf.d/?.conf', here)) expect(include.read(name, here)?.text).toBe(name);
    const whole = include.list(join(folder, 'conf.d/b*'), '/elsewhere/main.conf');
    expect(whole).toEqual([join(folder, 'conf.d/b.conf')]);
    expect(include.list('nowhere/*', from)).toEqual([]);
    expect(include.list('*'.repeat(1000), from)).toEqual([]);
    expect(include.list('[', from)).toEqual([]);
  });

  test('are read only when they are files, not too large and not too many', () => {
    const { include, read, remarks } = openImportFiles();
    write('large.conf', 'x'.repeat(16 * 1024 * 1024 + 1));
    write('small.conf');
    const from = join(folder, 'main.conf');
    expect(include.read('large.conf', from)).toBeNull();
    expect(include.read('.', from)).toBeNull();
    expect(include.read('/dev/zero', from)).toBeNull();
    expect(read('/dev/zero')).toBeNull();
    expect(remarks()).toMatchObject([{ text: 'cannot be read: it is not a regular file' }]);
    const all = Array.from({ length: 1001 }, () => include.read('small.conf', from));
    expect(all.filter((file) => file !== null)).toHaveLength(1000);
  });
});

describe('the command line', () => {
  const parts: Parts = {
    runDaemon: async () => 1,
    readConfig: real,
    probeLocally: async () => [],
    jsonSchema: async () => ({}),
    openKernel: async () => {
      throw new Error('not asked');
    },
  };

  test.each([
    [['import', 'csv', plainCsv], 0, 'next: understudy check-config FILE'],
    [['import', 'haproxy', rtmpPool], 0, '3 servers, 5 checks, 3 virtual services'],
    [['import', 'mon', '/nowhere/mon.cf'], 1, 'nothing was written: 1 error in /nowhere/mon.cf'],
    [['import', 'mon', pairs, '-o', pairs], 1, 'rtmp-pairs.cf exists, --force overwrites it'],
    [['import', 'nagios', pairs], 2, 'expected one of csv, mon, keepalived, ldirectord, haproxy, got `nagios`'],
    [['import', 'mon'], 2, "missing required argument 'PATH'"],
  ])('understudy %j ends with %i', async (args, code, text) => {
    const session = testSession();
    expect(await main(args, session, parts)).toBe(code);
    expect(session.errors()).toContain(text);
    expect(session.text() === '').toBe(code !== 0);
  });
});

/** A folder of 1000 clients. */
function manyClients(): string {
  const path = join(folder, 'many');
  mkdirSync(path);
  for (const name of readdirSync(plainCsv)) writeFileSync(join(path, name), readFileSync(join(plainCsv, name)));
  const rows = Array.from({ length: 1000 }, (_, at) => `10.20.${at >> 8}.${at & 255},${1 + (at % 3)}`);
  writeFileSync(join(path, 'client-list.csv'), `IP,fwmark\n${rows.join('\n')}\n`);
  return path;
}
