import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MediaList, type Playlist, parsePlaylist } from '../../../monitors/hls/playlist.ts';
import { sample } from '../sample.ts';

const read = (name: string): Playlist => parsePlaylist(sample(`hls/${name}`).toString());
const parse = (...lines: readonly string[]): Playlist => parsePlaylist(['#EXTM3U', ...lines, ''].join('\n'));
const media = (...lines: readonly string[]) => parse('#EXT-X-TARGETDURATION:2', ...lines) as MediaList;

describe('an HLS list', () => {
  it('of nginx-rtmp', () => {
    expect(read('live-t6.m3u8')).toEqual({
      kind: 'media',
      sequence: 20,
      targetS: 2,
      count: 5,
      complete: false,
      newest: { uri: 'test-24.ts', range: null, encrypted: false },
      map: null,
      endsAtMs: null,
    });
  });

  it('that began again', () => {
    expect(read('restart-discontinuity.m3u8')).toMatchObject({ sequence: 2, count: 5, newest: { uri: 'test-6.ts' } });
  });

  it('of a recording', () => {
    expect(read('vod-endlist.m3u8')).toMatchObject({
      complete: true,
      newest: { uri: 'vod4.ts' },
      endsAtMs: Date.parse('2026-11-21T00:19:02.937Z'),
    });
  });

  it('of variants', () => {
    expect(read('master.m3u8')).toEqual({ kind: 'master', variants: ['vod.m3u8'], renditions: [] });
  });

  it('of variants of nginx-rtmp', () => {
    expect(read('nginx-variants.m3u8')).toEqual({ kind: 'master', variants: ['b_low.m3u8'], renditions: [] });
  });

  it('of fMP4 segments with their map', () => {
    expect(read('vod-fmp4.m3u8')).toMatchObject({
      map: { uri: 'init.mp4', range: null, encrypted: false },
      newest: { uri: 'v2.m4s' },
    });
  });

  it('with a map that is encrypted, too', () => {
    const key = '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1';
    const segment = ['#EXTINF:2,', 'a.m4s'];
    expect(media(key, '#EXT-X-MAP:URI="init.mp4"', ...segment).map).toMatchObject({ encrypted: true });
    expect(media('#EXT-X-MAP:URI="init.mp4"', key, ...segment).map).toMatchObject({ encrypted: false });
  });

  it('with a sequence as long as it may be', () => {
    expect(media('#EXT-X-MEDIA-SEQUENCE:18446744073709551615', '#EXTINF:2,', 'a.ts')).toMatchObject({
      kind: 'media',
      sequence: 2 ** 64,
    });
  });

  it('of ranges of one file', () => {
    const newest = { uri: 's.ts', range: { offset: 51_324, length: 25_568 }, encrypted: false };
    expect(read('vod-byterange.m3u8')).toMatchObject({ complete: true, newest });
  });

  it('of variants and sound tracks', () => {
    const list = parse(
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, loud",URI="en.m3u8"',
      '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="cc",INSTREAM-ID="CC1"',
      '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="a,b"',
      '# a remark',
      'low.m3u8',
      '#EXT-X-STREAM-INF:BANDWIDTH=2',
      'high.m3u8?a=b',
    );
    expect(list).toEqual({ kind: 'master', variants: ['low.m3u8', 'high.m3u8?a=b'], renditions: ['en.m3u8'] });
  });

  it('is read behind a byte order mark, with CRLF and blanks at the ends', () => {
    const text = '\uFEFF#EXTM3U \r\n#EXT-X-TARGETDURATION:2\r\n#EXTINF:2, a title \r\n one.ts \r\n';
    expect(parsePlaylist(text)).toMatchObject({ kind: 'media', newest: { uri: 'one.ts' } });
  });

  it('knows byte ranges, also those that follow on one another', () => {
    const first = ['#EXTINF:2,', '#EXT-X-BYTERANGE:100@50', 'all.ts'];
    const map = '#EXT-X-MAP:URI="all.ts",BYTERANGE="50@0"';
    expect(media(map, ...first)).toMatchObject({
      map: { uri: 'all.ts', range: { offset: 0, length: 50 } },
      newest: { range: { offset: 50, length: 100 } },
    });
    const next = ['#EXTINF:2,', '#EXT-X-BYTERANGE:30', 'all.ts'];
    expect(media(...first, ...next, ...next).newest?.range).toEqual({ offset: 180, length: 30 });
  });

  it('counts the parts of the segment that is being written', () => {
    const one = ['#EXT-X-PART:DURATION=0.3,URI="a.0"', '#EXTINF:2,', 'a.ts'];
    expect(media(...one).count).toBe(1);
    expect(media(...one, '#EXT-X-PART:DURATION=0.3,URI="b.0"').count).toBe(2);
  });

  it('passes over a declared gap, and knows what is encrypted', () => {
    const list = media('#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXTINF:2,', 'a.ts', '#EXT-X-GAP', '#EXTINF:2,', 'b.ts');
    expect(list).toMatchObject({ count: 2, newest: { uri: 'a.ts', encrypted: true } });
    expect(media('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', '#EXTINF:2,', 'a.ts').newest?.encrypted).toBe(false);
  });

  it.each([
    ['nothing', '', 'no #EXTM3U'],
    ['a page', '<html>', 'no #EXTM3U'],
    ['another list', '#EXTM3UX\n', 'no #EXTM3U'],
    ['no target', '#EXTM3U\n#EXTINF:2,\na.ts\n', 'no EXT-X-TARGETDURATION'],
    ['a target that is none', '#EXTM3U\n#EXT-X-TARGETDURATION:soon\n', 'EXT-X-TARGETDURATION is no number'],
    ['a duration that is none', '#EXTM3U\n#EXTINF:x,\n', 'EXTINF is no number'],
    ['half a number', '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1.5\n', 'EXT-X-MEDIA-SEQUENCE is no whole number'],
    ['a range that is none', '#EXTM3U\n#EXT-X-BYTERANGE:a@b\n', 'EXT-X-BYTERANGE is no range'],
    ['a map of nothing', '#EXTM3U\n#EXT-X-MAP:X="a"\n', 'EXT-X-MAP has no URI'],
    ['a URI alone', '#EXTM3U\n#EXT-X-TARGETDURATION:2\na.ts\n', 'a URI without EXTINF'],
    ['a variant without a URI', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n', 'a variant without a URI'],
  ])('is broken by %s', (_what, text, why) => {
    expect(parsePlaylist(text)).toEqual({ kind: 'broken', why });
  });

  it('never makes the parser throw', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '#EXTINF:',
        '#EXT-X-MAP:',
        '#EXT-X-KEY:',
        '#EXT-X-BYTERANGE:',
        '#EXT-X-STREAM-INF:',
        '#EXT-X-MEDIA:',
        '',
      ),
      fc.string(),
    );
    const text = fc.array(fc.tuple(line, fc.string()).map((pair) => pair.join(''))).map((all) => all.join('\n'));
    fc.assert(fc.property(text, (lines) => void parsePlaylist(`#EXTM3U\n${lines}`)));
  });
});
