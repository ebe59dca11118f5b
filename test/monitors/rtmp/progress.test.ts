import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, isMoving, type Progress } from '../../../monitors/rtmp/progress.ts';

type Frame = readonly [atMs: number, timestamp: number];

/** When it was first called moving; null for never. */
function movingAt(frames: readonly Frame[]): number | null {
  let progress: Progress | null = null;
  for (const [atMs, timestamp] of frames) {
    progress = advance(progress, timestamp >>> 0, atMs);
    if (isMoving(progress)) return atMs;
  }
  return null;
}

/** Frames made every `everyMs`, each sent when it was made. */
function live(fromMs: number, untilMs: number, everyMs: number, timestamp: number): readonly Frame[] {
  const count = Math.ceil((untilMs - fromMs) / everyMs);
  return Array.from({ length: count }, (_, at) => [fromMs + at * everyMs, timestamp + at * everyMs]);
}

/** `mediaMs` of old frames, sent within `tookMs`. */
function burst(fromMs: number, tookMs: number, mediaMs: number, timestamp: number): readonly Frame[] {
  const count = mediaMs / 40;
  return Array.from({ length: count }, (_, at) => [fromMs + (at * tookMs) / count, timestamp + at * 40]);
}

describe('a track', () => {
  it.each<[string, readonly Frame[], number | null]>([
    ['of 25 frames a second moves after half a second', live(0, 5000, 40, 90_000), 560],
    ['of one frame a second moves with the third', live(0, 5000, 1000, 0), 2000],
    ['behind a burst moves a step later', [...burst(0, 40, 4000, 0), ...live(41, 5000, 40, 4000)], 841],
    ['that is a burst alone never moves', burst(0, 40, 4000, 0), null],
    ['that is a slow burst alone never moves', burst(0, 1500, 8000, 0), null],
    [
      'that is a burst with a lost packet in it never moves',
      [...burst(0, 20, 2000, 0), ...burst(300, 20, 2000, 2000)],
      null,
    ],
    [
      'that is a burst with two lost packets in it never moves',
      [...burst(0, 20, 2000, 0), ...burst(300, 20, 2000, 2000), ...burst(900, 20, 2000, 4000)],
      null,
    ],
    [
      'that comes in heaps of two seconds moves with the third',
      [0, 2000, 4000].flatMap((at) => burst(at, 20, 2000, at)),
      4000,
    ],
    ['whose frames all have one time never moves', live(0, 5000, 40, 0).map(([at]) => [at, 7]), null],
    [
      'that sends the same 400 ms again and again never moves',
      live(0, 5000, 40, 0).map(([at, time]) => [at, time % 400]),
      null,
    ],
    ['that stops after 400 ms never moves', live(0, 400, 40, 0), null],
    ['whose time wraps after 49 days moves', live(0, 5000, 40, 0xffffff00), 560],
    [
      'whose publisher began anew moves on the new clock',
      [...live(0, 300, 40, 3_600_000), ...live(320, 5000, 40, 0)],
      880,
    ],
    ['whose clock leaps ahead moves a step later', [...live(0, 400, 40, 0), ...live(400, 5000, 40, 3_600_000)], 840],
    [
      'whose frames come out of order moves',
      live(0, 5000, 40, 80).map(([at, time], n) => [at, n % 2 ? time - 80 : time]),
      640,
    ],
  ])('%s', (_name, frames, expected) => {
    expect(movingAt(frames)).toBe(expected);
  });

  it('never moves within 500 ms, nor by a burst of whatever size and speed from four times on', () => {
    const speed = fc.integer({ min: 4, max: 1000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), speed, fc.nat(0xffffffff), (frames, faster, first) => {
        expect(movingAt(burst(0, (frames * 40) / faster, frames * 40, first))).toBeNull();
      }),
    );
    const anything = fc.array(fc.tuple(fc.nat(20), fc.nat(0xffffffff)), { maxLength: 60 });
    fc.assert(
      fc.property(anything, (steps) => {
        let atMs = 0;
        const frames = steps.map(([tookMs, timestamp]): Frame => {
          atMs += tookMs;
          return [atMs, timestamp];
        });
        const at = movingAt(frames);
        if (at !== null) expect(at - (frames[0]?.[0] ?? 0)).toBeGreaterThanOrEqual(500);
      }),
    );
  });
});
