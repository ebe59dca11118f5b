/** GStreamer's own RTSP server on loopback: open, with logins, and behind TLS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rtsp } from '../../../monitors/rtsp.ts';
import type { Verdict } from '../../../src/plugin/plugin.ts';
import { closedPort } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { findProgram, type Running, run, until, whyNot } from '../real-programs.ts';
import { prepare, sample } from '../sample.ts';
import { authority } from '../tls-servers.ts';

const libraries = '/usr/lib/x86_64-linux-gnu';
const typelib = findProgram(`${libraries.slice(1)}/girepository-1.0/GstRtspServer-1.0.typelib`);
const tls = { name: 'video.example', ca: authority };
const login = { user: 'viewer', password: 'secret' };
const isOk = ({ status }: Verdict) => status === 'ok';

describe.skipIf(typelib === null)(`a real GStreamer${whyNot(typelib)}`, () => {
  const servers: Running[] = [];
  const ports = new Map<string, number>();
  let folder = '';

  async function start(name: string, ...how: readonly string[]): Promise<void> {
    const root = typelib?.file.slice(0, typelib.file.indexOf(libraries)) ?? '';
    const port = await closedPort();
    const program = { file: '/usr/bin/python3', env: typelib?.env ?? {} };
    const server = run(program, [join(import.meta.dirname, 'gstreamer-server.py'), String(port), ...how], {
      HOME: folder,
      PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
      GI_TYPELIB_PATH: join(root, libraries, 'girepository-1.0'),
      GST_PLUGIN_PATH: join(root, libraries, 'gstreamer-1.0'),
      GIO_EXTRA_MODULES: join(root, libraries, 'gio/modules'),
      GST_REGISTRY: join(folder, 'registry.bin'),
    });
    servers.push(server);
    ports.set(name, port);
    await until(() => runCheck(prepare(rtsp, { port, level: 'tcp' })), isOk, server.said);
  }

  const ask = (name: string, options: object) =>
    runCheck(prepare(rtsp, { port: ports.get(name), path: '/live', ...options }), 10_000);

  beforeAll(async () => {
    if (typelib === null) return;
    folder = mkdtempSync(join(tmpdir(), 'understudy-gstreamer-'));
    const pair = join(folder, 'pair.pem');
    writeFileSync(pair, Buffer.concat([sample('tls/good.pem'), sample('tls/key.pem')]));
    await start('open', 'none');
    await start('basic', 'basic');
    await start('digest', 'digest');
    await start('tls', 'digest', pair);
  }, 90_000);
  afterAll(async () => {
    for (const server of servers) await server.stop();
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['an open server', 'open', { level: 'options' }, 'ok', 'answers OPTIONS'],
    ['its stream', 'open', { level: 'describe' }, 'ok', 'describes the stream'],
    ['another stream', 'open', { level: 'describe', path: '/other' }, 'fail', 'stream missing'],
    ['its picture, in the connection', 'open', { level: 'play', transport: 'tcp' }, 'ok', 'moving picture'],
    ['its picture, by UDP', 'open', { level: 'play', transport: 'udp' }, 'ok', 'moving picture'],
    ['a server with Basic login', 'basic', { level: 'options' }, 'ok', 'answers OPTIONS'],
    ['its stream without a login', 'basic', { level: 'describe' }, 'fail', 'needs credentials'],
    ['its stream with Basic login', 'basic', { level: 'describe', ...login }, 'ok', 'describes the stream'],
    [
      'its stream with a wrong password',
      'basic',
      { level: 'describe', ...login, password: 'other' },
      'fail',
      'bad credentials',
    ],
    ['its picture with Basic login', 'basic', { level: 'play', ...login }, 'ok', 'moving picture'],
    ['a stream with Digest, without a login', 'digest', { level: 'describe' }, 'fail', 'needs credentials'],
    ['the same with Digest login', 'digest', { level: 'describe', ...login }, 'ok', 'describes the stream'],
    [
      'the same with a wrong password',
      'digest',
      { level: 'describe', ...login, password: 'other' },
      'fail',
      'bad credentials',
    ],
    ['its picture with Digest login', 'digest', { level: 'play', ...login }, 'ok', 'moving picture'],
    ['a server behind TLS', 'tls', { level: 'options', tls }, 'ok', 'answers OPTIONS'],
    ['its picture behind TLS', 'tls', { level: 'play', tls, ...login }, 'ok', 'moving picture'],
    [
      'a certificate of another name',
      'tls',
      { level: 'options', tls: { ...tls, name: 'other.example' } },
      'fail',
      'tls: certificate of another name',
    ],
    ['a server behind TLS, asked without', 'tls', { level: 'options' }, 'fail', 'reset after OPTIONS'],
    [
      'a server without TLS, asked with it',
      'open',
      { level: 'options', tls },
      'fail',
      'tls: expected TLS, got another protocol',
    ],
  ] as const)('judges %s', async (_what, name, options, status, summary) => {
    expect(await ask(name, options)).toMatchObject({ status, summary });
  });
});
