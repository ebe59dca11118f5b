import { describe, expect, it } from 'vitest';
import { nginxRtmp } from '../../monitors/nginx-rtmp.ts';
import { listen } from './bad-servers.ts';
import { runCheck } from './context.ts';
import { httpAnswer, prepare, sample } from './sample.ts';

const live = sample('nginx-rtmp/stat-live-1pub-1play.xml').toString();
const stalled = sample('nginx-rtmp/stat-stalled-publisher.xml').toString();
const idle = sample('nginx-rtmp/stat-idle.xml').toString().replace('<uptime>0<', '<uptime>60<');

/** Gives one page after the other, and the last one for ever. */
async function serving(...pages: string[]) {
  let asked = '';
  const server = await listen((socket) => {
    socket.once('data', (request) => {
      asked = request.toString();
      socket.end(httpAnswer((pages.length > 1 ? pages.shift() : pages[0]) ?? ''));
    });
  });
  return { ...server, asked: () => asked };
}

describe('nginx_rtmp', () => {
  it('is content with a captured page whose stream moves, and measures it', async () => {
    const server = await serving(live);
    const check = prepare(nginxRtmp, { port: server.port, streams: ['live/test'] });
    expect(await runCheck(check)).toMatchObject({
      status: 'ok',
      summary: 'streams are moving',
      measures: { publishers: 1, subscribers: 1, band_in: 0.309, band_out: 0.279 },
    });
    expect(server.asked()).toContain('GET /stat HTTP/1.1');
    expect(server.accepted()).toBe(1);
    await server.close();
  });

  it('sees a frozen encoder in a captured page, where the server still says that it publishes', async () => {
    const server = await serving(live, stalled);
    const check = prepare(nginxRtmp, { port: server.port, streams: ['live/test'], stall: '5s' });
    expect(await runCheck(check)).toMatchObject({ status: 'ok' });
    // The bytes grew between the two captures; later the same page once more, older by 6 s.
    expect(await runCheck(check)).toMatchObject({ status: 'ok' });
    await server.close();
    const later = await serving(stalled.replace('<time>86944<', '<time>92944<'));
    const fresh = prepare(nginxRtmp, { port: later.port, streams: ['live/test'] });
    expect(await runCheck(fresh)).toMatchObject({ status: 'fail', summary: 'stream stalled: live/test' });
    await later.close();
  });

  it('looks often before it calls a stream missing for the first time', async () => {
    const server = await serving(idle);
    const check = prepare(nginxRtmp, { port: server.port, streams: ['live/test'] });
    expect(await runCheck(check)).toMatchObject({ status: 'fail', summary: 'stream missing: live/test' });
    expect(server.accepted()).toBe(25);
    expect(await runCheck(check)).toMatchObject({ status: 'fail' });
    expect(server.accepted()).toBe(32);
    await expect.poll(() => server.open(), { interval: 5 }).toBe(0);
    await server.close();
  });

  it('finds the stream in another worker, and says later that several answer', async () => {
    const other = idle.replace('<pid>19302<', '<pid>19303<');
    const server = await serving(other, live, other);
    const check = prepare(nginxRtmp, { port: server.port, streams: ['live/test'] });
    expect(await runCheck(check)).toMatchObject({ status: 'ok', detail: expect.stringContaining('several workers') });
    expect(await runCheck(check)).toMatchObject({
      status: 'unknown',
      summary: 'several workers answer, each shows its own part',
    });
    await server.close();
  });

  it('puts together what the two workers of a captured nginx show', async () => {
    const [one, two] = [1, 2].map((worker) => sample(`nginx-rtmp/stat-worker-${worker}-of-2.xml`).toString());
    const server = await serving(one ?? '', two ?? '');
    const check = prepare(nginxRtmp, { port: server.port, streams: ['live/a', 'live/b', 'live/c'] });
    expect(await runCheck(check)).toMatchObject({ status: 'ok', summary: 'streams are moving' });
    expect(await runCheck(check)).toMatchObject({
      status: 'unknown',
      summary: 'several workers answer, each shows its own part',
      detail: expect.stringContaining('not seen this time: live/c'),
    });
    await server.close();
  });

  it('keeps what it remembers of one server apart from another', async () => {
    const server = await serving(live);
    const check = prepare(nginxRtmp, { port: server.port, streams: ['live/test'] });
    await runCheck(check);
    const verdict = await runCheck(check, 5000, { server: 'edge2', address: '127.0.0.1' });
    expect(verdict).toMatchObject({ status: 'ok' });
    await server.close();
  });

  it.each([
    ['a page', '<html>hello</html>', 'expected nginx-rtmp statistics, got `<html>hello</html>`'],
    ['half a page', live.slice(0, 900), 'expected nginx-rtmp statistics, got broken XML'],
  ])('fails on %s', async (_name, body, summary) => {
    const server = await serving(body);
    expect(await runCheck(prepare(nginxRtmp, { port: server.port }))).toMatchObject({ status: 'fail', summary });
    await server.close();
  });

  it('without wishes is content with an answer', async () => {
    const server = await serving(idle);
    const verdict = await runCheck(prepare(nginxRtmp, { port: server.port }));
    expect(verdict).toMatchObject({ status: 'ok', summary: 'answers with its statistics' });
    await server.close();
  });

  it.each([
    { streams: ['test'] },
    { streams: ['live/'] },
    { streams: ['/test'] },
    { path: 'stat' },
    { limits: { x: 1 } },
  ])('refuses the options %j', (options) => {
    expect(nginxRtmp.options.safeParse(options).success).toBe(false);
  });
});
