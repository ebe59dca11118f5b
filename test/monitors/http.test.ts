import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { http } from '../../monitors/http.ts';
import { answer, answerAndClose, listen } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck, timed } from './context.ts';
import { type Reply, serve, type WebServer } from './http-servers.ts';
import { httpAnswer, prepare } from './sample.ts';
import { authority, listenTls } from './tls-servers.ts';

let server: WebServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function ask(options: object, replies: Readonly<Record<string, Reply>>) {
  server = await serve((path) => replies[path]);
  return runCheck(prepare(http, { ...options, port: server.port }));
}

const page = { '/': { body: 'all is well' } };
const state = { '/': { body: '{"streams":[{"state":"live","viewers":"7"}],"list":[]}' } };

describe('http', () => {
  it.each([
    ['a page', {}, page, 'ok', 'answers as expected'],
    ['another status', { path: '/x' }, page, 'fail', 'expected HTTP 200, got `404`'],
    ['a status of a class', { path: '/x', status: '4xx' }, page, 'ok', 'answers as expected'],
    ['one of several', { path: '/x', status: [204, 404] }, page, 'ok', 'answers as expected'],
    ['none of several', { path: '/x', status: [204, '3xx'] }, page, 'fail', 'expected HTTP 204 or 3xx, got `404`'],
    ['too much to do', { busy_status: 503 }, { '/': { status: 503 } }, 'overloaded', 'expected HTTP 200, got `503`'],
    ['an error that is no load', {}, { '/': { status: 503 } }, 'fail', 'expected HTTP 200, got `503`'],
    ['a text in the body', { body: 'is well' }, page, 'ok', 'answers as expected'],
    ['an expression in it', { body: '/^all .*l$/' }, page, 'ok', 'answers as expected'],
    ['a text that is not in it', { body: 'ill' }, page, 'fail', 'expected `ill`, got `all is well`'],
    ['a JSON value', { json: 'streams[0].state == live' }, state, 'ok', 'answers as expected'],
    ['several', { json: ['streams[0].viewers < 8', 'list.length == 0'] }, state, 'ok', 'answers as expected'],
    [
      'a wrong one',
      { json: 'streams[0].state == off' },
      state,
      'fail',
      'expected `streams[0].state == off`, got `live`',
    ],
    [
      'a number that varies',
      { json: 'streams[0].viewers < 5' },
      state,
      'fail',
      'expected `streams[0].viewers < 5`, got another number',
    ],
    ['a missing one', { json: 'a.b' }, state, 'fail', 'expected `a.b`, got nothing'],
    ['a list', { json: 'list == 1' }, state, 'fail', 'expected `list == 1`, got a list'],
    ['no JSON', { json: 'a' }, page, 'fail', 'expected JSON, got `all is well`'],
    ['half of it', { json: 'a' }, { '/': { body: '{"a":' } }, 'fail', 'expected JSON, got a broken document'],
  ])('judges %s', async (_what, options, replies, status, summary) => {
    expect(await ask(options, replies)).toMatchObject({ status, summary });
  });

  it('keeps numbers of JSON tests as measures', async () => {
    const verdict = await ask({ json: 'streams[0].viewers < 8' }, state);
    expect(verdict.measures).toMatchObject({ 'streams[0].viewers': 7 });
  });

  it('holds an expression that takes too long against itself, not against the server', async () => {
    const trap = { '/': { body: `${'a'.repeat(60)}!` } };
    expect(await ask({ body: '/^(a+)+$/' }, trap)).toMatchObject({
      status: 'unknown',
      summary: 'gave up on `/^(a+)+$/`: it takes too long',
    });
  });

  it('sends what it is told to', async () => {
    await ask(
      { method: 'HEAD', host: 'video.example', headers: ['X-Token: a', 'X-Token: b'], user: 'me', password: 'pw' },
      page,
    );
    const [request] = server?.requests ?? [];
    expect(request?.method).toBe('HEAD');
    expect(request?.headers).toMatchObject({
      host: 'video.example',
      'x-token': 'a, b',
      authorization: `Basic ${Buffer.from('me:pw').toString('base64')}`,
      'user-agent': 'understudy',
    });
  });

  it('tells no password to a trace', async () => {
    server = await serve(() => ({ body: 'x' }));
    const { trace, recorded } = recordTrace();
    const check = prepare(http, { port: server.port, user: 'me', password: 'pw' });
    await check(loopback, contextOf(new AbortController().signal, trace));
    expect(recorded.sent).toBe('GET / HTTP/1.1\r\n');
  });

  it('knows another protocol by its first line, and does not wait for more', async () => {
    const rtsp = await listen(answer('RTSP/1.0 400 Bad Request\r\nServer: other\r\n'));
    expect(await runCheck(prepare(http, { port: rtsp.port }), 120_000)).toMatchObject({
      status: 'fail',
      summary: 'expected HTTP, got `RTSP/1.0 400 Bad Request`',
    });
    await rtsp.close();
  });

  it('reads no more of an endless stream than it needs', async () => {
    const endless = await listen((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const pour = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        };
        socket.on('drain', pour);
        pour();
      });
    });
    expect(await runCheck(prepare(http, { port: endless.port }))).toMatchObject({ status: 'ok' });
    await expect.poll(() => endless.open()).toBe(0);
    await endless.close();
  });
});

