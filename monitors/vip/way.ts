import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { Deadline } from '../../src/plugin/plugin.ts';
import { errorCode } from '../shared/network-fault.ts';

/** How a connect ended; else the error code of our own problem. */
export type Answer = 'connected' | 'refused' | 'silent' | (string & {});

export interface Way {
  readonly address: string;
  readonly port: number;
  /** Our own address, as the real server would see it. */
  readonly from: string;
  readonly sourcePorts: readonly number[];
}

/** The reason for aborting connections that are not needed any more. */
export const notNeeded = new Error('not needed');

/** The port is bound elsewhere, or the same two ends have a connection already (connect(2)). */
const taken: ReadonlySet<string> = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

/** Rejects only when aborted for a reason other than the deadline or `notNeeded`. */
export async function openWay({ address, port, from, sourcePorts }: Way, signal: AbortSignal): Promise<Answer> {
  for (const localPort of sourcePorts) {
    const answer = await attempt({ host: address, port, localAddress: from, localPort }, signal);
    if (!taken.has(answer)) return answer;
  }
  return 'no free source port';
}

interface Ends {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
}

function attempt(ends: Ends, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = (): void => {
      if (signal.reason instanceof Deadline) resolve('silent');
      else if (signal.reason === notNeeded) resolve('not needed');
      else reject(signal.reason);
    };
    if (signal.aborted) return late();
    const socket = connect({ ...ends, autoSelectFamily: false });
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      socket.on('error', () => {});
      // A reset waits for the connect, so an unfinished connection must be destroyed.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      settle();
    };
    const onAbort = () => end(late);
    signal.addEventListener('abort', onAbort);
    socket.on('connect', () => end(() => resolve('connected')));
    socket.on('error', (error) => end(() => resolve(answerOf(errorCode(error)))));
  });
}

function answerOf(code: string): Answer {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'refused';
  return code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' ? 'silent' : code;
}

/** Or the error code of our own problem. */
export type OwnAddress = { readonly address: string } | { readonly code: string };

/** The source address that the kernel would use towards that server. A virtual address is local, so it would be its own source. */
export function ownAddress(server: string): Promise<OwnAddress> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    const end = (source: OwnAddress): void => {
      socket.close();
      resolve(source);
    };
    socket.once('error', (error) => end({ code: errorCode(error) }));
    socket.once('connect', () => end({ address: socket.address().address }));
    // Connecting a datagram socket sends nothing (connect(2)). The callback is also called after failures.
    socket.connect(9, server);
  });
}
