import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type AmfValue, decodeAmf0, encodeAmf0 } from '../monitors/rtmp/amf0.ts';
import { createChunkReader } from '../monitors/rtmp/chunks.ts';
import { encodeMessage, messageType } from '../monitors/rtmp/message.ts';

const maxRequestBytes = 16_384;
const handshakePacketBytes = 1536;
const rtmpVersion = 3;

/** Answers every RTSP request as if it were OPTIONS, until the client disconnects. */
export function speakRtsp(socket: Socket): void {
  let text = '';
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    if (text.length > maxRequestBytes) {
      socket.destroy();
      return;
    }
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const cseq = /^CSeq: *(\d{1,10})/im.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 4);
      const echo = cseq === undefined ? '' : `CSeq: ${cseq}\r\n`;
      socket.write(`RTSP/1.0 200 OK\r\n${echo}Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n`);
    }
  });
}

/** Does the RTMP handshake and accepts a `connect` to any application. */
export function speakRtmp(socket: Socket): void {
  const chunks = createChunkReader();
  let hello: Buffer = Buffer.alloc(0);
  let answered = false;
  const helloBytes = 1 + 2 * handshakePacketBytes;

  socket.on('data', (bytes: Buffer) => {
    if (hello.length >= helloBytes) return answerCommands(bytes);
    hello = Buffer.concat([hello, bytes]);
    if (hello[0] !== rtmpVersion) {
      socket.destroy();
      return;
    }
    if (!answered && hello.length > handshakePacketBytes) {
      answered = true;
      const c1 = hello.subarray(1, 1 + handshakePacketBytes);
      socket.write(Buffer.concat([Buffer.from([rtmpVersion]), Buffer.alloc(handshakePacketBytes), c1]));
    }
    if (hello.length > helloBytes) answerCommands(hello.subarray(helloBytes));
  });

  function answerCommands(bytes: Buffer): void {
    const { messages, problem } = chunks.feed(bytes);
    if (problem !== null) {
      socket.destroy();
      return;
    }
    for (const { type, payload } of messages) {
      if (type === messageType.amf0Command && decodeAmf0(payload)?.[0] === 'connect') socket.write(connectAccepted);
    }
  }
}

const connectAccepted = encodeMessage(
  messageType.amf0Command,
  encodeAmf0([
    '_result',
    1,
    new Map<string, AmfValue>([['fmsVer', 'FMS/3,0,1,123']]),
    new Map<string, AmfValue>([
      ['level', 'status'],
      ['code', 'NetConnection.Connect.Success'],
      ['description', 'Connection succeeded.'],
    ]),
  ]),
);

/** The statistics of a WCS with little load. */
const stats = JSON.stringify({
  streams_stats: {
    streams_webrtc_in: '3',
    streams_webrtc_out: '9',
    streams_websocket_out: '1',
    streams_rtmp_in: '2',
    streams_rtmp_out: '4',
    streams_rtmp_client_out: '1',
    streams_rtsp_in: '5',
    streams_rtsp_out: '0',
    streams_rtsp_push_in: '1',
    streams_hls: '2',
  },
  network_stats: { global_bandwidth_in: '21.374', global_bandwidth_out: '63.1' },
});

export function answerStats(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(stats);
}
