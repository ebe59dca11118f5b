import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLoad, toLimits } from '../../monitors/wcs/load.ts';
import { wcs } from '../../monitors/wcs.ts';
import { parseWcsStats } from '../../src/formats/wcs.ts';
import { answerAndClose, listen } from './bad-servers.ts';
import { contextOf, loopback, recordTrace, runCheck } from './context.ts';
import { httpAnswer, prepare, sample } from './sample.ts';

const loads = { publishers: 11, subscribers: 15, hls: 2, band_in: 21.374, band_out: 63.1, cpu: 13.52 };
const allAt100 = { publishers: 100, subscribers: 100, hls: 100, band_in: 100, band_out: 100 };

function judge(body: string, limits: Readonly<Record<string, number>>) {
  const stats = parseWcsStats(body);
  return stats === null ? null : judgeLoad(stats, toLimits(limits));
}

describe('WCS statistics', () => {
  // The samples are constructed from the vendor's documentation: no WCS was at hand.
  it.each(['wcs-stat.json', 'wcs-stat-numbers.json', 'wcs-stat-pretty.json', 'wcs-stat.txt'])(
    'mean the same in %s',
    (name) => {
      const verdict = judge(sample(`wcs/${name}`).toString(), allAt100);
      expect(verdict).toMatchObject({ status: 'ok', summary: 'below its limits', measures: loads });
    },
  );

  it('are read behind a byte order mark', () => {
    expect(judge(`\uFEFF${sample('wcs/wcs-stat.json')}`, allAt100)).toMatchObject({ measures: loads });
  });

  it('are read around lines of the text form that are no pairs', () => {
    const text = sample('wcs/wcs-stat.txt').toString().replace('streams_hls', 'a-b.c=1\nno pair at all\nstreams_hls');
    expect(judge(text, allAt100)).toMatchObject({ status: 'ok', measures: loads });
  });

  it.each([
    ['a heading without pairs', '-----Nothing-----\nno pair at all\n'],
    ['an empty body', ''],
    ['a page', '<html><body>It works, a=b</body></html>'],
    ['half a document', '{"streams_stats":{"streams_hls":'],
    ['two documents', '{} {}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['NaN', '{"streams_stats":{"streams_hls":NaN}}'],
    ['pairs without a heading', 'streams_hls=2'],
  ])('are not found in %s', (_name, body) => {
    expect(parseWcsStats(body)).toBeNull();
  });

  it.each([
    ['is missing', '{}', 'expected a number for streams_hls, got none'],
    ['is null', '{"streams_stats":{"streams_hls":null}}', 'expected a number for streams_hls, got something else'],
    ['is empty', '{"streams_stats":{"streams_hls":""}}', 'expected a number for streams_hls, got something else'],
    [
      'is hexadecimal',
      '{"streams_stats":{"streams_hls":"0x10"}}',
      'expected a number for streams_hls, got something else',
    ],
    ['is negative', '{"streams_stats":{"streams_hls":-1}}', 'expected a number for streams_hls, got something else'],
    [
      'is beyond numbers',
      '{"streams_stats":{"streams_hls":1e400}}',
      'expected a number for streams_hls, got something else',
    ],
  ])('leave a load unknown whose key %s', (_how, body, summary) => {
    expect(judge(body, { hls: 100 })).toMatchObject({ status: 'unknown', summary });
  });

  it('are looked for in their own group first, then anywhere', () => {
    expect(judge('{"x":{"streams_hls":9},"streams_stats":{"streams_hls":1}}', {})?.measures).toEqual({ hls: 1 });
    expect(judge('{"x":{"streams_hls":9}}', {})?.measures).toEqual({ hls: 9 });
    expect(judge('{"streams_hls":4}', {})?.measures).toEqual({ hls: 4 });
  });

  it('never make the parser throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => void judge(body, allAt100)));
  });
});

