import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchMotion } from '../../../monitors/rtsp/motion.ts';
import { isLater, readRtp } from '../../../monitors/rtsp/rtp.ts';

/** A packet of RTP with one byte of payload. */
function packet(timestamp: number, payloadType = 96, source = 7): Buffer {
  const bytes = Buffer.alloc(13);
  bytes[0] = 0x80;
  bytes[1] = payloadType;
  bytes.writeUInt32BE(timestamp >>> 0, 4);
  bytes.writeUInt32BE(source, 8);
  return bytes;
}

describe('motion', () => {
  type Seen = readonly [atMs: number, timestamp: number, source?: number];
  it.each<[sentence: string, Seen[], boolean]>([
    [
      'a live source moves',
      [
        [0, 0],
        [66, 6000],
        [310, 30_000],
      ],
      true,
    ],
    [
      'a slow one too',
      [
        [0, 0],
        [1000, 90_000],
      ],
      true,
    ],
    [
      'a burst is no motion',
      [
        [0, 0],
        [10, 6000],
        [290, 900_000],
      ],
      false,
    ],
    [
      'what was in the burst and comes again is none',
      [
        [0, 0],
        [10, 6000],
        [400, 6000],
        [900, 3000],
      ],
      false,
    ],
    [
      'one that stands still is none',
      [
        [0, 500],
        [400, 500],
        [800, 500],
      ],
      false,
    ],
    [
      'the clock may wrap',
      [
        [0, -3000],
        [400, 3000],
      ],
      true,
    ],
    [
      'a new source has to move by itself',
      [
        [0, 0],
        [400, 9000, 8],
      ],
      false,
    ],
    [
      'and may',
      [
        [0, 0],
        [400, 9000, 8],
        [430, 12_000, 8],
      ],
      true,
    ],
    [
      'pictures out of order do no harm',
      [
        [0, 9000],
        [20, 3000],
        [40, 6000],
        [320, 8000],
      ],
      false,
    ],
  ])('%s', (_sentence, seen, moves) => {
    const motion = watchMotion([96]);
    for (const [atMs, timestamp, source] of seen) motion.see(packet(timestamp, 96, source), atMs);
    expect(motion.moves()).toBe(moves);
    expect([motion.packets, motion.firstMs]).toEqual([seen.length, seen[0]?.[0]]);
  });

  it('counts what was not promised apart', () => {
    const motion = watchMotion([96, 97]);
    motion.see(packet(1, 33), 0);
    motion.see(Buffer.from('no RTP at all'), 1);
    motion.see(packet(1, 97), 2);
    expect([motion.packets, motion.strange]).toEqual([1, { count: 2, payloadType: null }]);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void watchMotion([96]).see(Buffer.from(bytes), 0)));
  });
});

describe('readRtp', () => {
  it('reads the head of a captured packet', () => {
    const bytes = Buffer.from('80e058870745aca6f20714c8', 'hex');
    expect(readRtp(bytes)).toEqual({ payloadType: 96, timestamp: 0x0745aca6, source: 0xf20714c8 });
  });

  it.each(['', '80e05887', '40e058870745aca6f20714c8', '00'.repeat(12)])('takes no %j for RTP', (hex) => {
    expect(readRtp(Buffer.from(hex, 'hex'))).toBeNull();
  });

  it('compares on a clock that wraps', () => {
    expect([isLater(5, 4), isLater(4, 5), isLater(4, 4), isLater(1, 0xffffffff)]).toEqual([true, false, false, true]);
  });
});
