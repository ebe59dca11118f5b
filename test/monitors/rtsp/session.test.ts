import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSdp, type Session, trackToPlay } from '../../../monitors/rtsp/sdp.ts';
import { readTransport, sessionId } from '../../../monitors/rtsp/transport.ts';
import { baseUrl, type Place, playUrls, redirectPlace, rtspUrl } from '../../../monitors/rtsp/urls.ts';
import { sample } from '../sample.ts';

function bodyOf(name: string): string {
  const text = sample(`rtsp/${name}.res`).toString();
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

describe('readSdp', () => {
  it.each([
    ['gst-describe-200', '*', ['video 96 stream=0', 'audio 8 stream=1']],
    [
      'vlc-describe-200',
      'rtsp://127.0.0.1:18558/test',
      ['video 96 rtsp://127.0.0.1:18558/test/trackID=16', 'audio 96 rtsp://127.0.0.1:18558/test/trackID=17'],
    ],
  ])('reads the captured %s', (name, control, tracks) => {
    const session = readSdp(bodyOf(name));
    expect(session?.control).toBe(control);
    const short = session?.tracks.map(({ media, payloadTypes, control: at }) => `${media} ${payloadTypes} ${at}`);
    expect(short).toEqual(tracks);
  });

  it.each<[sentence: string, string, Session | null]>([
    ['a page is none', '<html>v=0</html>', null],
    ['nothing is none', '', null],
    ['one without tracks is one', 'v=0\r\ns=x\r\n', { control: null, tracks: [] }],
    [
      'bare line feeds, and types that are none left out',
      'v=0\nm=video 0/2 RTP/AVP 33 x 300\n',
      { control: null, tracks: [{ media: 'video', payloadTypes: [33], control: null }] },
    ],
  ])('%s', (_sentence, text, session) => {
    expect(readSdp(text)).toEqual(session);
  });

  it('never throws, and stops at 64 tracks', () => {
    fc.assert(fc.property(fc.string(), (text) => void readSdp(`v=0\r\nm=${text}\r\na=control:${text}`)));
    expect(readSdp(`v=0\n${'m=video 0 RTP/AVP 96\n'.repeat(100)}`)?.tracks.length).toBe(64);
  });

  it('prefers the picture to the sound, and the sound to the rest', () => {
    const of = (...media: string[]) => {
      const tracks = media.map((name) => ({ media: name, payloadTypes: [], control: null }));
      return trackToPlay({ control: null, tracks })?.media;
    };
    expect([of('audio', 'video'), of('application', 'audio'), of('text'), of()]).toEqual([
      'video',
      'audio',
      'text',
      undefined,
    ]);
  });
});

describe('URLs', () => {
  const asked = 'rtsp://10.0.0.1/a';
  const base = (headers: Record<string, string>) => baseUrl(new Map(Object.entries(headers)), asked);

  it.each([
    [{ 'content-base': 'rtsp://h/b/', 'content-location': 'rtsp://h/c' }, 'rtsp://h/b/'],
    [{ 'content-location': 'rtsp://h/c' }, 'rtsp://h/c'],
    [{ 'content-base': '/b/' }, asked],
    [{ 'content-base': 'rtsp://h/b c' }, asked],
    [{}, asked],
  ])('of %j are relative to %s', (headers, expected) => {
    expect(base(headers)).toBe(expected);
  });

  it.each<[base: string, session: string | null, track: string | null, setup: string | null, play: string | null]>([
    ['rtsp://h/test/', '*', 'stream=0', 'rtsp://h/test/stream=0', 'rtsp://h/test/'],
    ['rtsp://h/test', null, 'streamid=0', 'rtsp://h/test/streamid=0', 'rtsp://h/test'],
    ['rtsp://h/test', 'rtsp://h/test', 'rtsp://h/test/trackID=7', 'rtsp://h/test/trackID=7', 'rtsp://h/test'],
    ['rtsp://h/test/', null, '/track1', 'rtsp://h/test/track1', 'rtsp://h/test/'],
    ['rtsp://h/test', null, null, 'rtsp://h/test', 'rtsp://h/test'],
    ['rtsp://h/test', null, 'a\x01b', null, null],
  ])('with base %s, session %s and track %s', (from, control, trackControl, setup, play) => {
    const track = { media: 'video', payloadTypes: [96], control: trackControl };
    const urls = playUrls(from, { control, tracks: [track] }, track);
    expect(urls).toEqual(setup === null ? null : { setup, play });
  });

  it('leave out the usual port of their scheme', () => {
    const place: Place = { scheme: 'rtsps', address: '2001:db8::1', port: 322, path: '/a' };
    expect(rtspUrl(place)).toBe('rtsps://[2001:db8::1]/a');
    expect(rtspUrl({ ...place, scheme: 'rtsp' })).toBe('rtsp://[2001:db8::1]:322/a');
  });

  const from: Place = { scheme: 'rtsp', address: '10.0.0.1', port: 8554, path: '/a' };
  it.each<[string, Partial<Place> | null]>([
    ['rtsp://10.0.0.1:8554/b?c=d', { path: '/b?c=d', port: 8554 }],
    ['rtsp://10.0.0.1', { path: '/', port: 554 }],
    ['rtsp://Video.Example:8554/b', { path: '/b', port: 8554 }],
    ['rtsp://10.0.0.2:8554/b', null],
    ['rtsp://other.example/b', null],
    ['rtsps://10.0.0.1/b', null],
    ['http://10.0.0.1/b', null],
    ['/b', null],
    ['', null],
  ])('a redirect to %s', (location, to) => {
    expect(redirectPlace(location, from, 'video.example')).toEqual(to === null ? null : { ...from, ...to });
  });

  it('know an IPv6 address in any spelling', () => {
    const six: Place = { ...from, address: '2001:db8:0::1' };
    expect(redirectPlace('rtsp://[2001:DB8::1]/b', six, null)?.path).toBe('/b');
  });
});

describe('the transport', () => {
  it.each([
    ['RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=BC56ABCA;mode="PLAY"', { channel: 2, source: null, ssrc: 0xbc56abca }],
    ['RTP/AVP;unicast;source=10.0.0.7;server_port=6970-6971', { channel: 0, source: '10.0.0.7', ssrc: null }],
    ['', { channel: 0, source: null, ssrc: null }],
  ])('%s', (value, transport) => {
    expect(readTransport(value)).toEqual(transport);
  });

  it.each([
    ['67f2fd19c9c38567;timeout=60', '67f2fd19c9c38567'],
    [' E.+5KJ.qLPEOk4L3 ; timeout=60', 'E.+5KJ.qLPEOk4L3'],
    ['a b', null],
    [';timeout=60', null],
    [undefined, null],
  ])('the session of %j', (value, id) => {
    expect(sessionId(value)).toBe(id);
  });
});
