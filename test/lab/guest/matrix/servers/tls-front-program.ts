// tls-front-program.js {"cert":FILE,"key":FILE,"fronts":[{"port":322,"to":554}]}
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Front } from './tls-fronts.ts';

interface Wish {
  readonly cert: string;
  readonly key: string;
  readonly fronts: readonly Front[];
}

const { cert, key, fronts }: Wish = JSON.parse(process.argv[2] ?? '');
const readPair = () => ({ cert: readFileSync(cert), key: readFileSync(key) });

/** A reset here is a reset there, as if nobody stood between. */
function join(one: Socket, other: Socket): void {
  one.on('error', () => other.resetAndDestroy());
  one.once('close', () => other.destroy());
  one.pipe(other);
}

const servers = fronts.map(({ port, to }) => {
  const server = createServer(readPair(), (client) => {
    const behind = connect({ host: '127.0.0.1', port: to, noDelay: true });
    join(client, behind);
    join(behind, client);
  });
  server.on('tlsClientError', (_error, client) => client.destroy());
  return server.listen(port, '0.0.0.0');
});
process.on('SIGHUP', () => {
  for (const server of servers) server.setSecureContext(readPair());
});
