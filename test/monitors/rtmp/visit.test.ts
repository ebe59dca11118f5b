import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAmf0, encodeAmf0, isObject } from '../../../monitors/rtmp/amf0.ts';
import { createChunkReader } from '../../../monitors/rtmp/chunks.ts';
import {
  encodeControl,
  encodeMessage,
  encodeUserControl,
  messageType,
  type RtmpMessage,
} from '../../../monitors/rtmp/message.ts';
import type { Play } from '../../../monitors/rtmp/visit.ts';
import { sample } from '../sample.ts';
import * as server from './stand-in.ts';
import { type End, pretend, type Said, status } from './stand-in.ts';

const at = (bytes: Buffer): readonly Said[] => [[0, bytes]];
const playing = (...more: readonly Buffer[]): readonly Said[] => at(Buffer.concat([server.opened, ...more]));

/** What the visitor said after C0, C1 and C2. */
function said(bytes: Buffer): readonly RtmpMessage[] {
  const { messages, problem } = createChunkReader().feed(bytes.subarray(1 + 2 * 1536));
  expect(problem).toBeNull();
  return messages;
}

/** A frame of each every 40 ms. */
function live(untilMs: number, frame: (timestamp: number) => Buffer = server.audio): readonly Said[] {
  return Array.from({ length: untilMs / 40 }, (_, n): Said => [n * 40, frame(n * 40)]);
}

