import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Question, rtspTalk } from '../../../monitors/rtsp/talk.ts';
import type { Verdict } from '../../../src/plugin/plugin.ts';
import { sample } from '../sample.ts';

const noTrace = { phase() {}, sent() {}, received() {}, note() {} };

/** What the talk says to these bytes, when each piece comes `everyMs` after the one before. */
function outcome(level: Question['level'], pieces: readonly Buffer[], everyMs = 0): Verdict | null {
  const talk = rtspTalk({
    level,
    url: 'rtsp://10.0.0.1/test',
    address: '10.0.0.1',
    transport: 'tcp',
    credentials: { user: 'admin', password: 's3cret' },
    createNonce: () => 'own',
    trace: noTrace,
  });
  const say = () => {};
  let verdict = talk.connected(say, () => {});
  let atMs = 0;
  for (const piece of pieces) {
    verdict ??= talk.heard(piece, say, atMs);
    atMs += everyMs;
  }
  verdict ??= talk.stopped?.('late') ?? null;
  talk.farewell?.()?.answered(Buffer.from('RTSP/1.0 200 OK\r\n\r\n'));
  talk.closed?.();
  return verdict;
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  let rest = bytes;
  const pieces = sizes.map((size) => {
    const piece = rest.subarray(0, size);
    rest = rest.subarray(size);
    return piece;
  });
  return [...pieces, rest].filter((piece) => piece.length > 0);
}

const levels = fc.constantFrom<Question['level']>('options', 'describe', 'play');
const parts = fc.oneof(
  fc.constantFrom(
    'RTSP/1.0 200 OK\r\n\r\n',
    'RTSP/1.0 100 Continue\r\n\r\n',
    'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest nonce="n", stale=true\r\n\r\n',
    'RTSP/1.0 200 OK\r\nSession: a;b\r\nTransport: x;interleaved=0-1\r\n\r\n',
    'RTSP/1.0 200 OK\r\nContent-Length: 28\r\n\r\nv=0\r\nm=video 0 RTP/AVP 96\r\n\r\n',
    'RTSP/1.0 454 Lost\r\n\r\n',
    'OPTIONS * RTSP/1.0\r\n\r\n',
    '$\x00\x00\x0c\x80\x60aaaabbbbcccc',
    'HTTP/1.0 400 Bad Request\r\n',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const answersOf = fc.array(parts, { maxLength: 12 }).map((texts) => Buffer.from(texts.join(''), 'latin1'));

describe('the RTSP conversation', () => {
  it('has a verdict or none for any bytes, the same however they are cut, and never a secret in it', () => {
    fc.assert(
      fc.property(
        levels,
        answersOf,
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }),
        (level, bytes, sizes) => {
          const whole = outcome(level, [bytes]);
          expect(outcome(level, cut(bytes, sizes))).toEqual(whole);
          expect(JSON.stringify(whole)).not.toContain('s3cret');
          expect(whole?.summary ?? '').not.toMatch(/[^ -~]/);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('judges the captured stream of a real server by the time that it took', () => {
    const played = sample('rtsp/gst-play.server.bin');
    const pieces = cut(
      played,
      Array.from({ length: 100 }, () => 147),
    );
    expect(outcome('play', pieces, 8)).toMatchObject({ status: 'ok', summary: 'moving picture' });
    // The same bytes at once are a burst.
    expect(outcome('play', [played])).toMatchObject({ status: 'fail', summary: 'no moving picture' });
  });
});
