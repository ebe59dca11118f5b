import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A listener on loopback that remembers who came and went. */
export interface TestServer {
  readonly port: number;
  /** Connections that were accepted so far. */
  accepted(): number;
  /** Connections that are open on this side. */
  open(): number;
  close(): Promise<void>;
}

export type Behaviour = (socket: Socket) => void;

export async function listen(behave: Behaviour, address = '127.0.0.1'): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    behave(socket);
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port that was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = await listen(() => undefined);
  await server.close();
  return server.port;
}

/** Reads and says nothing. */
export const silent: Behaviour = (socket) => void socket.resume();

/** One byte of the answer now and then, for ever. */
export function drip(answer: Buffer): Behaviour {
  return (socket) => {
    socket.resume();
    let at = 0;
    const timer = setInterval(() => {
      socket.write(answer.subarray(at, at + 1));
      at += 1;
      if (at >= answer.length - 1) clearInterval(timer);
    }, 25);
    socket.once('close', () => clearInterval(timer));
  };
}

/** Sends as fast as the other side takes it, and does not end by itself. */
export function flood(head: string, filler: string): Behaviour {
  return (socket) => {
    const block = Buffer.alloc(65_536, filler);
    const pour = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.resume().on('drain', pour);
    socket.once('data', () => {
      socket.write(head);
      pour();
    });
  };
}

/** Answers the first bytes that come, then closes. */
export function answerAndClose(answer: Buffer | string): Behaviour {
  return (socket) => void socket.once('data', () => socket.end(answer));
}

/** Answers the first bytes that come, and stays. */
export function answer(bytes: Buffer | string): Behaviour {
  return (socket) => void socket.once('data', () => socket.write(bytes));
}

export const closeAtOnce: Behaviour = (socket) => void socket.resume().end();

export const resetAtOnce: Behaviour = (socket) => void socket.resetAndDestroy();

export const resetAfterRequest: Behaviour = (socket) => void socket.once('data', () => socket.resetAndDestroy());

export const garbage = Buffer.from([0x00, 0xff, 0x80, 0x0d, 0x0a, 0x07, 0x1b, 0x5b, 0x41, 0xc3, 0x28, 0x0a]);
