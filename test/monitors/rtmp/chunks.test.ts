import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAmf0 } from '../../../monitors/rtmp/amf0.ts';
import { createChunkReader, encodeMessage, type RtmpMessage } from '../../../monitors/rtmp/chunks.ts';
import { sample } from '../sample.ts';

const handshakeBytes = 3073;

function feed(parts: readonly Buffer[]): readonly RtmpMessage[] {
  const reader = createChunkReader();
  return parts.flatMap((part) => {
    const messages = reader.feed(part);
    if (typeof messages === 'string') throw new Error(messages);
    return messages;
  });
}

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}

const captured = sample('rtmp/nginx-play-live.server.bin').subarray(handshakeBytes);

describe('the chunk reader', () => {
  it('reads a captured stream of nginx from its first answers to its media', () => {
    const messages = feed([captured]);
    expect(messages.slice(0, 5).map(({ type }) => type)).toEqual([5, 6, 1, 20, 20]);
    const commands = messages.filter(({ type }) => type === 20).map(({ payload }) => decodeAmf0(payload)?.[0]);
    expect(commands).toEqual(['_result', '_result', 'onStatus']);
    expect(messages.filter(({ type }) => type === 8 || type === 9).length).toBe(9);
  });

  it('does not care how a stream was cut', () => {
    const whole = feed([captured]);
    expect(feed(cut(captured, [1]))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(feed(cut(captured, sizes))).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it.each([0, 1, 127, 128, 129, 256, 1000])('reads back a message of %i bytes', (size) => {
    const payload = Buffer.alloc(size, 'understudy');
    expect(feed([encodeMessage(20, payload)])).toEqual([{ type: 20, payload }]);
  });

  it('reads two-byte and three-byte chunk stream ids', () => {
    const fields = [0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x61];
    const expected = { type: 8, payload: Buffer.from('a') };
    expect(feed([Buffer.from([0x00, 10, ...fields, 0x01, 1, 2, ...fields])])).toEqual([expected, expected]);
  });

  it('steps over extended timestamps, also where a chunk continues', () => {
    const payload = Buffer.alloc(130, 'x');
    const stamp = [0x01, 0, 0, 0];
    const first = Buffer.from([3, 255, 255, 255, 0, 0, 130, 9, 0, 0, 0, 0, ...stamp]);
    const rest = Buffer.concat([Buffer.from([0xc3, ...stamp]), payload.subarray(128)]);
    expect(feed([Buffer.concat([first, payload.subarray(0, 128), rest])])).toEqual([{ type: 9, payload }]);
  });

  it('takes over what shorter headers leave out', () => {
    const full = [3, 0, 0, 1, 0, 0, 1, 8, 0, 0, 0, 0, 0x61];
    const sameStream = [0x43, 0, 0, 1, 0, 0, 2, 9, 0x62, 0x63];
    const sameLength = [0x83, 0, 0, 1, 0x64, 0x65];
    const sameAll = [0xc3, 0x66, 0x67];
    const messages = feed([Buffer.from([...full, ...sameStream, ...sameLength, ...sameAll])]);
    expect(messages.map(({ type, payload }) => `${type} ${payload}`)).toEqual(['8 a', '9 bc', '9 de', '9 fg']);
  });

  it('drops a message that the server aborts', () => {
    const begun = encodeMessage(20, Buffer.alloc(200)).subarray(0, 12 + 128);
    const abort = encodeMessage(2, Buffer.from([0, 0, 0, 3]), 2);
    const messages = feed([Buffer.concat([begun, abort, encodeMessage(20, Buffer.from('b'))])]);
    expect(messages.map(({ type }) => type)).toEqual([2, 20]);
  });

  it.each([
    ['a chunk size of zero', encodeMessage(1, Buffer.from([0, 0, 0, 0]), 2), 'an impossible chunk size'],
    [
      'a chunk size with its highest bit set',
      encodeMessage(1, Buffer.from([255, 0, 0, 0]), 2),
      'an impossible chunk size',
    ],
    ['a chunk out of nowhere', Buffer.from([0xc5, 1, 2]), 'a chunk that continues no message'],
    ['a message of 16 MB', Buffer.from([3, 0, 0, 0, 255, 255, 255, 20, 0, 0, 0, 0]), 'a message over 4 MB'],
    [
      'a hundred chunk streams',
      Buffer.concat(Array.from({ length: 100 }, (_, id) => Buffer.from([0, id, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0, 1]))),
      'too many chunk streams',
    ],
  ])('stops at %s', (_name, bytes, problem) => {
    expect(createChunkReader().feed(bytes)).toBe(problem);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (parts) => {
        const reader = createChunkReader();
        for (const part of parts) reader.feed(Buffer.from(part));
      }),
    );
  });
});
