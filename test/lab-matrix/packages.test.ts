import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { labUnavailable } from '../lab/packages.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-packages-'));
  vi.stubEnv('UNDERSTUDY_LAB_UNAVAILABLE', '');
  vi.stubEnv('UNDERSTUDY_LAB_CACHE', join(folder, 'cache'));
  vi.stubEnv('TMPDIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const quiet = (): void => {};

function onlyTool(name: string, script: string): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

test('without a network it names what apt could not fetch, in one line', async () => {
  onlyTool('apt-get', 'echo "W: Failed to fetch http://mirror.example/InRelease  Connection timed out"; exit 100');
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
  expect(await labUnavailable(quiet)).toBe(
    'cannot download packages: Failed to fetch http://mirror.example/InRelease Connection timed out',
  );
});

test('without apt it names the tools that are missing', async () => {
  for (const tool of ['dpkg', 'tar', 'taskset']) onlyTool(tool, 'exit 0');
  vi.stubEnv('PATH', join(folder, 'bin'));
  expect(await labUnavailable(quiet)).toBe('apt-get not found: Debian packages cannot be fetched');
});

test('without a folder that can be written it names each that it tried, in one line', async () => {
  writeFileSync(join(folder, 'file'), '');
  vi.stubEnv('UNDERSTUDY_LAB_CACHE', join(folder, 'file', 'cache'));
  vi.stubEnv('TMPDIR', join(folder, 'file'));
  expect(await labUnavailable(quiet)).toMatch(/^no cache folder can be written: ENOTDIR: .*; ENOTDIR: .*$/);
});

test('a cause that npm test has found before is given again at once', async () => {
  vi.stubEnv('UNDERSTUDY_LAB_UNAVAILABLE', 'no network');
  expect(await labUnavailable(quiet)).toBe('no network');
});
