/** The port for HAProxy: sends its line at once, and the figures to a client that sends `metrics`. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { reportWord } from '../formats/agent-report.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import { type Admits, plainAddress } from './admission.ts';

export interface ServerOptions {
  /** null: all addresses of the machine. */
  readonly bind: string | null;
  readonly port: number;
  readonly admits: Admits;
  /** The current answer; null: nothing is known, and the line is empty. */
  readonly answer: () => string | null;
  readonly report: () => string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AgentServer {
  readonly port: number;
  /**
   * Answers with this line from now on. Resolves when all clients of the last minute have read it, or after `atMostMs`.
   */
  sayLast(line: string, atMostMs: number): Promise<void>;
  close(): Promise<void>;
}

const mostConnections = 256;
const lifeMs = 2000;
/** HAProxy closes as soon as it has its line. Other clients get this long to send a request, then an orderly close. */
const requestMs = 500;
const requestBytes = 1024;
/** A client that has not asked for this long is considered gone. */
const askerMs = 60_000;
const mostAskers = 256;
const mostStrangers = 64;

export async function openServer(options: ServerOptions): Promise<AgentServer> {
  const { bind, port, admits, clock, log } = options;
  const open = new Set<Socket>();
  const strangers = new Set<string>();
  /** When each client was last answered, the latest last. */
  const askers = new Map<string, number>();
  let last: { readonly line: string; readonly waiting: Set<string>; readonly done: () => void } | null = null;

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    // HAProxy ends every connection with a reset, which is an error here and not worth reporting.
    socket.on('error', () => undefined);
    // Reset before it was accepted: the client is gone, and is no stranger.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const address = plainAddress(socket.remoteAddress);
    if (!admits(address)) {
      if (strangers.size < mostStrangers && !strangers.has(address)) log.warn({ address }, 'refused: not in only_from');
      if (strangers.size < mostStrangers) strangers.add(address);
      socket.resetAndDestroy();
      return;
    }
    open.add(socket);
    const said = last;
    serve(socket, said?.line ?? options.answer(), options, () => {
      open.delete(socket);
      askers.delete(address);
      askers.set(address, clock.monoMs());
      if (askers.size > mostAskers) askers.delete(askers.keys().next().value ?? '');
      if (said?.waiting.delete(address) && said.waiting.size === 0) said.done();
    });
  });
  server.maxConnections = mostConnections;
  await listen(server, bind, port);
  server.on('error', (fault) => log.error({ fault }, 'the port has problem'));

  return {
    port: (server.address() as AddressInfo).port,
    sayLast(line, atMostMs) {
      const sinceMs = clock.monoMs() - askerMs;
      const waiting = new Set([...askers].filter(([, atMs]) => atMs >= sinceMs).map(([address]) => address));
      return new Promise((resolve) => {
        const cancel = clock.after(waiting.size === 0 ? 0 : atMostMs, resolve);
        const done = (): void => {
          cancel();
          resolve();
        };
        last = { line, waiting, done };
      });
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) cut(socket);
      await closed;
    },
  };
}

function serve(socket: Socket, line: string | null, { report, clock }: ServerOptions, over: () => void): void {
  let request = '';
  let heard = 0;
  let isAnswered = false;
  const timers: Cancel[] = [clock.after(lifeMs, () => cut(socket)), clock.after(requestMs, () => finish(''))];
  socket.once('close', () => {
    for (const cancel of timers) cancel();
    over();
  });

  function finish(text: string): void {
    if (isAnswered) return;
    isAnswered = true;
    socket.end(text);
  }

  socket.on('data', (chunk: Buffer) => {
    heard += chunk.length;
    if (heard > requestBytes) {
      // Its further data stays in its own queue; a reset would discard our line.
      socket.pause();
      return finish('');
    }
    request += chunk.toString('latin1');
    if (isAnswered || !/[\r\n]/.test(request)) return;
    if (/\S+/.exec(request)?.[0].toLowerCase() === reportWord) finish(`${report()}\n`);
  });
  // A client that sends nothing more only wants the line.
  socket.once('end', () => finish(''));
  // An empty first line changes nothing in HAProxy; figures in the first line would be read as words.
  socket.write(`${line ?? ''}\n`);
}

/** A reset leaves nothing behind, but fails after our side was shut down. */
function cut(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

async function listen(server: Server, bind: string | null, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(bind !== null && { host: bind }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
