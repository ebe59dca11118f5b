import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { sample } from './sample.ts';

export type Certificate = 'good' | 'expired' | 'not-yet' | 'self-signed';

/** The authority behind all of them but the self-signed one. All carry the name `video.example`. */
export const authority = sample('tls/authority.pem').toString();

export interface TlsServer {
  readonly port: number;
  /** Names that clients asked for (SNI); an empty text where one asked for none. */
  readonly names: readonly string[];
  /** Connections that are open on this side. */
  open(): number;
  close(): Promise<void>;
}

export async function listenTls(
  behave: (socket: TLSSocket) => void,
  certificate: Certificate = 'good',
  options: TlsOptions = {},
): Promise<TlsServer> {
  const names: string[] = [];
  const open = new Set<unknown>();
  const pair = { key: sample('tls/key.pem'), cert: sample(`tls/${certificate}.pem`) };
  const server = createServer({ ...pair, ...options }, (socket) => {
    names.push(socket.servername || '');
    socket.on('error', () => undefined);
    behave(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    names,
    open: () => open.size,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
