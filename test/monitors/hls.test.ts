import { afterEach, describe, expect, it } from 'vitest';
import { hls } from '../../monitors/hls.ts';
import type { Check } from '../../src/plugin/plugin.ts';
import { runCheck, timed } from './context.ts';
import { type Reply, serve, type WebServer } from './http-servers.ts';
import { prepare, sample } from './sample.ts';

const packets = Buffer.alloc(2000);
for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47;
const ts = { status: 206, body: packets.subarray(0, 377) };

const live = (name: string) => ({ body: sample(`hls/${name}`) });
const dated = (name: string, ageS: number) => ({
  ...live(name),
  headers: {
    date: new Date(1_000_000_000_000).toUTCString(),
    'last-modified': new Date(1_000_000_000_000 - ageS * 1000).toUTCString(),
  },
});

/** Replies and time may be changed between two checks. */
interface Stage {
  replies: Readonly<Record<string, Reply>>;
  nowMs: number;
}

let server: WebServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function stage(replies: Stage['replies'], options: object = {}): Promise<{ stage: Stage; check: Check }> {
  const now: Stage = { replies, nowMs: 0 };
  const opened = await serve((path) => now.replies[path]);
  server = opened;
  const check = prepare(hls, { path: '/live/a.m3u8', ...options, port: opened.port });
  return { stage: now, check: timed(check, { monoMs: () => now.nowMs }) };
}

async function once(replies: Stage['replies'], options: object = {}) {
  return runCheck((await stage(replies, options)).check);
}

const paths = () => server?.requests.map(({ url }) => url);

