/** TLS in front of the plain servers of the same host, in one process of Node: nginx's stream module is no package of the set. */
import * as path from 'node:path';
import type { Command } from '../../services.ts';
import { placeCertificate, type Validity } from './certificates.ts';

/** 443, which players use for rtmps, is the web server's. */
export const FRONT_PORTS = { rtsps: 322, rtmps: 1936 } as const;

export interface Front {
  readonly port: number;
  /** On 127.0.0.1. While nobody listens there, a client's connection is reset after the handshake. */
  readonly to: number;
}

const FRONTS: readonly Front[] = [
  { port: FRONT_PORTS.rtsps, to: 554 },
  { port: FRONT_PORTS.rtmps, to: 1935 },
];

/** SIGHUP after `placeCertificate(folder, ...)`: new connections get that one, the others stay. */
export function tlsFronts(folder: string, validity: Validity = 'good', fronts: readonly Front[] = FRONTS): Command {
  const { cert, key } = placeCertificate(folder, validity);
  const program = path.join(import.meta.dirname, 'tls-front-program.js');
  return { file: process.execPath, args: [program, JSON.stringify({ cert, key, fronts })] };
}
