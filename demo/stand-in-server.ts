import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { answerStats, speakRtmp, speakRtsp } from './protocols.ts';
import type { Ports } from './servers.ts';

export interface StandIn {
  /** The requested ports; for 0, the port that the kernel chose. */
  readonly ports: Ports;
  close(): Promise<void>;
}

/** Starts a small video server: RTSP, RTMP and WCS statistics at one address. Rejects if a port is in use. */
export async function startStandIn(address: string, ports: Ports): Promise<StandIn> {
  const sockets = new Set<Socket>();
  const servers = {
    rtsp: createServer(speakRtsp),
    rtmp: createServer(speakRtmp),
    wcs: createHttpServer(answerStats),
  };
  for (const server of Object.values(servers)) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      // Checks close by a reset, which is an error event here.
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    });
  }

  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    const open = Object.values(servers).filter((server) => server.listening);
    await Promise.all(open.map((server) => once(server.close(), 'close')));
  }

  try {
    await Promise.all([
      listen(servers.rtsp, address, ports.rtsp),
      listen(servers.rtmp, address, ports.rtmp),
      listen(servers.wcs, address, ports.wcs),
    ]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ports: { rtsp: portOf(servers.rtsp), rtmp: portOf(servers.rtmp), wcs: portOf(servers.wcs) },
    close,
  };
}

async function listen(server: Server, address: string, port: number): Promise<void> {
  server.listen(port, address);
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
