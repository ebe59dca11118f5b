/** The statistics pages of the video servers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNginxRtmp } from '../../src/agent/nginx-rtmp.ts';
import { readWcs } from '../../src/agent/wcs.ts';
import { sample } from '../monitors/sample.ts';

const none = (cause: string) => ({
  figures: {},
  missing: { publishers: cause, subscribers: cause, hls: cause },
});

describe('WCS', () => {
  test.each(['wcs-stat.json', 'wcs-stat-numbers.json', 'wcs-stat-pretty.json', 'wcs-stat.txt'])(
    '%s (constructed) gives the same sums in every form',
    (file) => {
      expect(readWcs(sample(`wcs/${file}`).toString())).toEqual({
        figures: { publishers: 11, subscribers: 15, hls: 2 },
        missing: {},
      });
    },
  );

  test.each([
    ['nothing', ''],
    ['a page of another kind', '<html><body>a=b</body></html>'],
    ['a stray pair', 'a=b'],
    ['half a document', '{"streams_stats":{"streams_hls":"2"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['two documents', '{}{}'],
  ])('%s is no statistics', (_, body) => {
    expect(readWcs(body)).toEqual(none('no WCS statistics'));
  });

  test('a missing key is never taken for 0', () => {
    expect(readWcs('{}')).toEqual({
      figures: {},
      missing: { publishers: 'no streams_webrtc_in', subscribers: 'no streams_webrtc_out', hls: 'no streams_hls' },
    });
    expect(readWcs('{"streams_stats":{"streams_hls":"2"}}').figures).toEqual({ hls: 2 });
  });

  test.each(['""', 'null', '"0x10"', '-1', '1e400', '"1e3"', '{}', '" "'])('%s is no number of streams', (value) => {
    expect(readWcs(`{"streams_stats":{"streams_hls":${value}}}`).missing['hls']).toBe('no streams_hls');
  });

  test('a key counts in its own group first, and then in any', () => {
    const body = { core_stats: { streams_hls: 9 }, streams_stats: { streams_hls: ' 2 ' } };
    expect(readWcs(`\uFEFF${JSON.stringify(body)}`).figures).toEqual({ hls: 2 });
    expect(readWcs('{"core_stats":{"streams_hls":9}}').figures).toEqual({ hls: 9 });
  });
});

describe('nginx-rtmp', () => {
  test.each([
    ['stat-live-1pub-1play.xml', 1, 1],
    ['stat-stalled-publisher.xml', 1, 0],
    ['stat-idle.xml', 0, 0],
  ])('%s: %i publishing, %i playing', (file, publishers, subscribers) => {
    const { figures, missing } = readNginxRtmp(sample(`nginx-rtmp/${file}`).toString());
    expect(missing).toEqual({});
    expect(figures['publishers']).toBe(publishers);
    expect(figures['subscribers']).toBeGreaterThanOrEqual(subscribers);
  });

  const whole = sample('nginx-rtmp/stat-live-1pub-1play.xml').toString().trimEnd();

  test('a page that was cut anywhere gives nothing', () => {
    for (let length = 0; length < whole.length; length += 7) {
      expect(readNginxRtmp(whole.slice(0, length)).figures).toEqual({});
    }
  });

  test.each([
    ['another page', '<html><body>hello</body></html>'],
    ['tags that cross', '<rtmp><server></rtmp></server>'],
    ['two documents', `${whole}${whole}`],
    ['a deep nest', '<rtmp>'.repeat(1000) + '</rtmp>'.repeat(1000)],
  ])('%s is no statistics', (_, body) => {
    expect(readNginxRtmp(body).missing).toEqual({
      publishers: 'no nginx-rtmp statistics',
      subscribers: 'no nginx-rtmp statistics',
    });
  });
});

test('no page makes them fail, or gives a figure that is no number', () => {
  const pieces = fc.constantFrom(
    '<rtmp>',
    '</rtmp>',
    '<stream>',
    '<client>',
    '<publishing/>',
    '{',
    '}',
    '"a":',
    '-----S',
    'a=1',
    '\n',
    '<a ',
  );
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(body, (text) => {
      for (const { figures } of [readWcs(text), readNginxRtmp(text)]) {
        for (const value of Object.values(figures)) expect(value).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
