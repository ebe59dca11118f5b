/**
 * A stream whose pictures say which server they come from and how many came before, so that a player knows where it
 * is and whether one was lost. nginx-rtmp hands on what it is given.
 */
import type { AmfValue } from '../../../monitors/rtmp/amf0.ts';
import { encodeAmf0 } from '../../../monitors/rtmp/amf0.ts';
import { connectCommand, createStreamCommand, playCommand } from '../../../monitors/rtmp/command.ts';
import { hello, packetBytes } from '../../../monitors/rtmp/handshake.ts';
import { encodeMessage, messageType } from '../../../monitors/rtmp/message.ts';

export const app = 'live';
export const streamName = 'camera';
/** Time between two pictures. */
export const pictureMs = 100;

/** The number of the first stream that nginx-rtmp creates on a connection. */
const streamNumber = 1;
/** Key frame, Sorenson H.263: a codec whose pictures need no header sent before (FLV 10.1, E.4.3.1). */
const keyFrame = 0x12;
const picture = /picture (\w+) (\d{8})\n/g;

/** All that either side says, at once: nginx-rtmp answers it in order. */
export function opening(tcUrl: string, action: 'play' | 'publish'): Buffer {
  const values: readonly AmfValue[] = ['publish', 0, null, streamName, 'live'];
  const publish = encodeMessage(messageType.amf0Command, encodeAmf0(values), 8, streamNumber);
  return Buffer.concat([
    hello,
    Buffer.alloc(packetBytes),
    connectCommand(app, tcUrl),
    createStreamCommand(),
    action === 'play' ? playCommand(streamNumber, streamName) : publish,
  ]);
}

/** Short enough for one chunk, so that its words stay together. */
export function pictureMessage(server: string, number: number): Buffer {
  const words = `picture ${server} ${String(number).padStart(8, '0')}\n`;
  const message = encodeMessage(
    messageType.video,
    Buffer.from(`${String.fromCharCode(keyFrame)}${words}`, 'latin1'),
    6,
    1,
  );
  // Its time: the three bytes behind the chunk stream's number (RTMP 5.3.1.2.1).
  message.writeUIntBE((number * pictureMs) & 0xffffff, 1, 3);
  return message;
}

export interface Picture {
  readonly server: string;
  readonly number: number;
}

/** The pictures in what came, and the end of it that may be the beginning of one more. */
export function picturesIn(text: string): { readonly pictures: readonly Picture[]; readonly rest: string } {
  const found = [...text.matchAll(picture)];
  const last = found.at(-1);
  const end = last === undefined ? 0 : last.index + last[0].length;
  return {
    pictures: found.map(([, server = '', number]) => ({ server, number: Number(number) })),
    rest: text.slice(Math.max(end, text.length - 64)),
  };
}
