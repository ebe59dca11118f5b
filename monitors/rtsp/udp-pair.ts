import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Two adjacent UDP ports, the even one for RTP and the odd one for RTCP (RFC 3550, section 11). */
export interface UdpPair {
  readonly port: number;
  close(): void;
}

/** The kernel's choice is even half of the time, and its neighbor is nearly always free. */
const attempts = 20;

/** Rejects with the error of the last attempt. `onRtp` gets the sender's address. */
export async function openUdpPair(family: 4 | 6, onRtp: (bytes: Buffer, from: string) => void): Promise<UdpPair> {
  for (let attempt = 1; ; attempt += 1) {
    const first = createSocket(family === 6 ? 'udp6' : 'udp4');
    const second = createSocket(family === 6 ? 'udp6' : 'udp4');
    const close = (): void => {
      first.close();
      second.close();
    };
    try {
      await bind(first, 0);
      const { port } = first.address();
      await bind(second, port % 2 === 0 ? port + 1 : port - 1);
      const [rtp, even] = port % 2 === 0 ? [first, port] : [second, port - 1];
      for (const socket of [first, second]) socket.on('error', () => undefined);
      rtp.on('message', (bytes, from) => onRtp(bytes, from.address));
      return { port: even, close };
    } catch (error) {
      close();
      if (attempt === attempts) throw error;
    }
  }
}

async function bind(socket: Socket, port: number): Promise<void> {
  socket.bind({ port, exclusive: true });
  await once(socket, 'listening');
}
