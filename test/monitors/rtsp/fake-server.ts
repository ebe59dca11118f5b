import { createSocket } from 'node:dgram';
import type { Duplex } from 'node:stream';

export interface Request {
  readonly method: string;
  readonly uri: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What is sent for a request, the CSeq filled in; null: nothing. A list is sent as it stands. */
export type Reply = string | null | readonly (string | Buffer)[];

export interface FakeRtsp {
  readonly requests: Request[];
  readonly serve: (socket: Duplex) => void;
}

/** Answers request after request. */
export function fakeRtsp(reply: (request: Request, socket: Duplex) => Reply): FakeRtsp {
  const requests: Request[] = [];
  const serve = (socket: Duplex): void => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const request = readRequest(text.slice(0, end));
        text = text.slice(end + 4);
        requests.push(request);
        const said = reply(request, socket);
        const whole = typeof said === 'string' ? [withCseq(said, request)] : (said ?? []);
        for (const part of whole) socket.write(part);
      }
    });
  };
  return { requests, serve };
}

function readRequest(head: string): Request {
  const [line = '', ...lines] = head.split('\r\n');
  const [method = '', uri = ''] = line.split(' ');
  const headers = lines.map(
    (one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 1).trim()] as const,
  );
  return { method, uri, headers: new Map(headers) };
}

function withCseq(answer: string, { headers }: Request): string {
  return answer.replace('\r\n', `\r\nCSeq: ${headers.get('cseq')}\r\n`);
}

/** One reply after the other, the last one for ever. */
export function answers(...replies: readonly Reply[]): FakeRtsp {
  let count = 0;
  return fakeRtsp(() => {
    const reply = replies[Math.min(count, replies.length - 1)] ?? null;
    count += 1;
    return reply;
  });
}

export const okay = 'RTSP/1.0 200 OK\r\n\r\n';

export function sdp(tracks = 'm=video 0 RTP/AVP 96\r\na=control:stream=0\r\n', more = ''): string {
  const body = `v=0\r\ns=fake\r\n${tracks}`;
  return `RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
}

export function rtp(timestamp: number, payloadType = 96): Buffer {
  const bytes = Buffer.alloc(20);
  bytes[0] = 0x80;
  bytes[1] = payloadType;
  bytes.writeUInt32BE(timestamp >>> 0, 4);
  return bytes;
}

export function frame(channel: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x24, channel, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

export interface Camera {
  readonly describe?: string;
  /** Answer to the first SETUP, unless it is for UDP. */
  readonly declines?: string;
  readonly channel?: number;
  /** Where UDP comes from. */
  readonly from?: string;
  /** More of the answer to SETUP. */
  readonly promises?: string;
  /** The packet of a moment; null: none. */
  readonly packet?: (count: number) => Buffer | null;
  readonly play?: (request: Request) => Reply;
}

/** A server with one stream: a packet every 20 ms from PLAY to TEARDOWN. */
export function camera({
  describe = sdp(),
  declines,
  channel = 0,
  from = '127.0.0.1',
  promises = '',
  packet = (n) => rtp(n * 1800),
  play,
}: Camera = {}): FakeRtsp {
  let clientPort: number | null = null;
  let setups = 0;
  return fakeRtsp((request, socket) => {
    const { method, headers } = request;
    if (method === 'DESCRIBE') return describe;
    if (method === 'SETUP') {
      clientPort = Number(/client_port=(\d+)/.exec(headers.get('transport') ?? '')?.[1] ?? 0) || null;
      setups += 1;
      if (clientPort === null && declines !== undefined && setups === 1) return declines;
      const transport =
        clientPort === null ? `RTP/AVP/TCP;interleaved=${channel}-${channel + 1}` : headers.get('transport');
      return `RTSP/1.0 200 OK\r\nSession: abc;timeout=60\r\nTransport: ${transport}${promises}\r\n\r\n`;
    }
    if (method === 'PLAY') {
      stream(
        socket,
        (bytes) => void socket.write(frame(channel, bytes)),
        packet,
        clientPort === null ? null : { from, to: clientPort },
      );
      return play === undefined ? okay : play(request);
    }
    if (method === 'TEARDOWN') socket.emit('teardown');
    return okay;
  });
}

function stream(
  socket: Duplex,
  overTcp: (bytes: Buffer) => void,
  packet: (count: number) => Buffer | null,
  way: { readonly from: string; readonly to: number } | null,
): void {
  const udp = way === null ? null : createSocket('udp4').bind(0, way.from);
  let count = 0;
  const timer = setInterval(() => {
    const bytes = packet(count);
    count += 1;
    if (bytes === null) return;
    if (udp === null) overTcp(bytes);
    else udp.send(bytes, way?.to ?? 0, '127.0.0.1');
  }, 20);
  const end = (): void => {
    clearInterval(timer);
    socket.off('close', end).off('teardown', end);
    udp?.close();
  };
  socket.on('close', end).on('teardown', end);
}