describe('hls', () => {
  it('is content with a fresh list whose newest segment is media', async () => {
    const verdict = await once({ '/live/a.m3u8': dated('live-t0.m3u8', 1), '/live/test-21.ts': ts });
    expect(verdict).toMatchObject({
      status: 'ok',
      summary: 'list is fresh',
      detail: 'sequence 17, 5 segments, target 2 s; newest segment is MPEG-TS',
      measures: { sequence: 17, segments: 5, target_s: 2, unchanged_s: 0 },
    });
    expect(paths()).toEqual(['/live/a.m3u8', '/live/test-21.ts']);
    expect(server?.requests[0]?.headers['cache-control']).toBe('no-cache');
    expect(server?.requests[1]?.headers.range).toBe('bytes=0-376');
  });

  it('sees a list that stands still, and one that moves again', async () => {
    const { stage: now, check } = await stage({ '/live/a.m3u8': dated('live-t0.m3u8', 1), '/live/test-21.ts': ts });
    await runCheck(check);
    now.nowMs = 6001;
    expect(await runCheck(check)).toMatchObject({
      status: 'fail',
      summary: 'list is stale',
      measures: { unchanged_s: 6 },
    });
    now.replies = { '/live/a.m3u8': live('live-t6.m3u8'), '/live/test-24.ts': ts };
    expect(await runCheck(check)).toMatchObject({ status: 'ok', summary: 'list is fresh' });
  });

  it('tells a list that was taken away from one that never was', async () => {
    const { stage: now, check } = await stage({});
    expect(await runCheck(check)).toMatchObject({ status: 'fail', summary: 'expected HTTP 200, got `404`' });
    now.replies = { '/live/a.m3u8': dated('live-t0.m3u8', 1), '/live/test-21.ts': ts };
    await runCheck(check);
    now.replies = { '/live/a.m3u8': { status: 404, body: sample('hls/nginx-404-after-cleanup.html') } };
    expect(await runCheck(check)).toMatchObject({
      status: 'fail',
      summary: 'list is gone: expected HTTP 200, got `404`',
      detail: '`404 Not Found`',
    });
    now.replies = { '/live/a.m3u8': live('restart-discontinuity.m3u8'), '/live/test-6.ts': ts };
    const back = await runCheck(check);
    expect(back).toMatchObject({ status: 'ok', summary: 'list is fresh' });
    expect(back.detail).toContain('restarted: the sequence was 17');
  });

  it('takes a list that comes back as it was for fresh, not for stale', async () => {
    const there = { '/live/a.m3u8': dated('live-t0.m3u8', 1), '/live/test-21.ts': ts };
    const { stage: now, check } = await stage(there);
    await runCheck(check);
    now.replies = {};
    await runCheck(check);
    now.replies = there;
    now.nowMs = 60_000;
    expect(await runCheck(check)).toMatchObject({ status: 'ok' });
  });

  it('sees nginx-rtmp with a frozen publisher: a doubt at first, and then a stale list', async () => {
    const head = sample('hls/stalled-t25.headers').toString();
    const value = (name: string) => new RegExp(`^${name}: (.*)\r$`, 'm').exec(head)?.[1] ?? '';
    const headers = { date: value('Date'), 'last-modified': value('Last-Modified') };
    const there = { '/live/a.m3u8': { ...live('stalled-t0.m3u8'), headers }, '/live/a-5.ts': ts };
    const { stage: now, check } = await stage(there);
    const first = await runCheck(check);
    expect(first).toMatchObject({ status: 'unknown', summary: 'list looks stale, not seen to move yet' });
    expect(first.detail).toContain('changed 28 s ago by its age');
    now.replies = { ...there, '/live/a.m3u8': { ...live('stalled-t25.m3u8'), headers } };
    now.nowMs = 25_000;
    expect(await runCheck(check)).toMatchObject({ status: 'fail', summary: 'list is stale' });
  });

  it('never calls a recording stale', async () => {
    const { stage: now, check } = await stage({ '/live/a.m3u8': live('vod-endlist.m3u8'), '/live/vod4.ts': ts });
    await runCheck(check);
    now.nowMs = 1e9;
    expect(await runCheck(check)).toMatchObject({ status: 'ok', summary: 'list is complete' });
  });

  it('calls a stream that should never end ended, when its packager says so', async () => {
    const replies = { '/live/a.m3u8': live('vod-endlist.m3u8'), '/live/vod4.ts': ts };
    expect(await once(replies, { complete: 'fail' })).toMatchObject({ status: 'fail', summary: 'list has ended' });
    await server?.close();
    const moving = { '/live/a.m3u8': dated('live-t0.m3u8', 1), '/live/test-21.ts': ts };
    expect(await once(moving, { complete: 'fail' })).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['a page with 200', { body: '<html><body>oops' }, 'expected an HLS list, got `<html><body>oops`'],
    ['nothing', { body: '' }, 'expected an HLS list, got nothing'],
    ['a broken list', { body: '#EXTM3U\n#EXTINF:2,\na.ts\n' }, 'list is broken: no EXT-X-TARGETDURATION'],
    ['no right to it', { status: 403 }, 'expected HTTP 200, got `403`'],
  ])('refuses %s', async (_what, reply, summary) => {
    expect(await once({ '/live/a.m3u8': reply })).toMatchObject({ status: 'fail', summary });
  });

  it.each([
    ['is missing', { status: 404 }, 'newest segment: expected HTTP 200, got `404`'],
    ['is a page', { body: '<html>' }, 'newest segment: expected media, got `<html>`'],
    ['is empty', { body: '' }, 'newest segment: expected media, got nothing'],
  ])('calls a list dead whose newest segment %s', async (_how, reply, summary) => {
    const replies = { '/live/a.m3u8': dated('live-t0.m3u8', 1), '/live/test-21.ts': reply };
    expect(await once(replies)).toMatchObject({ status: 'fail', summary, measures: { sequence: 17 } });
    expect((await once(replies, { segment: 'none' })).status).toBe('ok');
  });

  it('takes the whole segment from a server that knows no ranges', async () => {
    const replies = {
      '/live/a.m3u8': dated('live-t0.m3u8', 1),
      '/live/test-21.ts': { body: Buffer.alloc(900_000, packets.subarray(0, 188)) },
    };
    expect(await once(replies)).toMatchObject({ status: 'ok' });
  });

  it('asks for the map, and for the right bytes of one long file', async () => {
    const list = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-MAP:URI="all.mp4",BYTERANGE="600@0"',
      '#EXTINF:2,',
      '#EXT-X-BYTERANGE:100@600',
      'all.mp4',
      '#EXT-X-ENDLIST',
    ].join('\n');
    const replies = {
      '/live/a.m3u8': { body: list },
      '/live/all.mp4': { status: 206, body: Buffer.from('\0\0\0\x18moof') },
    };
    expect(await once(replies)).toMatchObject({ status: 'ok' });
    expect(server?.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=0-376', 'bytes=600-699']);
  });
});

