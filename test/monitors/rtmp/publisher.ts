import { once } from 'node:events';
import { connect } from 'node:net';
import { encodeAmf0 } from '../../../monitors/rtmp/amf0.ts';
import { createChunkReader } from '../../../monitors/rtmp/chunks.ts';
import { connectCommand, createStreamCommand, readCommand } from '../../../monitors/rtmp/command.ts';
import { echo, hello, replyBytes } from '../../../monitors/rtmp/handshake.ts';
import { encodeMessage, messageType } from '../../../monitors/rtmp/message.ts';

export interface Publisher {
  /** Sends nothing more, and stays. */
  freeze(): void;
  stop(): Promise<void>;
}

const frameMs = 20;
const keyFrameMs = 1000;
const keyFrame = [0x17, 1, 0, 0, 0, 0, 0, 0, 1, 5];

/**
 * Publishes a stream that no player would show, with the marks by which servers tell headers, key frames and frames.
 * `aheadMs` of it are sent at once, so that a server with a GOP cache has something to send to who comes later.
 */
export async function publish(port: number, app: string, stream: string, aheadMs: number): Promise<Publisher> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  const chunks = createChunkReader();
  let reply = Buffer.alloc(0);
  let ready = () => {};
  const publishing = new Promise<void>((resolve) => {
    ready = resolve;
  });

  const command = (values: Parameters<typeof encodeAmf0>[0]) =>
    encodeMessage(messageType.amf0Command, encodeAmf0(values), 3, 1);

  socket.on('data', (chunk: Buffer) => {
    const before = reply.length;
    if (before < replyBytes) {
      reply = Buffer.concat([reply, chunk]);
      if (reply.length < replyBytes) return;
      socket.write(Buffer.concat([echo(reply), connectCommand(app, `rtmp://127.0.0.1:${port}/${app}`)]));
    }
    const { messages } = chunks.feed(before < replyBytes ? reply.subarray(replyBytes) : chunk);
    for (const message of messages) {
      const answer = readCommand(message);
      if (answer === null || answer === 'broken') continue;
      if (answer.name === '_result' && answer.transaction === 1) socket.write(createStreamCommand());
      if (answer.name === '_result' && answer.transaction === 2) {
        socket.write(command(['publish', 3, null, stream, 'live']));
      }
      if (answer.name === 'onStatus') ready();
    }
  });
  await once(socket, 'connect');
  socket.write(hello);
  await publishing;

  let timestamp = 0;
  const send = (type: number, bytes: readonly number[]) => socket.write(media(type, timestamp, Buffer.from(bytes)));
  const frame = () => {
    timestamp += frameMs;
    send(messageType.audio, [0xaf, 1, 0x21, 0x10]);
    if (timestamp % keyFrameMs === 0) send(messageType.video, keyFrame);
    else send(messageType.video, [0x27, 1, 0, 0, 0, 0, 0, 0, 1, 9]);
  };
  send(messageType.audio, [0xaf, 0, 0x12, 0x10]);
  send(messageType.video, [0x17, 0, 0, 0, 0, 1, 0x42, 0, 0x1e, 0xff, 0xe1, 0, 0, 1, 0, 0]);
  send(messageType.video, keyFrame);
  for (let ms = 0; ms < aheadMs; ms += frameMs) frame();
  const timer = setInterval(frame, frameMs);
  return {
    freeze: () => clearInterval(timer),
    async stop() {
      clearInterval(timer);
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    },
  };
}

/** On message stream 1, audio and video each on a chunk stream of their own. */
export function media(type: number, timestamp: number, payload: Buffer): Buffer {
  const bytes = encodeMessage(type, payload, type === messageType.audio ? 4 : 6, 1);
  bytes.writeUIntBE(timestamp, 1, 3);
  return bytes;
}
