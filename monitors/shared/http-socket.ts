import { type Socket, connect as tcpConnect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Trace } from '../../src/plugin/plugin.ts';
import { startTls, type Tls } from './tls.ts';

/** A connection for an HTTP client that ends with a reset, whichever side closes it first. */
export interface HttpSocket {
  connected(): boolean;
  /** The TLS handshake is done. */
  secured(): boolean;
  /** Including those of a handshake. */
  bytesRead(): number;
  /** In ms since the epoch; null without TLS. */
  certificateUntilMs(): number | null;
  open(done: (error: Error | null, socket: Socket | null) => void): void;
  reset(): void;
}

export function httpSocket(address: string, port: number, tls: Tls | null, trace: Trace): HttpSocket {
  let connected = false;
  let secured = false;
  let raw: Socket | null = null;
  let secure: TLSSocket | null = null;
  let certificateUntilMs: number | null = null;

  function open(done: (error: Error | null, socket: Socket | null) => void): void {
    let told = false;
    const tell = (error: Error | null, socket: Socket | null): void => {
      if (told) return;
      told = true;
      done(error, socket);
    };
    const opened = tcpConnect({ host: address, port, noDelay: true, autoSelectFamily: false });
    raw = opened;
    // No error of this socket may be unhandled, whatever the client does with its own listeners.
    opened.on('error', (error) => tell(error, null));
    opened.once('close', () => tell(new Error('closed'), null));
    opened.once('connect', () => {
      connected = true;
      trace.phase('tcp');
      if (tls === null) {
        tell(null, opened);
        return;
      }
      const shaking = startTls(opened, tls);
      secure = shaking;
      shaking.on('error', (error) => tell(error, null));
      shaking.once('secureConnect', () => {
        secured = true;
        trace.phase('tls');
        certificateUntilMs = untilMs(shaking);
        tell(null, shaking);
      });
    });
  }

  function reset(): void {
    if (raw !== null && !raw.destroyed) {
      // A reset waits for the connect, and fails after our side was shut down.
      if (raw.connecting || raw.writableEnded) raw.destroy();
      else raw.resetAndDestroy();
    }
    secure?.destroy();
  }

  return {
    connected: () => connected,
    secured: () => secured,
    bytesRead: () => raw?.bytesRead ?? 0,
    certificateUntilMs: () => certificateUntilMs,
    open,
    reset,
  };
}

function untilMs(socket: TLSSocket): number | null {
  const ms = Date.parse(socket.getPeerCertificate().valid_to ?? '');
  return Number.isNaN(ms) ? null : ms;
}
