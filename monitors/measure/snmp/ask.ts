import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { type CheckContext, Deadline, type Target, type Verdict } from '../../../src/plugin/plugin.ts';
import { networkFault } from '../../shared/network-fault.ts';
import { hostPort } from '../../shared/peer.ts';
import { quote } from '../../shared/quote.ts';
import { unknown } from '../../shared/verdicts.ts';
import type { SnmpAccess } from './access.ts';
import { halfAnswer, noAnswer, SnmpFault, snmpFault } from './fault.ts';
import type { SnmpLibrary, SnmpSession, Varbind } from './library.ts';
import { readValue, type SnmpValues } from './values.ts';

/** The agent to query. Object identifiers are dotted numbers without a leading dot. */
export interface SnmpAgent {
  get(oids: readonly string[]): Promise<SnmpValues>;
  /** A column of a table, by index. */
  column(oid: string): Promise<SnmpValues>;
}

/** A lost datagram is sent again after this time, then after half as much again, until the deadline. */
const firstTryMs = 300;
const backoff = 1.5;
const tries = 20;
/** An answer with this many rows still fits a datagram; larger tables are not needed. */
const rowsAtOnce = 20;
const mostRows = 2048;

/**
 * A conversation with an agent, until the deadline. We supply a connected socket, so that the kernel reports a closed
 * port (udp(7)) and filters foreign datagrams; the library does neither itself.
 */
export async function askSnmp<T>(
  target: Target,
  port: number,
  access: SnmpAccess,
  library: SnmpLibrary,
  context: CheckContext,
  ask: (agent: SnmpAgent) => Promise<T>,
): Promise<{ readonly answer: T } | { readonly verdict: Verdict }> {
  const { signal, trace } = context;
  const family = isIP(target.address);
  if (signal.aborted && !(signal.reason instanceof Deadline)) throw signal.reason;
  if (signal.aborted) return { verdict: unknown('deadline passed before the check began') };
  if (family === 0) return { verdict: unknown(`expected an IP address, got ${quote(target.address)}`) };

  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  let heard = 0;
  let session: SnmpSession | null = null;
  let fault: (error: unknown) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => {
    fault = reject;
  });
  const onAbort = (): void => fault(signal.reason);
  signal.addEventListener('abort', onAbort);
  socket.on('error', (error) => fault(error));

  const talk = async (): Promise<T> => {
    await new Promise<void>((resolve) => socket.connect(port, target.address, resolve));
    const options = {
      port,
      timeout: firstTryMs,
      retries: tries,
      backoff,
      dgramModule: { createSocket: () => asLibraryWants(socket, onMessage, fault) },
    };
    session = open(library, target.address, access, options);
    // The library also reports this for datagrams that it cannot parse.
    session.on('error', (error) => fault(snmpFault(error)));
    return ask(asking(session, library, context));
  };
  const onMessage = (): void => {
    if (heard === 0) trace.phase('first byte');
    heard += 1;
  };

  try {
    return { answer: await Promise.race([talk(), broken]) };
  } catch (error) {
    if (signal.aborted && error === signal.reason && !(error instanceof Deadline)) throw error;
    return { verdict: verdictOn(error, hostPort(target.address, port), heard) };
  } finally {
    signal.removeEventListener('abort', onAbort);
    (session ?? (socket as { close(): void })).close();
  }
}

function verdictOn(error: unknown, peer: string, heard: number): Verdict {
  if (error instanceof Deadline) {
    return verdictOn(heard === 0 ? noAnswer() : halfAnswer(), peer, heard);
  }
  if (error instanceof SnmpFault) return unknown(error.message, `${peer}: ${error.detail}`);
  if (error instanceof Error && 'syscall' in error) {
    return networkFault(error, { peer, connected: true, heard, waitingFor: 'SNMP' });
  }
  throw error;
}

function open(library: SnmpLibrary, address: string, access: SnmpAccess, options: object): SnmpSession {
  if (access.version === 'v2c') {
    return library.createSession(address, access.community, { ...options, version: library.Version2c });
  }
  const { auth, priv } = access;
  const unencrypted = auth === null ? 'noAuthNoPriv' : 'authNoPriv';
  const level = priv === null ? unencrypted : 'authPriv';
  const user = {
    name: access.user,
    level: library.SecurityLevel[level],
    ...(auth !== null && { authProtocol: library.AuthProtocols[auth.protocol], authKey: auth.password }),
    ...(priv !== null && { privProtocol: library.PrivProtocols[priv.protocol], privKey: priv.password }),
  };
  return library.createV3Session(address, user, { ...options, version: library.Version3 });
}

function asking(session: SnmpSession, library: SnmpLibrary, { trace }: CheckContext): SnmpAgent {
  const take = (varbinds: readonly Varbind[], into: Map<string, string | number>, base = ''): void => {
    for (const varbind of varbinds) {
      const value = readValue(varbind, library);
      trace.received(`${varbind.oid} = ${value ?? 'none'}\n`);
      if (value !== null && varbind.oid.startsWith(base)) into.set(varbind.oid.slice(base.length), value);
    }
  };
  // Datagrams contain the community, so the trace has only the questions and the answers.
  return {
    get: (oids) =>
      new Promise((resolve, reject) => {
        trace.sent(`GET ${oids.join(' ')}\n`);
        session.get(oids, (error, varbinds = []) => {
          const values = new Map<string, string | number>();
          take(varbinds, values);
          if (error === null) resolve(values);
          else reject(snmpFault(error));
        });
      }),
    column: (oid) =>
      new Promise((resolve, reject) => {
        trace.sent(`GETBULK ${oid}\n`);
        const values = new Map<string, string | number>();
        const feed = (varbinds: readonly Varbind[]): boolean => {
          take(varbinds, values, `${oid}.`);
          return values.size >= mostRows;
        };
        session.subtree(oid, rowsAtOnce, feed, (error) => {
          if (error === null || error === undefined) resolve(values);
          else reject(snmpFault(error));
        });
      }),
  };
}

/** For a datagram that it cannot parse, the library throws where nothing can catch it. */
function asLibraryWants(socket: Socket, onMessage: () => void, fault: (error: unknown) => void): object {
  let closed = false;
  return {
    on(event: string, listener: (...values: readonly unknown[]) => void): void {
      if (event === 'close') socket.on('close', listener);
      if (event !== 'message') return;
      socket.on('message', (bytes, from) => {
        if (closed) return;
        onMessage();
        try {
          listener(bytes, from);
        } catch (error) {
          fault(error instanceof Error ? snmpFault(error) : error);
        }
      });
    },
    send(
      bytes: Uint8Array,
      offset: number,
      length: number,
      _port: number,
      _to: string,
      done: (error: Error | null) => void,
    ) {
      if (closed) return;
      socket.send(bytes, offset, length, (error) => {
        if (!closed) done(error);
      });
    },
    ref() {},
    unref() {},
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}
