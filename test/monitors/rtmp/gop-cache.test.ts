/** Against node-media-server, which sends its GOP cache to everyone who comes, live or not. */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rtmp } from '../../../monitors/rtmp.ts';
import { listen, type TestServer } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { prepare } from '../sample.ts';
import { publish } from './publisher.ts';

interface Session {
  run(): void;
}

const load = createRequire(import.meta.url);
// The part of it that speaks RTMP: the rest would want a folder and ports of its own.
const RtmpSession = load('node-media-server/src/session/rtmp_session.js') as new (socket: Socket) => Session;
(load('node-media-server/src/core/logger.js') as { level: string }).level = 'error';
(load('node-media-server/src/core/context.js') as { config: object }).config = {};

let server: TestServer;

beforeAll(async () => {
  server = await listen((socket) => new RtmpSession(socket).run());
});

afterAll(() => server.close());

function check(stream: string, options: object = {}) {
  return runCheck(prepare(rtmp, { port: server.port, app: 'live', stream, stall: '1s', ...options }), 8000);
}

describe('a server with a GOP cache', () => {
  it('has a live stream when media go on after the burst', async () => {
    const publisher = await publish(server.port, 'live', 'moving', 4000);
    const verdict = await check('moving', { stall: '5s' });
    expect(verdict).toMatchObject({ status: 'ok', summary: 'stream is live' });
    expect(Object.keys(verdict.measures ?? {})).toEqual(['handshake_ms', 'connect_ms', 'first_media_ms']);
    await publisher.stop();
  });

  it('does not fool anybody when the publisher is frozen', async () => {
    const publisher = await publish(server.port, 'live', 'frozen', 4000);
    publisher.freeze();
    expect(await check('frozen')).toMatchObject({ status: 'fail', summary: 'publisher frozen' });
    await publisher.stop();
  });

  it('cannot tell a stream that does not exist from one that is silent', async () => {
    expect(await check('nobody')).toMatchObject({ status: 'fail', summary: 'no media: publisher frozen or absent' });
  });
});
