/** A process of listeners for the bench: RTSP, RTMP (handshake) or bare TCP on each loopback address it is given. */
import { createServer, type Socket } from 'node:net';

const rtsp = Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n');
const s0s1s2 = Buffer.alloc(3073, 3);

const talks: Readonly<Record<string, (socket: Socket) => void>> = {
  tcp: () => {},
  rtsp: (socket) => void socket.on('data', () => socket.write(rtsp)),
  rtmp: (socket) => void socket.once('data', () => socket.write(s0s1s2)),
};

const [kind = 'tcp', port = '0', ...addresses] = process.argv.slice(2);
const talk = talks[kind] ?? (() => {});
let waiting = addresses.length;
for (const address of addresses) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    talk(socket);
  });
  server.listen(Number(port), address, 1024, () => {
    if (--waiting === 0) process.send?.('ready');
  });
}
process.once('disconnect', () => process.exit(0));
