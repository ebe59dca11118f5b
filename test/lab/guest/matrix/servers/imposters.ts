/** Programs on ports where others are expected. */
import * as path from 'node:path';
import type { Command } from '../../services.ts';

/**
 * silent: accepts and says nothing. hangup: accepts and closes. reset: accepts and resets. The others speak a protocol,
 * whatever they hear: http and rtsp answer, rtmp answers with the 3073 bytes of its handshake, ssh greets.
 */
export type TcpMode = 'silent' | 'hangup' | 'reset' | 'http' | 'rtsp' | 'rtmp' | 'ssh';
/** silent: the port is open, and datagrams are swallowed. noise: each is answered by a datagram of nonsense. */
export type UdpMode = 'silent' | 'noise';

export type Imposter =
  | { readonly port: number; readonly over: 'tcp'; readonly mode: TcpMode }
  | { readonly port: number; readonly over: 'udp'; readonly mode: UdpMode };

/** One process for all of them. */
export function imposters(...all: readonly Imposter[]): Command {
  const program = path.join(import.meta.dirname, 'imposter-program.js');
  return { file: process.execPath, args: [program, JSON.stringify(all)] };
}
