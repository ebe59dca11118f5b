import { connect, type LookupFunction } from 'node:net';
import { type CheckContext, Deadline, type Target, type Verdict } from '../../src/plugin.ts';
import { closedEarly, isHangUp, lateVerdict, networkFault, type Progress } from './network-fault.ts';
import { hostPort } from './peer.ts';
import { fail, unknown } from './verdicts.ts';

export type Say = (bytes: Uint8Array | string) => void;

/** One side of a conversation. The first verdict that is returned ends it; none of the methods may wait. */
export interface Talk {
  /** What is waited for at the moment, in the words of a summary: `OPTIONS`. */
  readonly waitingFor: string;
  connected(say: Say): Verdict | null;
  heard(chunk: Buffer, say: Say): Verdict | null;
  /** No more will come, and something did come: what was it? null leaves the wording to the dialog. */
  stopped?(how: Stop): Verdict | null;
}

export type Stop = 'closed' | 'late' | 'too long';

const maxAnswerBytes = 65_536;

/** All sockets read into this one buffer; what a talk gets is a copy. */
const readBuffer = Buffer.allocUnsafe(16_384);

const noLookup: LookupFunction = (host, _options, done) => {
  done(Object.assign(new Error(`expected an IP address, got \`${host}\``), { code: 'ENOTFOUND' }), '');
};

/**
 * One TCP connection from the connect to a verdict. It ends with a reset, so that a check leaves no TIME_WAIT
 * behind, and whatever comes after the first cause is ignored.
 */
export function converse(target: Target, port: number, talk: Talk, context: CheckContext): Promise<Verdict> {
  const { signal, trace } = context;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      if (signal.reason instanceof Deadline) resolve(unknown('deadline passed before the check began'));
      else reject(signal.reason);
      return;
    }

    let settled = false;
    let connected = false;
    let heard = 0;

    const socket = connect({
      host: target.address,
      port,
      noDelay: true,
      autoSelectFamily: false,
      // Otherwise Node answers a FIN with a shutdown, after which the socket cannot be reset.
      allowHalfOpen: true,
      lookup: noLookup,
      onread: { buffer: readBuffer, callback: onBytes },
    });
    socket.on('connect', onConnect);
    socket.on('end', onEnd);
    socket.on('error', onError);
    signal.addEventListener('abort', onAbort);

    function close(): void {
      settled = true;
      signal.removeEventListener('abort', onAbort);
      if (socket.destroyed) return;
      // A reset waits for the connect, so that an unfinished one has to be destroyed.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }

    function settle(verdict: Verdict | null): void {
      if (verdict === null || settled) return;
      close();
      resolve(verdict);
    }

    function attempt(step: () => Verdict | null): void {
      if (settled) return;
      try {
        settle(step());
      } catch (error) {
        close();
        reject(error);
      }
    }

    function progress(): Progress {
      return { peer: hostPort(target.address, port), connected, heard, waitingFor: talk.waitingFor };
    }

    function say(bytes: Uint8Array | string): void {
      trace.sent(bytes);
      socket.write(bytes);
    }

    function onConnect(): void {
      connected = true;
      trace.phase('tcp');
      attempt(() => talk.connected(say));
    }

    function onBytes(size: number, buffer: Uint8Array): boolean {
      if (settled) return false;
      if (heard === 0) trace.phase('first byte');
      heard += size;
      const chunk = Buffer.from(buffer.subarray(0, size));
      trace.received(chunk);
      attempt(() => talk.heard(chunk, say));
      if (!settled && heard >= maxAnswerBytes) attempt(() => stopped('too long') ?? tooLong());
      return true;
    }

    function stopped(how: Stop): Verdict | null {
      return heard === 0 ? null : (talk.stopped?.(how) ?? null);
    }

    function tooLong(): Verdict {
      return fail('answer longer than 64 kB', `${progress().peer}: ${heard} bytes received`);
    }

    function onEnd(): void {
      attempt(() => stopped('closed') ?? closedEarly(progress()));
    }

    function onError(error: Error): void {
      attempt(() => (isHangUp(error) ? stopped('closed') : null) ?? networkFault(error, progress()));
    }

    function onAbort(): void {
      const reason: unknown = signal.reason;
      if (reason instanceof Deadline) {
        attempt(() => stopped('late') ?? lateVerdict(progress(), reason.afterMs));
        return;
      }
      close();
      reject(reason);
    }
  });
}
