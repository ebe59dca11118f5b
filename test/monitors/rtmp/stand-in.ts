import { type AmfValue, encodeAmf0 } from '../../../monitors/rtmp/amf0.ts';
import { encodeMessage, encodeUserControl, messageType } from '../../../monitors/rtmp/message.ts';
import { type Play, visit } from '../../../monitors/rtmp/visit.ts';
import type { Verdict } from '../../../src/plugin/plugin.ts';
import { sample } from '../sample.ts';
import { media } from './publisher.ts';

const captured = sample('rtmp/nginx-play-live.server.bin');

/** S0, S1 and S2 as nginx sent them. */
export const handshake = captured.subarray(0, 3073);

export function command(name: string, transaction: number, ...rest: readonly AmfValue[]): Buffer {
  return encodeMessage(messageType.amf0Command, encodeAmf0([name, transaction, null, ...rest]));
}

export function status(code: string, level = 'status', description = ''): Buffer {
  return command('onStatus', 0, statusObject(code, level, description));
}

export function statusObject(code: string, level = 'status', description = ''): AmfValue {
  return new Map([
    ['level', level],
    ['code', code],
    ['description', description],
  ]);
}

export const accepted = command('_result', 1, statusObject('NetConnection.Connect.Success'));
export const created = command('_result', 2, 7);
export const started = status('NetStream.Play.Start');
export const begun = encodeUserControl(0, Buffer.from([0, 0, 0, 7]));
export const ended = encodeUserControl(1, Buffer.from([0, 0, 0, 7]));
export const opened = Buffer.concat([handshake, accepted, created]);

export const audioHeader = media(messageType.audio, 0, Buffer.from([0xaf, 0, 0x12, 0x10]));
export const audio = (timestamp: number) => media(messageType.audio, timestamp, Buffer.from([0xaf, 1, 0x21]));
export const video = (timestamp: number) => media(messageType.video, timestamp, Buffer.from([0x27, 1, 0, 0, 0]));

export interface Visited {
  /** What the visitor said, all of it. */
  readonly sent: Buffer;
  readonly farewell: Uint8Array | string | null;
  readonly verdict: Verdict | null;
}

export type Said = readonly [atMs: number, bytes: Buffer];
export type End = 'late' | 'closed' | 'too long' | 'open';

const application = { name: 'live', tcUrl: 'rtmp://192.0.2.1/live' };
const stream: Play = { stream: 'camera1?token=a', secret: null, wanted: 'any', stallMs: 60_000 };

/** A visit to a server that says these things at these times, without a socket and without waiting. */
export function pretend(said: readonly Said[], end: End = 'open', play: Partial<Play> | null = {}): Visited {
  const sent: Buffer[] = [];
  const say = (bytes: Uint8Array | string) => void sent.push(Buffer.from(bytes));
  const talk = visit({ app: application, play: play === null ? null : { ...stream, ...play } });
  let verdict = talk.connected(say, () => undefined);
  for (const [atMs, bytes] of said) verdict ??= talk.heard(bytes, say, atMs);
  if (end !== 'open') verdict ??= talk.stopped?.(end) ?? null;
  talk.closed?.();
  return { sent: Buffer.concat(sent), farewell: talk.farewell?.()?.bytes ?? null, verdict };
}