describe('limits', () => {
  const body = sample('wcs/wcs-stat.json').toString();

  it.each([
    ['just below', { publishers: 12 }, 'ok', 'below its limits'],
    ['reached', { publishers: 11 }, 'overloaded', 'limit reached: publishers'],
    ['passed', { publishers: 5 }, 'overloaded', 'limit reached: publishers'],
    ['reached by two', { hls: 2, band_in: 21 }, 'overloaded', 'limit reached: hls, band_in'],
    ['none', {}, 'ok', 'below its limits'],
  ])('that are %s', (_name, limits, status, summary) => {
    expect(judge(body, limits)).toMatchObject({ status, summary });
  });

  it.each([
    ['in its group', 'core.core_threads', 211],
    ['in its group as JSON calls it', 'core_stats.core_threads', 211],
    ['in another group than was said', 'system.core_threads', 211],
  ])('hold for any counter %s', (_where, name, value) => {
    expect(judge(body, { [name]: value })).toMatchObject({ status: 'overloaded', summary: `limit reached: ${name}` });
    expect(judge(body, { [name]: value + 1 })).toMatchObject({ status: 'ok', measures: { [name]: value } });
  });

  it('of a counter that is not there, or is no number, are not known to be kept', () => {
    const limits = { 'core.nothing': 5 };
    expect(judge(body, limits)).toMatchObject({
      status: 'unknown',
      summary: 'expected a number for nothing, got none',
    });
    const text = { 'stream.streams_synchronization': 5 };
    expect(judge(body, text)).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('got something else'),
    });
  });

  it('that are reached outweigh those that cannot be read', () => {
    expect(judge('{"streams_stats":{"streams_hls":5}}', { hls: 5, band_in: 9 })).toMatchObject({
      status: 'overloaded',
    });
    expect(judge('{"streams_stats":{"streams_hls":5}}', { hls: 6, band_in: 9 })).toMatchObject({ status: 'unknown' });
  });
});

describe('wcs', () => {
  it.each([
    ['statistics', httpAnswer(sample('wcs/wcs-stat.json')), 'ok', 'below its limits'],
    ['an error', httpAnswer('no', '503 Service Unavailable'), 'fail', 'expected HTTP 200, got `503`'],
    [
      'a redirect',
      Buffer.from('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
      'fail',
      'expected HTTP 200, got `302`',
    ],
    ['a page', httpAnswer('<html>'), 'fail', 'expected WCS statistics, got `<html>`'],
    [
      'half a document without a length',
      Buffer.from('HTTP/1.1 200 OK\r\n\r\n{"a":'),
      'fail',
      'expected WCS statistics, got broken JSON',
    ],
    [
      'broken chunks',
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      'fail',
      'broken HTTP answer',
    ],
    [
      'endless headers',
      Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`),
      'fail',
      'HTTP headers longer than 16 kB',
    ],
    ['a body over 1 MB', httpAnswer(Buffer.alloc(1_100_000, ' ')), 'fail', 'answer too long'],
    ['an empty object', httpAnswer('{}'), 'unknown', 'expected a number for streams_webrtc_in, got none'],
  ])('judges %s', async (_name, bytes, status, summary) => {
    const server = await listen(answerAndClose(bytes));
    const check = prepare(wcs, { port: server.port, limits: { publishers: 100 } });
    expect(await runCheck(check)).toMatchObject({ status, summary });
    await server.close();
  });

  it('asks an IPv6 address, and writes the conversation down', async () => {
    const server = await listen(answerAndClose(httpAnswer('{}')), '::1');
    const { trace, recorded } = recordTrace();
    const target = { ...loopback, address: '::1' };
    await prepare(wcs, { port: server.port })(target, contextOf(new AbortController().signal, trace));
    expect(recorded.phases).toEqual(['tcp', 'first byte']);
    expect(recorded.sent).toBe('GET /?action=stat&format=json HTTP/1.1\r\n');
    expect(recorded.received).toBe(httpAnswer('{}').toString());
    await server.close();
  });

  it('asks for the text form, with a name and a password, where it is told to', async () => {
    let request = '';
    const server = await listen((socket) => {
      socket.once('data', (bytes) => {
        request = bytes.toString();
        socket.end(httpAnswer(sample('wcs/wcs-stat.txt')));
      });
    });
    const options = { port: server.port, path: '/?action=stat', user: 'ops', password: 'hush', limits: { cpu: 13 } };
    expect(await runCheck(prepare(wcs, options))).toMatchObject({
      status: 'overloaded',
      summary: 'limit reached: cpu',
    });
    expect(request).toMatch(/^GET \/\?action=stat HTTP/);
    expect(request).toContain(`authorization: Basic ${Buffer.from('ops:hush').toString('base64')}`);
    await server.close();
  });

  it.each([{ viewers: 1 }, { 'core.': 1 }, { publishers: '1' }, { 'a.b': -1 }])('refuses the limits %j', (limits) => {
    expect(wcs.options.safeParse({ limits }).success).toBe(false);
  });
});
