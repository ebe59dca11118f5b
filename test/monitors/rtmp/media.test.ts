import { describe, expect, it } from 'vitest';
import { readMedia } from '../../../monitors/rtmp/media.ts';
import { type RtmpMessage, splitAggregate } from '../../../monitors/rtmp/message.ts';

const audio = 8;
const video = 9;

function message(type: number, bytes: readonly number[], timestamp = 0): RtmpMessage {
  return { type, timestamp, length: bytes.length, payload: Buffer.from(bytes) };
}

describe('readMedia', () => {
  it.each<[string, number, readonly number[], boolean]>([
    ['an AAC header', audio, [0xaf, 0, 0x12], false],
    ['an AAC frame', audio, [0xaf, 1, 0x21], true],
    ['an MP3 frame', audio, [0x2f, 0xff], true],
    ['an Opus header of Enhanced RTMP', audio, [0x90, 0x4f, 0x70], false],
    ['an Opus frame of Enhanced RTMP', audio, [0x91, 0x4f, 0x70], true],
    ['empty audio', audio, [], false],
    ['an AVC header', video, [0x17, 0, 0], false],
    ['an AVC key frame', video, [0x17, 1, 0], true],
    ['an AVC frame', video, [0x27, 1, 0], true],
    ['the end of an AVC sequence', video, [0x17, 2, 0], false],
    ['an HEVC header of old', video, [0x1c, 0, 0], false],
    ['an HEVC frame of old', video, [0x2c, 1, 0], true],
    ['a Sorenson frame', video, [0x22, 0, 0], true],
    ['a command frame', video, [0x57, 1], false],
    ['a header of Enhanced RTMP', video, [0x90, 0x68, 0x76], false],
    ['a key frame of Enhanced RTMP', video, [0x91, 0x68, 0x76], true],
    ['a frame without composition time', video, [0xa3, 0x68, 0x76], true],
    ['metadata of Enhanced RTMP', video, [0x94, 0x68, 0x76], false],
    ['a header of several tracks', video, [0x96, 0x10], false],
    ['a frame of several tracks', video, [0x96, 0x11], true],
    ['a command frame of Enhanced RTMP', video, [0xd0, 0], false],
    ['a byte', video, [0x17], false],
  ])('knows %s', (_name, type, bytes, frame) => {
    expect(readMedia(message(type, bytes))).toEqual({ track: type === audio ? 'audio' : 'video', frame });
  });

  it('leaves everything else alone', () => {
    expect(readMedia(message(18, [2, 0, 10]))).toBeNull();
  });
});

describe('an aggregate', () => {
  const tag = (type: number, timestamp: number, bytes: readonly number[]) => {
    const size = bytes.length;
    const time = [(timestamp >> 16) & 255, (timestamp >> 8) & 255, timestamp & 255, timestamp >>> 24];
    return [type, 0, 0, size, ...time, 0, 0, 0, ...bytes, 0, 0, 0, size + 11];
  };
  const two = [...tag(audio, 0x01000000, [0xaf, 1]), ...tag(video, 0x01000028, [0x27, 1])];

  it('has messages in it, on its own clock', () => {
    expect(splitAggregate(message(22, two, 5000))).toEqual([
      { type: audio, timestamp: 5000, length: 2, payload: Buffer.from([0xaf, 1]) },
      { type: video, timestamp: 5040, length: 2, payload: Buffer.from([0x27, 1]) },
    ]);
  });

  it('may be cut anywhere', () => {
    const counts = two.map((_byte, size) => splitAggregate(message(22, two.slice(0, size))).length);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
  });
});
