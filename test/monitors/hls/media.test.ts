import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glanceBytes, looksEncrypted, mediaKind } from '../../../monitors/hls/media.ts';
import { sample } from '../sample.ts';

const packets = Buffer.alloc(glanceBytes);
for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47;

const box = (name: string) => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(name), Buffer.alloc(16)]);

describe('the first bytes of a segment', () => {
  it.each([
    ['nginx-rtmp', sample('hls/nginx-segment-head.bin'), 'MPEG-TS'],
    ['ffmpeg', sample('hls/fmp4-segment-head.bin'), 'fMP4'],
    ['its map', sample('hls/fmp4-init-head.bin'), 'fMP4'],
    ['packets', packets, 'MPEG-TS'],
    ['one packet', packets.subarray(0, 188), 'MPEG-TS'],
    ['less than a packet', packets.subarray(0, 187), null],
    ['a text that begins with a G', Buffer.from(`Gone ${'x'.repeat(400)}`), null],
    ['ftyp', box('ftyp'), 'fMP4'],
    ['styp', box('styp'), 'fMP4'],
    ['moof', box('moof'), 'fMP4'],
    ['sidx', box('sidx'), 'fMP4'],
    ['an unknown box', box('xxxx'), null],
    ['a time stamp', Buffer.from('ID3\x04'), 'audio'],
    ['ADTS', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0, 0]), 'audio'],
    ['AC-3', Buffer.from([0x0b, 0x77, 0, 0]), 'audio'],
    ['subtitles', Buffer.from('WEBVTT\n'), 'subtitles'],
    ['a page', Buffer.from('<html>'), null],
    ['nothing', Buffer.alloc(0), null],
  ])('%s', (_what, bytes, kind) => {
    expect(mediaKind(bytes)).toBe(kind);
  });

  it('that are encrypted are at least no page', () => {
    expect(looksEncrypted(Buffer.from('<html>nothing to see here</html>'))).toBe(false);
    expect(looksEncrypted(Buffer.from('c0ffee00112233445566778899aabbcc', 'hex'))).toBe(true);
  });

  it('never make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void mediaKind(Buffer.from(bytes))));
  });
});
