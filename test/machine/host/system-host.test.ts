import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { change, hasProgram, output } from '../../../src/machine/host/host.ts';
import { systemFiles, systemHost } from '../../../src/machine/host/system-host.ts';
import { tempFolder } from '../../http/harness.ts';

test('a file of /proc, which has no size, is read to its end; what is not there or no file is null', async () => {
  expect(await systemFiles.read('/proc/self/status')).toMatch(/^Name:[\s\S]*\nPid:/);
  expect(await systemFiles.read('/nowhere')).toBe(null);
  expect(await systemFiles.read('/etc')).toBe(null);
  expect(await systemFiles.list('/nowhere')).toEqual([]);
});

test('a file is written with its folder, replaced whole, and leaves nothing beside it', async () => {
  const folder = join(tempFolder(), 'a/b');
  const file = join(folder, 'c.conf');
  await systemFiles.write(file, 'one\n');
  await systemFiles.write(file, 'two\n');
  expect(readFileSync(file, 'utf8')).toBe('two\n');
  expect(readdirSync(folder)).toEqual(['c.conf']);
  await systemFiles.remove(file);
  await systemFiles.remove(file);
  expect(await systemFiles.exists(file)).toBe(false);
});

test('a file can be read by everybody, whatever the umask: networkd is not root', async () => {
  const folder = join(tempFolder(), 'eth0.network.d');
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  await systemFiles.write(join(folder, 'a.conf'), 'one\n');
  expect(statSync(join(folder, 'a.conf')).mode & 0o777).toBe(0o644);
  expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test('a file that cannot be replaced leaves nothing beside it either', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'taken/inside'), '');
  await expect(systemFiles.write(join(folder, 'taken'), 'text')).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['taken']);
});

test('a program that fails or is not there has no output, and a change by it is refused in its own words', async () => {
  const host = systemHost();
  expect(await output(host, 'sh', ['-c', 'echo yes'])).toBe('yes\n');
  expect(await output(host, 'sh', ['-c', 'echo yes; exit 1'])).toBe(null);
  expect(await output(host, 'no-such-program', [])).toBe(null);
  expect(await hasProgram(host, 'sh')).toBe(true);
  expect(await hasProgram(host, 'no-such-program')).toBe(false);
  await expect(change(host, ['sh', '-c', 'echo one >&2; echo two >&2; exit 2'])).rejects.toThrow('failed: one; two');
  await expect(change(host, ['false'])).rejects.toThrow('`false` failed: exit 1');
});
