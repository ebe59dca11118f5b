/** The plugin of docs/plugins.md: loaded as a configuration would, and set before servers of every kind. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { monitors } from '../../monitors/index.ts';
import { loadWithPlugins } from '../../src/config/load.ts';
import { createPluginLoader } from '../../src/config/plugins/load-plugins.ts';
import type { Check, Verdict } from '../../src/plugin/plugin.ts';
import { runCheck } from '../monitors/context.ts';

const docs = join(import.meta.dirname, '../../docs');
const page = readFileSync(join(docs, 'plugins.md'), 'utf8');
/** The configuration that the page shows. */
const shown = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
const loader = createPluginLoader((file) => import(pathToFileURL(file).href), { after: () => () => {} });

let folder: string;
let server: Server | null = null;
const open = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-docs-'));
});

afterEach(async () => {
  rmSync(folder, { recursive: true });
  for (const socket of open) socket.destroy();
  await new Promise((closed) => (server === null ? closed(null) : server.close(closed)));
  server = null;
});

async function listen(serve: (socket: Socket) => void): Promise<number> {
  const opened = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    serve(socket);
  });
  server = opened;
  await new Promise<void>((ready) => opened.listen(0, '127.0.0.1', ready));
  return (opened.address() as AddressInfo).port;
}

async function checkFor(port: number): Promise<Check> {
  copyFileSync(join(docs, 'examples/my-monitor.mjs'), join(folder, 'my-monitor.mjs'));
  const file = join(folder, 'understudy.yaml');
  writeFileSync(file, shown.replace('type: playout', `type: playout, port: ${port}`));
  const loaded = await loadWithPlugins(file, { monitors, alerts: new Map() }, {}, loader);
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  const { type, options } = loaded.config.checks[0]?.monitor ?? expect.unreachable();
  return loaded.plugins.monitors.get(type)?.prepare(options) ?? expect.unreachable();
}

async function verdictOn(answer: string, deadlineMs?: number): Promise<Verdict> {
  const port = await listen((socket) => {
    socket.once('data', (asked) => {
      expect(asked.toString()).toBe('STATUS\r\n');
      if (answer !== '') socket.write(answer);
    });
  });
  const verdict = await runCheck(await checkFor(port), deadlineMs);
  await expect.poll(() => open.size).toBe(0);
  return verdict;
}

describe('the monitor of docs/plugins.md', () => {
  test('is loaded by the configuration that the page shows, with every part of it', async () => {
    expect(shown).toContain('plugins: [./my-monitor.mjs]');
    expect(await checkFor(1)).toBeTypeOf('function');
  });

  test.each([
    ['on the air', '200 ON AIR 12\r\n', { status: 'ok', summary: 'on the air', measures: { viewers: 12 } }],
    ['full', '200 ON AIR 5000\r\n', { status: 'overloaded', summary: 'too many viewers' }],
    ['off the air', '200 IDLE\r\n', { status: 'fail', summary: 'off the air' }],
    ['of another mind', '500 ERROR\r\n', { status: 'fail', summary: 'refuses STATUS' }],
    [
      'of another kind',
      'HTTP/1.0 400 Bad Request\r\n\r\n',
      { status: 'fail', summary: expect.stringContaining('got `HTTP/1.0 400') },
    ],
    ['a flood', 'x'.repeat(100_000), { status: 'fail', summary: expect.stringContaining('expected a status') }],
  ])('judges a server that is %s', async (_, answer, verdict) => {
    expect(await verdictOn(answer)).toMatchObject(verdict);
  });

  test('gives up at the deadline on a server that says nothing', async () => {
    expect(await verdictOn('', 200)).toMatchObject({ status: 'fail', summary: 'no answer to STATUS', silent: true });
  });
});
