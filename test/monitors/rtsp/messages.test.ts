import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageReader, type Fault, type Message } from '../../../monitors/rtsp/messages.ts';
import { sample } from '../sample.ts';

const played = sample('rtsp/gst-play.server.bin');

function readAll(chunks: readonly Buffer[]): readonly (Message | Fault)[] {
  const reader = createMessageReader();
  return chunks.flatMap((chunk) => reader.feed(chunk));
}

function short(message: Message | Fault): string {
  if ('fault' in message) return message.fault;
  if (message.kind === 'answer') return `${message.head.status}+${message.body.length}`;
  return message.kind === 'frame' ? `$${message.channel}+${message.bytes.length}` : 'request';
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

describe('the reader of RTSP messages', () => {
  it('tells the answers of a real server from the frames between them', () => {
    const messages = readAll([played]).map(short);
    expect(messages.filter((text) => !text.startsWith('$'))).toEqual(['200+528', '200+0', '200+0']);
    expect(messages.filter((text) => text.startsWith('$0')).length).toBeGreaterThan(15);
  });

  it('reads the same however the bytes are cut', () => {
    const exactly = (chunks: readonly Buffer[]) =>
      readAll(chunks).map((one) => `${short(one)} ${'bytes' in one ? one.bytes.toString('latin1') : ''}`);
    const whole = exactly([played]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 700 }), { maxLength: 40 }), (sizes) => {
        expect(exactly(cut(played, sizes))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('never throws, never loops, and reads nothing after a fault', () => {
    const nearly = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(
          'RTSP/1.0 200 OK\r\n',
          'Content-Length: 3\r\n',
          '\r\n',
          '\n',
          '$',
          'SET_PARAMETER * RTSP/1.0\r\n',
        ),
      ),
    );
    fc.assert(
      fc.property(nearly, (parts) => {
        const messages = readAll(parts.map((part) => Buffer.from(part as string, 'latin1')));
        expect(messages.slice(0, -1).every((one) => !('fault' in one))).toBe(true);
      }),
    );
  });

  const ok = 'RTSP/1.0 200 OK\r\n';
  it.each([
    ['an answer without a length has no body', `${ok}\r\n`, ['200+0']],
    ['a body has as many bytes as it says', `${ok}Content-Length: 2\r\n\r\nab${ok}\r\n`, ['200+2', '200+0']],
    ['line ends between answers do not count', `${ok}\r\n\r\n\n${ok}\r\n`, ['200+0', '200+0']],
    ['bare line feeds are enough', 'RTSP/1.0 200 OK\nContent-Length: 1\n\nx', ['200+1']],
    [
      'a server may ask as well',
      `${ok}\r\nSET_PARAMETER * RTSP/1.0\r\nContent-Length: 1\r\n\r\nx`,
      ['200+0', 'request'],
    ],
    ['nobody asks before the first answer', 'GET / RTSP/1.0\r\n\r\n', ['not RTSP']],
    ['no frame comes before the first answer', '$\x00\x00\x01x\r\n\r\n', ['not RTSP']],
    ['a length is a number', `${ok}Content-Length: -1\r\n\r\n`, ['length']],
    ['a body has its limit', `${ok}Content-Length: 65530\r\n\r\n`, ['too long']],
    ['a head has its limit', `${ok}X: ${'x'.repeat(65_536)}`, ['too long']],
    ['another protocol is none of ours', 'HTTP/1.0 200 OK\r\n\r\n', ['not RTSP']],
  ])('%s', (_sentence, text, expected) => {
    expect(readAll([Buffer.from(text, 'latin1')]).map(short)).toEqual(expected);
  });

  it('keeps what is not whole', () => {
    const reader = createMessageReader();
    reader.feed(Buffer.from(`${ok}\r\n$\x00\x00\x05ab`, 'latin1'));
    expect(reader.rest().toString('latin1')).toBe('$\x00\x00\x05ab');
  });

  it('keeps all challenges of an answer', () => {
    const head =
      'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\nwww-authenticate: Digest nonce="b"\r\n\r\n';
    const [answer] = readAll([Buffer.from(head)]);
    expect(answer).toMatchObject({ head: { challenges: ['Basic realm="a"', 'Digest nonce="b"'] } });
  });
});
