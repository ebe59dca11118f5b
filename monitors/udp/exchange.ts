import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { type CheckContext, Deadline, type Target, type Verdict } from '../../src/plugin/plugin.ts';
import { lateVerdict, networkFault, type Progress } from '../shared/network-fault.ts';
import { hostPort } from '../shared/peer.ts';
import { quote } from '../shared/quote.ts';
import { timer } from '../shared/timer.ts';
import { unknown } from '../shared/verdicts.ts';

export interface Exchange {
  readonly port: number;
  readonly request: Uint8Array;
  /** Judges the first datagram that comes back. */
  readonly judge: (answer: Buffer) => Verdict;
  /** How long to wait for a refusal if silence is good, and the verdict then. */
  readonly quiet: { readonly afterMs: number; readonly verdict: Verdict } | null;
}

/**
 * One datagram and its answer on a connected socket: only there does the kernel report an ICMP "port unreachable"
 * (udp(7)), and it filters foreign datagrams.
 */
export function exchange(target: Target, ask: Exchange, context: CheckContext): Promise<Verdict> {
  const { signal, trace } = context;
  return new Promise((resolve, reject) => {
    const version = isIP(target.address);
    if (signal.aborted && !(signal.reason instanceof Deadline)) return reject(signal.reason);
    if (signal.aborted) return resolve(unknown('deadline passed before the check began'));
    if (version === 0) return resolve(unknown(`expected an IP address, got ${quote(target.address)}`));

    const socket: Socket = createSocket(version === 6 ? 'udp6' : 'udp4');
    let cancelQuiet = (): void => {};
    let settled = false;
    const at: Progress = {
      peer: hostPort(target.address, ask.port),
      connected: true,
      heard: 0,
      waitingFor: 'the datagram',
    };

    function close(): void {
      settled = true;
      cancelQuiet();
      signal.removeEventListener('abort', onAbort);
      socket.close();
    }

    function settle(verdict: Verdict): void {
      if (settled) return;
      close();
      resolve(verdict);
    }

    function onAbort(): void {
      if (settled) return;
      if (signal.reason instanceof Deadline) {
        settle(lateVerdict(at, signal.reason.afterMs));
        return;
      }
      close();
      reject(signal.reason);
    }

    function onError(error: Error): void {
      settle(networkFault(error, at));
    }

    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.on('message', (answer) => {
      if (settled) return;
      trace.phase('first byte');
      trace.received(answer);
      try {
        settle(ask.judge(answer));
      } catch (error) {
        close();
        reject(error);
      }
    });
    // Not as the callback of `connect`, which is also called after a failure.
    socket.once('connect', () => {
      if (settled) return;
      trace.sent(ask.request);
      socket.send(ask.request, (error) => {
        if (error !== null && !settled) onError(error);
      });
      const { quiet } = ask;
      if (quiet !== null) cancelQuiet = timer(quiet.afterMs, () => settle(quiet.verdict));
    });
    socket.connect(ask.port, target.address);
  });
}