describe('a visit', () => {
  it('says what a player says, in its order', () => {
    const { sent, farewell } = pretend(playing());
    const messages = said(sent);
    expect(messages.map(({ type }) => type)).toEqual([20, 20, 4, 20]);
    expect(messages[2]?.payload.toString('hex')).toBe('000300000007000003e8');
    const commands = messages.filter(({ type }) => type === 20).map(({ payload }) => decodeAmf0(payload));
    const object = commands[0]?.[2];
    expect(Object.fromEntries(isObject(object) ? object : [])).toMatchObject({
      app: 'live',
      flashVer: 'understudy',
      tcUrl: 'rtmp://192.0.2.1/live',
    });
    expect(commands.slice(1)).toEqual([
      ['createStream', 2, null],
      ['play', 3, null, 'camera1?token=a', -2],
    ]);
    expect(
      said(Buffer.concat([Buffer.alloc(3073), Buffer.from(farewell ?? '')])).map(({ payload }) => decodeAmf0(payload)),
    ).toEqual([['deleteStream', 0, null, 7]]);
  });

  it('plays on the stream that was created', () => {
    const { sent } = pretend(playing());
    // The header of `play`: its message stream, little-endian.
    expect(sent.indexOf(Buffer.from([20, 7, 0, 0, 0]))).toBeGreaterThan(0);
  });

  it('does not mind a call of the application that it cannot read, before and after the answer to connect', () => {
    // AMF3 inside AMF0 (marker 17), as applications call their clients.
    const values = Buffer.concat([encodeAmf0(['onWelcome', 0, null]), Buffer.from([17, 10, 11, 1])]);
    const call = encodeMessage(messageType.amf0Command, values);
    const { sent } = pretend(
      at(Buffer.concat([server.handshake, call, server.accepted, call, server.created, server.begun])),
    );
    expect(sent.includes('play')).toBe(true);
  });

  it('has nothing to take leave of before there is a stream', () => {
    expect(pretend(at(Buffer.concat([server.handshake, server.accepted]))).farewell).toBeNull();
  });

  it.each<[string, readonly Said[], End, status: string, summary: string]>([
    [
      'a refusal of createStream',
      at(
        Buffer.concat([
          server.handshake,
          server.accepted,
          server.command('_error', 2, server.statusObject('', 'error', 'no room')),
        ]),
      ),
      'open',
      'fail',
      'createStream refused: no room',
    ],
    [
      'a stream without a number',
      at(Buffer.concat([server.handshake, server.accepted, server.command('_result', 2, 'one')])),
      'open',
      'fail',
      'expected the number of a stream, got something else',
    ],
    [
      'silence after createStream',
      at(Buffer.concat([server.handshake, server.accepted])),
      'late',
      'fail',
      'no answer to createStream',
    ],
    [
      'a close after createStream',
      at(Buffer.concat([server.handshake, server.accepted])),
      'closed',
      'fail',
      'closed after createStream',
    ],
    ['silence after play', playing(), 'late', 'fail', 'no answer to play'],
    ['a start without a beginning', playing(server.started), 'late', 'fail', 'no such stream'],
    [
      'a start with a beginning',
      playing(server.begun, server.started),
      'late',
      'fail',
      'no media: publisher frozen or absent',
    ],
    ['headers and no frames', playing(server.started, server.audioHeader), 'late', 'fail', 'publisher frozen'],
    [
      'metadata and no frames',
      playing(server.started, encodeMessage(18, Buffer.alloc(200))),
      'late',
      'fail',
      'publisher frozen',
    ],
    [
      'RtmpSampleAccess alone',
      playing(server.started, encodeMessage(18, Buffer.alloc(24))),
      'late',
      'fail',
      'no such stream',
    ],
    ['a few frames', playing(server.started, server.audio(0), server.audio(20)), 'late', 'fail', 'publisher frozen'],
    ['a close before any frame', playing(server.started), 'closed', 'fail', 'play denied'],
    ['a close at once', playing(), 'closed', 'fail', 'play denied'],
    ['a close amid the frames', playing(server.started, server.audio(0)), 'closed', 'fail', 'stream cut off'],
    ['a stream that ended', playing(server.started, server.audio(0), server.ended), 'late', 'fail', 'publisher left'],
    [
      'a stream that ended with a close',
      playing(server.started, server.audio(0), server.ended),
      'closed',
      'fail',
      'publisher left',
    ],
    [
      'a publisher who left',
      playing(server.begun, status('NetStream.Play.UnpublishNotify')),
      'late',
      'fail',
      'publisher left',
    ],
    [
      'a publisher who came back and froze',
      playing(status('NetStream.Play.UnpublishNotify'), status('NetStream.Play.PublishNotify'), server.audio(0)),
      'late',
      'fail',
      'publisher frozen',
    ],
    [
      'a stream that is not found',
      playing(status('NetStream.Play.StreamNotFound', 'error', 'No such stream')),
      'open',
      'fail',
      'no such stream',
    ],
    [
      'an error',
      playing(status('NetStream.Play.Failed', 'error', 'Not\nauthorized')),
      'open',
      'fail',
      'play denied: Not authorized',
    ],
    ['an error without words', playing(server.command('_error', 3)), 'open', 'fail', 'play denied'],
    ['frames that move', [...playing(server.started), ...live(1000)], 'open', 'ok', 'stream is live'],
    [
      'broken chunks',
      playing(Buffer.from([0xff])),
      'open',
      'fail',
      'expected RTMP chunks, got a chunk that continues no message',
    ],
  ])('makes of %s', (_what, bytes, end, expected, summary) => {
    expect(pretend(bytes, end).verdict).toMatchObject({ status: expected, summary });
  });

  it.each<[sentence: string, 'audio' | 'video' | 'both', readonly Said[], summary: string]>([
    [
      'both',
      'both',
      live(1000, (time) => Buffer.concat([server.audio(time), server.video(time)])),
      'audio and video are live',
    ],
    ['the video', 'video', live(1000, server.video), 'video is live'],
    ['both, with audio alone', 'both', live(1000), 'no video'],
    [
      'both, with a picture that stands',
      'both',
      live(1000, (time) => Buffer.concat([server.audio(time), server.video(0)])),
      'video frozen',
    ],
    [
      'both, with sound that stands',
      'both',
      live(1000, (time) => Buffer.concat([server.audio(0), server.video(time)])),
      'audio frozen',
    ],
    [
      'both, when both stand',
      'both',
      live(1000, () => Buffer.concat([server.audio(0), server.video(0)])),
      'publisher frozen',
    ],
    ['the video, when only audio moves', 'video', live(1000), 'no video'],
    [
      'the audio, when it stands',
      'audio',
      live(1000, (time) => Buffer.concat([server.audio(0), server.video(time)])),
      'audio frozen',
    ],
    [
      'the audio, when both stand',
      'audio',
      live(1000, () => Buffer.concat([server.audio(0), server.video(0)])),
      'publisher frozen',
    ],
  ])('that wants %s', (_sentence, wanted, frames, summary) => {
    const { verdict } = pretend([...playing(server.started), ...frames], 'late', { wanted });
    expect(verdict).toMatchObject({ summary, status: summary.endsWith('live') ? 'ok' : 'fail' });
  });

  it.each<[string, Partial<Play>, readonly Said[], status: string, summary: string]>([
    ['moves, though not for long', {}, live(400), 'unknown', 'timeout too short to see the stream move'],
    ['moves in sound alone', { wanted: 'video' }, live(400), 'fail', 'no video'],
    ['stands', {}, live(200), 'fail', 'publisher frozen'],
    ['ended', {}, [...live(400), [400, server.ended]], 'fail', 'publisher left'],
  ])('that comes to its deadline while the stream %s', (_how, play, frames, expected, summary) => {
    const { verdict } = pretend([...playing(server.started), ...frames], 'late', play);
    expect(verdict).toMatchObject({ status: expected, summary });
  });

  it('measures each step from the end of the one before', () => {
    const steps: readonly Said[] = [
      [20, server.handshake],
      [50, Buffer.concat([server.accepted, server.created])],
      [110, server.audio(0)],
      [120, server.audio(20)],
    ];
    expect(pretend(steps, 'late').verdict?.measures).toEqual({ handshake_ms: 20, connect_ms: 30, first_media_ms: 60 });
  });

  it('says how far it got in the detail', () => {
    const { verdict } = pretend(
      playing(server.begun, server.started, server.audio(0), server.video(0), server.video(9)),
      'late',
    );
    expect(verdict?.detail).toBe('since play: NetStream.Play.Start, StreamBegin, 1 audio frames, 2 video frames');
  });

  it('does not repeat a secret that the server quotes', () => {
    const refusal = status('NetStream.Play.Failed', 'error', 'No play of camera1?token=a for you');
    expect(pretend(playing(refusal), 'open', { secret: 'token=a' }).verdict?.summary).toBe(
      'play denied: No play of camera1?[secret] for you',
    );
  });

  it('counts the frames of an aggregate', () => {
    const tag = (time: number) => [8, 0, 0, 2, 0, 0, time, 0, 0, 0, 0, 0xaf, 1, 0, 0, 0, 13];
    const { verdict } = pretend(playing(encodeMessage(22, Buffer.from([...tag(0), ...tag(20)]))), 'late');
    expect(verdict?.detail).toContain('2 audio frames');
  });

  it('answers a ping, and the bandwidth that the server sets', () => {
    const ping = encodeUserControl(6, Buffer.from([1, 2, 3, 4]));
    const bandwidth = encodeMessage(6, Buffer.from([0, 76, 75, 64, 2]), 2);
    const answers = said(pretend(playing(ping, bandwidth)).sent).filter(({ type }) => type < 20);
    expect(answers.map(({ type, payload }) => `${type} ${payload.toString('hex')}`)).toEqual(
      expect.arrayContaining(['4 000701020304', '5 004c4b40']),
    );
  });

  it('acknowledges what it heard twice a window', () => {
    const frames = live(2000).map(([atMs]): Said => [atMs, encodeMessage(9, Buffer.alloc(1000), 6)]);
    const { sent } = pretend([...playing(encodeControl(5, 10_000)), ...frames]);
    const acknowledged = sent.toString('hex').match(/02000000000004030000000000[0-9a-f]{6}/g) ?? [];
    expect(acknowledged.length).toBeGreaterThanOrEqual(10);
    expect(acknowledged.length).toBeLessThanOrEqual(13);
  });

  it('hears no more than 64 kB before it plays', () => {
    const filler = encodeMessage(18, Buffer.alloc(70_000));
    expect(pretend(at(Buffer.concat([server.handshake, filler]))).verdict).toMatchObject({
      summary: 'answer longer than 64 kB',
    });
  });

  it.each<[string, summary: string]>([
    ['live', 'publisher frozen'],
    ['stalled', 'no media: publisher frozen or absent'],
    ['nosuch', 'no such stream'],
  ])('reads what nginx said of a stream that is %s, however it was cut', (name, summary) => {
    const bytes = sample(`rtmp/nginx-play-${name}.server.bin`);
    const sizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(sizes, (some) => {
        const parts: Said[] = [];
        for (let from = 0, n = 0; from < bytes.length; n += 1) {
          const size = some[n % some.length] ?? 1;
          parts.push([0, bytes.subarray(from, from + size)]);
          from += size;
        }
        expect(pretend(parts, 'late').verdict).toMatchObject({ status: 'fail', summary });
      }),
      { numRuns: 20, examples: [[[1]], [[20_000]]] },
    );
  });

  it('never throws, whatever the server says', () => {
    const anything = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const message = fc
      .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22), anything)
      .map(([type, bytes]) => encodeMessage(type, bytes));
    const beginning = fc.constantFrom(Buffer.alloc(0), server.handshake, server.opened);
    fc.assert(
      fc.property(beginning, fc.array(fc.oneof(message, anything), { maxLength: 8 }), (head, parts) => {
        for (const end of ['late', 'closed', 'too long'] as const)
          pretend([[0, head], ...parts.map((p, n): Said => [n * 100, p])], end);
      }),
    );
  });
});
