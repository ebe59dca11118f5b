import { connect, type LookupFunction, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type CheckContext, Deadline, type Target, type Verdict } from '../../src/plugin/plugin.ts';
import { closedEarly, isHangUp, lateVerdict, networkFault, type Progress } from './network-fault.ts';
import { hostPort } from './peer.ts';
import { startTls, type Tls } from './tls.ts';
import { fail, unknown } from './verdicts.ts';

/** `shown` replaces bytes that hold a secret in the trace. */
export type Say = (bytes: Uint8Array | string, shown?: string) => void;

/** For events outside this connection: ends it with a verdict, or with the fault that the function throws. */
export type Settle = (step: (atMs: number) => Verdict | null) => void;

/** Our side of a conversation. The first verdict that is returned ends it; no method may wait. */
export interface Talk {
  /** What we are waiting for, as in a summary: `OPTIONS`. */
  readonly waitingFor: string;
  /** The limit of received bytes; 64 kB if absent. */
  readonly maxBytes?: number;
  /** Connected, including the TLS handshake if there is TLS. */
  connected(say: Say, settle: Settle): Verdict | null;
  /** `atMs`: monotonic time since the conversation began. */
  heard(chunk: Buffer, say: Say, atMs: number): Verdict | null;
  /** The connection ended after some bytes: the verdict on them; null leaves the wording to the dialog. */
  stopped?(how: Stop): Verdict | null;
  /** Called once, at the end of an open connection: what to send before the reset. */
  farewell?(): Farewell | null;
  /** Called once, in any case: the talk closes what it opened besides the connection. */
  closed?(): void;
}

export interface Farewell {
  readonly bytes: Uint8Array | string;
  readonly shown?: string;
  /** Its answer arrived: the reset need not wait any longer. */
  answered(chunk: Buffer): boolean;
}

export type Stop = 'closed' | 'late' | 'too long';

const defaultMaxBytes = 65_536;

/** A reset right after a farewell would overtake it; the verdict does not wait for this. */
const farewellMs = 250;

/** All plain sockets read into this one buffer; what a talk gets is a copy. */
const readBuffer = Buffer.allocUnsafe(16_384);

const noLookup: LookupFunction = (host, _options, done) => {
  done(Object.assign(new Error(`expected an IP address, got \`${host}\``), { code: 'ENOTFOUND' }), '');
};

/**
 * One TCP connection, with or without TLS, from the connect to a verdict. It ends with a reset, so that a check leaves no
 * TIME_WAIT, and everything after the first cause is ignored.
 */
export function converse(
  target: Target,
  port: number,
  talk: Talk,
  context: CheckContext,
  tls: Tls | null = null,
): Promise<Verdict> {
  const { signal, trace, clock } = context;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      if (signal.reason instanceof Deadline) resolve(unknown('deadline passed before the check began'));
      else reject(signal.reason);
      return;
    }

    const startedMs = clock.monoMs();
    const maxBytes = talk.maxBytes ?? defaultMaxBytes;
    let settled = false;
    let connected = false;
    let heard = 0;
    let farewell: Farewell | null = null;

    const plain = { onread: { buffer: readBuffer, callback: onBytes } };
    const socket = connect({
      host: target.address,
      port,
      noDelay: true,
      autoSelectFamily: false,
      // Otherwise Node answers a FIN with a shutdown, after which the socket cannot be reset.
      allowHalfOpen: true,
      lookup: noLookup,
      ...(tls === null ? plain : {}),
    });
    let secure: TLSSocket | null = null;
    let secured = false;
    socket.on('connect', () => {
      connected = true;
      trace.phase('tcp');
      if (tls === null) start();
      else attempt(() => shakeHands(tls));
    });
    socket.on('end', onEnd);
    socket.on('error', onError);
    signal.addEventListener('abort', onAbort);

    function shakeHands(how: Tls): null {
      secure = startTls(socket, how);
      secure.on('secureConnect', () => {
        secured = true;
        trace.phase('tls');
        start();
      });
      secure.on('data', (chunk: Buffer) => void onBytes(chunk.length, chunk));
      secure.on('end', onEnd);
      secure.on('error', onError);
      return null;
    }

    function start(): void {
      attempt(() => talk.connected(say, attempt));
    }

    /** Runs once: nothing is received or judged after it. */
    function close(): void {
      settled = true;
      signal.removeEventListener('abort', onAbort);
      talk.closed?.();
      const open = connected && !socket.destroyed && (tls === null || secured);
      farewell = open ? (talk.farewell?.() ?? null) : null;
      if (farewell === null) {
        hangUp();
        return;
      }
      write(farewell.bytes, farewell.shown);
      const timer = setTimeout(hangUp, farewellMs);
      socket.once('close', () => clearTimeout(timer));
    }

    function hangUp(): void {
      if (!socket.destroyed) resetOrDestroy(socket);
      secure?.destroy();
    }

    function settle(verdict: Verdict | null): void {
      if (verdict === null || settled) return;
      close();
      resolve(verdict);
    }

    function attempt(step: (atMs: number) => Verdict | null): void {
      if (settled) return;
      try {
        settle(step(clock.monoMs() - startedMs));
      } catch (error) {
        close();
        reject(error);
      }
    }

    function progress(): Progress {
      const at = { peer: hostPort(target.address, port), connected, heard, waitingFor: talk.waitingFor };
      if (tls === null || !connected) return at;
      return secured ? { ...at, tls: 'done' } : { ...at, heard: socket.bytesRead, tls: 'handshake' };
    }

    function write(bytes: Uint8Array | string, shown: Uint8Array | string = bytes): void {
      trace.sent(shown);
      (secure ?? socket).write(bytes);
    }

    function say(bytes: Uint8Array | string, shown?: string): void {
      if (!settled) write(bytes, shown);
    }

    function onBytes(size: number, buffer: Uint8Array): boolean {
      const chunk = Buffer.from(buffer.subarray(0, size));
      if (settled) {
        if (farewell?.answered(chunk) !== false) hangUp();
        return true;
      }
      if (heard === 0) trace.phase('first byte');
      heard += size;
      trace.received(chunk);
      attempt((atMs) => talk.heard(chunk, say, atMs));
      if (!settled && heard >= maxBytes) attempt(() => stopped('too long') ?? tooLong());
      return true;
    }

    function stopped(how: Stop): Verdict | null {
      return heard === 0 ? null : (talk.stopped?.(how) ?? null);
    }

    function tooLong(): Verdict {
      return fail(`answer longer than ${maxBytes / 1024} kB`, `${progress().peer}: ${heard} bytes received`);
    }

    function onEnd(): void {
      if (settled) hangUp();
      else attempt(() => stopped('closed') ?? closedEarly(progress()));
    }

    function onError(error: Error): void {
      if (settled) hangUp();
      else attempt(() => (isHangUp(error) ? stopped('closed') : null) ?? networkFault(error, progress()));
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

/** A reset waits for the connect, so an unfinished connection must be destroyed. */
function resetOrDestroy(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
