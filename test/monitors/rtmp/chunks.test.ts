import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAmf0 } from '../../../monitors/rtmp/amf0.ts';
import { createChunkReader, type Heard } from '../../../monitors/rtmp/chunks.ts';
import { encodeMessage, isMedia, type RtmpMessage } from '../../../monitors/rtmp/message.ts';
import { sample } from '../sample.ts';

const handshakeBytes = 3073;

function feedParts(parts: readonly Buffer[]): Heard {
  const reader = createChunkReader();
  const heard = parts.map((part) => reader.feed(part));
  return {
    messages: heard.flatMap(({ messages }) => messages),
    problem: heard.find(({ problem }) => problem !== null)?.problem ?? null,
  };
}

function feed(bytes: Buffer | readonly number[]): readonly RtmpMessage[] {
  const { messages, problem } = feedParts([Buffer.from(bytes)]);
  expect(problem).toBeNull();
  return messages;
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

const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 });
const captured = sample('rtmp/nginx-play-live.server.bin').subarray(handshakeBytes);

describe('the chunk reader', () => {
  it('reads a captured stream of nginx from its first answers to its media', () => {
    const messages = feed(captured);
    expect(messages.slice(0, 5).map(({ type }) => type)).toEqual([5, 6, 1, 20, 20]);
    const commands = messages.filter(({ type }) => type === 20).map(({ payload }) => decodeAmf0(payload)?.[0]);
    expect(commands).toEqual(['_result', '_result', 'onStatus']);
    const media = messages.filter(({ type }) => isMedia(type));
    expect(media.map(({ type, timestamp }) => `${type} ${timestamp}`).join(', ')).toBe(
      '8 3878, 8 3901, 8 3924, 8 3947, 8 3970, 8 3994, 8 4017, 9 3956, 9 4023',
    );
  });

  it('does not care how a stream was cut', () => {
    const whole = feedParts([captured]);
    expect(feedParts(cut(captured, [1]))).toEqual(whole);
    fc.assert(
      fc.property(sizes, (some) => {
        expect(feedParts(cut(captured, some))).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it.each([0, 1, 127, 128, 129, 256, 1000])('reads back a message of %i bytes', (size) => {
    const payload = Buffer.alloc(size, 'understudy');
    expect(feed(encodeMessage(20, payload))).toEqual([{ type: 20, timestamp: 0, length: size, payload }]);
  });

  it('counts pictures and sound, and keeps their first bytes', () => {
    const [message] = feed(encodeMessage(9, Buffer.alloc(100_000, 'understudy')));
    expect(message).toEqual({ type: 9, timestamp: 0, length: 100_000, payload: Buffer.from('understu') });
  });

  it('reads messages that come in pieces between those of others', () => {
    const [long, short] = [Buffer.alloc(300, 'a'), Buffer.from('b')];
    const whole = encodeMessage(20, long, 5);
    const at = 12 + 128;
    const mixed = Buffer.concat([whole.subarray(0, at), encodeMessage(8, short, 4), whole.subarray(at)]);
    expect(feed(mixed).map(({ type, payload }) => [type, payload])).toEqual([
      [8, short],
      [20, long],
    ]);
  });

  it('reads two-byte and three-byte chunk stream ids', () => {
    const fields = [0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x61];
    const expected = { type: 8, timestamp: 0, length: 1, payload: Buffer.from('a') };
    expect(feed([0x00, 10, ...fields, 0x01, 1, 2, ...fields])).toEqual([expected, expected]);
  });

  it('takes over what shorter headers leave out, and adds up their timestamps', () => {
    const full = [3, 0, 0, 100, 0, 0, 1, 8, 0, 0, 0, 0, 0x61];
    const sameStream = [0x43, 0, 0, 20, 0, 0, 2, 9, 0x62, 0x63];
    const sameLength = [0x83, 0, 0, 30, 0x64, 0x65];
    const sameAll = [0xc3, 0x66, 0x67];
    const messages = feed([...full, ...sameStream, ...sameLength, ...sameAll]);
    expect(messages.map(({ type, timestamp, payload }) => `${type} ${timestamp} ${payload}`)).toEqual([
      '8 100 a',
      '9 120 bc',
      '9 150 de',
      '9 180 fg',
    ]);
  });

  it('lets time stand when a header of type 3 follows one of type 0', () => {
    const messages = feed([3, 0, 3, 232, 0, 0, 1, 8, 0, 0, 0, 0, 0x61, 0xc3, 0x62]);
    expect(messages.map(({ timestamp }) => timestamp)).toEqual([1000, 1000]);
  });

  it('takes a header of type 1 for the first of a chunk stream', () => {
    expect(feed([0x42, 0, 0, 7, 0, 0, 1, 8, 0x61])).toMatchObject([{ type: 8, timestamp: 7 }]);
  });

  it.each([
    ['repeat it', true],
    ['do not repeat it', false],
  ])('reads extended timestamps of servers that %s where a message goes on', (_which, repeats) => {
    const payload = Buffer.alloc(130, 'x');
    const stamp = [0x01, 0, 0, 5];
    const first = Buffer.from([3, 255, 255, 255, 0, 0, 130, 20, 0, 0, 0, 0, ...stamp]);
    const rest = Buffer.concat([Buffer.from([0xc3, ...(repeats ? stamp : [])]), payload.subarray(128)]);
    const next = encodeMessage(20, Buffer.from('next'), 4);
    const messages = feed(Buffer.concat([first, payload.subarray(0, 128), rest, next]));
    expect(messages).toMatchObject([{ timestamp: 0x01000005, payload }, { payload: Buffer.from('next') }]);
  });

  it('adds an extended timestamp where a shorter header has one', () => {
    const full = [3, 255, 255, 255, 0, 0, 1, 8, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 0x61];
    const later = [0x83, 255, 255, 255, 0x01, 0, 0, 0, 0x62];
    expect(feed([...full, ...later]).map(({ timestamp }) => timestamp)).toEqual([0xfffffffe, 0xfffffe]);
  });

  it('obeys a new chunk size from the next chunk on', () => {
    const size = encodeMessage(1, Buffer.from([0, 0, 4, 0]), 2);
    const payload = Buffer.alloc(1000, 'y');
    const whole = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 3, 232, 20, 0, 0, 0, 0]), payload]);
    expect(feed(Buffer.concat([size, whole]))[1]).toMatchObject({ payload });
  });

  it('drops a message that the server aborts', () => {
    const begun = encodeMessage(20, Buffer.alloc(200)).subarray(0, 12 + 128);
    const abort = encodeMessage(2, Buffer.from([0, 0, 0, 3]), 2);
    const messages = feed(Buffer.concat([begun, abort, encodeMessage(20, Buffer.from('b'))]));
    expect(messages.map(({ type, length }) => [type, length])).toEqual([
      [2, 4],
      [20, 1],
    ]);
  });

  const unfinished = (id: number) => Buffer.from([id, 0, 0, 0, 0x20, 0, 0, 20, 0, 0, 0, 0, ...Buffer.alloc(128)]);

  it.each([
    ['a chunk size of zero', encodeMessage(1, Buffer.from([0, 0, 0, 0]), 2), 'an impossible chunk size'],
    ['a chunk size of no bytes', encodeMessage(1, Buffer.alloc(0), 2), 'an impossible chunk size'],
    [
      'a chunk size with its highest bit set',
      encodeMessage(1, Buffer.from([255, 0, 0, 0]), 2),
      'an impossible chunk size',
    ],
    ['a chunk out of nowhere', Buffer.from([0xc5, 1, 2]), 'a chunk that continues no message'],
    ['a message of 16 MB', Buffer.from([3, 0, 0, 0, 255, 255, 255, 20, 0, 0, 0, 0]), 'a message over 4 MB'],
    ['three commands of 2 MB at once', Buffer.concat([3, 4, 5].map(unfinished)), 'over 4 MB of unfinished messages'],
    [
      'a new message where one is not finished',
      Buffer.concat([unfinished(3), unfinished(3)]),
      'a message inside a message',
    ],
    [
      'a hundred chunk streams',
      Buffer.concat(Array.from({ length: 100 }, (_, id) => Buffer.from([0, id, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0, 1]))),
      'too many chunk streams',
    ],
  ])('stops at %s, and does not begin again', (_name, bytes, problem) => {
    const reader = createChunkReader();
    expect(reader.feed(bytes).problem).toBe(problem);
    expect(reader.feed(captured)).toEqual({ messages: [], problem });
  });

  it('hands out what came before the fault', () => {
    const bytes = Buffer.concat([encodeMessage(20, Buffer.from('a')), Buffer.from([0xff])]);
    expect(feedParts([bytes])).toMatchObject({
      messages: [{ type: 20 }],
      problem: 'a chunk that continues no message',
    });
  });

  it('says the same of any bytes, however they were cut, and never throws', () => {
    const nearly = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.tuple(fc.integer({ min: 1, max: 22 }), fc.uint8Array({ maxLength: 300 })).map(([type, bytes]) => {
          return encodeMessage(type, Buffer.from(bytes));
        }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(nearly, sizes, (parts, some) => {
        const bytes = Buffer.concat(parts);
        expect(feedParts(cut(bytes, some))).toEqual(feedParts([bytes]));
      }),
    );
  });
});