describe('variants', () => {
  const master = (...uris: readonly string[]) => ({
    body: ['#EXTM3U', ...uris.flatMap((uri) => ['#EXT-X-STREAM-INF:BANDWIDTH=1', uri]), ''].join('\n'),
  });
  const good = { '/live/low/l.m3u8': live('vod-endlist.m3u8'), '/live/low/vod4.ts': ts };

  it('are followed: the first of them', async () => {
    const replies = { '/live/a.m3u8': master('low/l.m3u8', 'high/h.m3u8'), ...good };
    expect(await once(replies)).toMatchObject({ status: 'ok' });
    expect(paths()).toEqual(['/live/a.m3u8', '/live/low/l.m3u8', '/live/low/vod4.ts']);
  });

  it('or all of them, and the worst counts', async () => {
    const replies = { '/live/a.m3u8': master('low/l.m3u8', 'high/h.m3u8'), ...good };
    expect(await once(replies, { variants: 'all' })).toMatchObject({
      status: 'fail',
      summary: 'expected HTTP 200, got `404`',
      detail: 'variant 1: nothing',
    });
  });

  it('are remembered each for itself, and missed when their list of variants goes', async () => {
    const { stage: now, check } = await stage({ '/live/a.m3u8': master('low/l.m3u8'), ...good });
    await runCheck(check);
    now.replies = {};
    expect(await runCheck(check)).toMatchObject({ summary: 'list is gone: expected HTTP 200, got `404`' });
  });

  it('may be lists of variants themselves, but not without end', async () => {
    const nested = { '/live/a.m3u8': master('b.m3u8'), '/live/b.m3u8': master('low/l.m3u8'), ...good };
    expect(await once(nested)).toMatchObject({ status: 'ok' });
    const round = { '/live/a.m3u8': master('a.m3u8') };
    expect(await once(round)).toMatchObject({
      status: 'fail',
      summary: 'expected at most 2 levels of lists, got more',
    });
  });

  it('are relative to where a redirect led', async () => {
    const replies = {
      '/live/a.m3u8': { status: 302, headers: { location: '/other/a.m3u8' } },
      '/other/a.m3u8': live('vod-endlist.m3u8'),
      '/other/vod4.ts': ts,
    };
    expect(await once(replies)).toMatchObject({ status: 'ok' });
  });

  it('of another server say nothing of this one', async () => {
    const replies = { '/live/a.m3u8': master('http://cdn.example/l.m3u8') };
    expect(await once(replies)).toMatchObject({ status: 'unknown', summary: 'variants on another server' });
    const some = { '/live/a.m3u8': master('http://cdn.example/l.m3u8', 'low/l.m3u8'), ...good };
    expect(await once(some)).toMatchObject({ status: 'ok' });
    expect(await once(some, { variants: 'all' })).toMatchObject({ status: 'ok' });
  });

  it('of another name of this server are asked for here', async () => {
    const replies = { '/live/a.m3u8': master('https://cdn.example/live/low/l.m3u8'), ...good };
    expect(await once(replies, { hosts: ['CDN.example'] })).toMatchObject({ status: 'ok' });
    expect(server?.requests[1]?.headers.host).toBe('cdn.example');
  });

  it('may have their segments elsewhere, which are not asked for', async () => {
    const list = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://cdn.example/1.ts\n#EXT-X-ENDLIST\n';
    const verdict = await once({ '/live/a.m3u8': { body: list } });
    expect(verdict).toMatchObject({ status: 'ok' });
    expect(verdict.detail).toContain('newest segment on another server, not asked for');
  });
});