describe('redirects', () => {
  const away = { '/': { status: 302, headers: { location: 'http://other.example/' } } };
  const round = { '/': { status: 307, headers: { location: '/' } } };
  const home = { '/': { status: 301, headers: { location: 'deep/er?x=1' } }, '/deep/er?x=1': { body: 'home' } };

  it.each([
    ['are not followed by default', {}, home, 'fail', 'expected HTTP 200, got `301`'],
    ['are followed on this server', { redirects: 1, body: 'home' }, home, 'ok', 'answers as expected'],
    ['are not followed to another', { redirects: 1 }, away, 'fail', 'redirected to another server'],
    ['come to an end', { redirects: 3 }, round, 'fail', 'too many redirects'],
    ['may be what is wanted', { status: '3xx' }, away, 'ok', 'answers as expected'],
  ])('%s', async (_what, options, replies, status, summary) => {
    expect(await ask(options, replies)).toMatchObject({ status, summary });
  });
});

describe('https', () => {
  const nowMs = Date.parse('2026-11-21T00:00:00Z');
  const https = (options: object) => timed(prepare(http, options), { wallMs: () => nowMs });

  it.each([
    ['a good certificate', 'good', {}, 'ok', 'answers as expected'],
    ['an expired one', 'expired', {}, 'fail', 'tls: certificate expired'],
    ['one of another name', 'good', { host: 'other.example' }, 'fail', 'tls: certificate of another name'],
    ['one that is not looked at', 'self-signed', { tls: { insecure: true } }, 'ok', 'answers as expected'],
    ['one of its own making', 'self-signed', { tls: true }, 'fail', 'tls: certificate self-signed'],
  ] as const)('judges %s', async (_what, certificate, options, status, summary) => {
    const tls = await listenTls((socket) => socket.once('data', () => socket.write(httpAnswer('well'))), certificate);
    const check = https({ tls: { ca: authority }, cert_days: 0, ...options, port: tls.port });
    const verdict = await runCheck(check);
    expect(verdict).toMatchObject({ status, summary });
    if (status === 'ok') expect(verdict.measures?.['certificate_days']).toBeGreaterThan(0);
    await expect.poll(() => tls.open()).toBe(0);
    await tls.close();
  });

  it('asks for the host by name', async () => {
    const tls = await listenTls((socket) => socket.once('data', () => socket.write(httpAnswer('well'))));
    const check = https({ tls: { ca: authority }, host: 'video.example', port: tls.port });
    expect(await runCheck(check)).toMatchObject({ status: 'ok' });
    expect(tls.names).toEqual(['video.example']);
    await tls.close();
  });

  it('is not silent when hands were shaken', async () => {
    const tls = await listenTls((socket) => void socket.resume());
    const verdict = await runCheck(https({ tls: { ca: authority }, port: tls.port }), 300);
    expect(verdict).toMatchObject({ status: 'fail', summary: 'no answer to GET' });
    expect(verdict.silent).not.toBe(true);
    await tls.close();
  });

  it('says so when there is no TLS', async () => {
    server = await serve(() => ({ body: 'x' }));
    const verdict = await runCheck(https({ tls: true, port: server.port }));
    expect(verdict).toMatchObject({ status: 'fail', summary: 'tls: expected TLS, got another protocol' });
  });
});

