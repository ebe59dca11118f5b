// imposter-program.js [{"port":554,"over":"tcp","mode":"http"}]
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import type { Imposter, TcpMode, UdpMode } from './imposters.ts';

const page = '<html><head><title>400 Bad Request</title></head></html>\r\n';
/** As nginx answers what it does not understand, and closes. */
const http = `HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`;
/** To clients of HTTP it looks like a success. */
const rtsp = 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n';
/** S0, S1 and S2 of a server that shakes hands with anybody. */
const rtmp = Buffer.concat([Buffer.from([3]), Buffer.alloc(3072, 0x5a)]);
const noise = Buffer.from('\u0001\u0002 understudy imposter \u0003', 'latin1');

const behave: Readonly<Record<TcpMode, (socket: Socket) => void>> = {
  silent: (socket) => void socket.resume(),
  hangup: (socket) => void socket.resume().end(),
  reset: (socket) => void socket.resetAndDestroy(),
  http: (socket) => void socket.once('data', () => socket.resume().end(http)),
  rtsp: (socket) => void socket.once('data', () => socket.resume().write(rtsp)),
  rtmp: (socket) => void socket.once('data', () => socket.resume().write(rtmp)),
  ssh: (socket) => void socket.resume().write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'),
};

function listenTcp(port: number, mode: TcpMode): void {
  createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    behave[mode](socket);
  }).listen(port, '0.0.0.0');
}

/** It hears of ICMP errors only when a datagram of its own met one; that is none of its business. */
function bindUdp(port: number, mode: UdpMode): void {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', (_bytes, from) => {
    if (mode === 'noise') socket.send(noise, from.port, from.address);
  });
  socket.bind(port);
}

const all: readonly Imposter[] = JSON.parse(process.argv[2] ?? '[]');
for (const one of all) {
  if (one.over === 'tcp') listenTcp(one.port, one.mode);
  else bindUdp(one.port, one.mode);
}