describe('whatever is answered', () => {
  const head = fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.0 200 OK\r\n',
    'HTTP/1.1 204 No\r\n',
    'HTTP/1.1 100 C\r\n\r\n',
    '',
  );
  const field = fc.constantFrom(
    'Content-Length: 5\r\n',
    'Content-Length: 99\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    'Connection: upgrade\r\nUpgrade: x\r\n',
    'Content-Length: x\r\n',
  );
  const body = fc.constantFrom('', 'hello', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', 'hello, hello');
  const bytes = fc
    .tuple(head, fc.array(field, { maxLength: 3 }), fc.constantFrom('\r\n', ''), body, fc.string({ maxLength: 9 }))
    .map(([line, fields, blank, text, rest]) => Buffer.from(`${line}${fields.join('')}${blank}${text}${rest}`));

  it('there is a verdict, and the same one however the bytes are cut', async () => {
    let next = Buffer.alloc(0);
    let cut = 0;
    const odd = await listen((socket) => {
      socket.once('data', () => {
        socket.write(next.subarray(0, cut), () => socket.end(next.subarray(cut)));
      });
    });
    const check = prepare(http, { port: odd.port, body: 'hello' });
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(), async (sent, where) => {
        next = sent;
        cut = 0;
        const whole = await runCheck(check);
        cut = where % (sent.length + 1);
        const pieces = await runCheck(check);
        expect([pieces.status, pieces.summary]).toEqual([whole.status, whole.summary]);
      }),
      { numRuns: 150 },
    );
    await odd.close();
  });

  it('a deadline ends it, in the middle of a body without a length, too', async () => {
    const half = await listen(answer('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhel'));
    const verdict = await runCheck(prepare(http, { port: half.port }), 100);
    expect(verdict).toMatchObject({ status: 'fail', summary: 'unfinished answer to GET' });
    await expect.poll(() => half.open()).toBe(0);
    await half.close();
  });

  it('a body in chunks of one byte costs no more time than another', async () => {
    const tiny = Buffer.from('1\r\na\r\n'.repeat(100_000));
    const chunked = await listen(
      answer(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), tiny])),
    );
    const began = process.cpuUsage().user;
    expect(await runCheck(prepare(http, { port: chunked.port }))).toMatchObject({
      status: 'ok',
      measures: { bytes: 65_536 },
    });
    expect(process.cpuUsage().user - began).toBeLessThan(1_000_000);
    await chunked.close();
  });

  it.each([
    ['a length beyond numbers', '200 OK\r\nContent-Length: 99999999999999999999'],
    ['two lengths', '200 OK\r\nContent-Length: 5\r\nContent-Length: 6'],
    ['a status of 0', '000 Odd\r\nContent-Length: 0'],
  ])('%s is a fault of the server, not ours', async (_what, head) => {
    const odd = await listen(answerAndClose(`HTTP/1.1 ${head}\r\n\r\nxxxxxx`));
    expect(await runCheck(prepare(http, { port: odd.port, body: 'x' }))).toMatchObject({
      status: 'fail',
      summary: 'broken HTTP answer',
    });
    await odd.close();
  });

  it('an answer to HEAD has no body', async () => {
    const headed = await listen(answerAndClose('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'));
    expect(await runCheck(prepare(http, { port: headed.port, method: 'HEAD' }))).toMatchObject({ status: 'ok' });
    await headed.close();
  });
});

describe('the options of http', () => {
  it.each([
    [{ path: 'x' }],
    [{ path: '/a b' }],
    [{ status: 99 }],
    [{ status: [] }],
    [{ status: '6xx' }],
    [{ body: '/(/' }],
    [{ json: 'a ==' }],
    [{ headers: ['no colon'] }],
    [{ headers: ['A: b\r\nC: d'] }],
    [{ host: 'a/b' }],
    [{ redirects: 9 }],
  ])('refuse %j', (options) => {
    expect(http.options.safeParse(options).success).toBe(false);
  });

  it('know the port of each scheme', () => {
    expect(http.tripwirePort(http.options.parse({}))).toBe(80);
    expect(http.tripwirePort(http.options.parse({ tls: true }))).toBe(443);
    expect(http.tripwirePort(http.options.parse({ tls: true, port: 8443 }))).toBe(8443);
  });
});
