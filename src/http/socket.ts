/** The control socket: who may open it (its group) may give the daemon orders, so its mode is its lock. */
import { chmod, lstat, rename, unlink } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Control } from '../api/control.ts';
import type { Clock, Log } from '../ports.ts';
import { createApp } from './app.ts';

export interface ControlSocketOptions {
  readonly path: string;
  readonly control: Control;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ControlSocket {
  readonly path: string;
  /** Event streams end at once; other requests get a second to finish. */
  close(): Promise<void>;
}

const mode = 0o660;
/** 107 bytes fit in sun_path (unix(7)); `.new` has to fit as well. */
const pathCapBytes = 103;
const answerMs = 2000;
const graceMs = 1000;
/** Silence on a connection; longer than any request takes, and than several beats of the event stream. */
const idleMs = 15 * 60_000;

/** Rejects when a living daemon has the socket, or the path is no place for one. */
export async function openControlSocket({ path, control, clock, log }: ControlSocketOptions): Promise<ControlSocket> {
  const bytes = Buffer.byteLength(path);
  if (bytes > pathCapBytes) throw new Error(`${path}: expected a path of at most ${pathCapBytes} bytes, got ${bytes}`);
  await refuseIfTaken(path);
  const stop = new AbortController();
  const app = createApp({ control, clock, log, stop: stop.signal });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 },
  }) as Server;
  server.timeout = idleMs;
  server.maxConnections = 128;
  // A command asks once: a connection that was kept would only hold up the end.
  server.maxRequestsPerSocket = 1;

  // Bound under another name and moved: nobody can meet a socket with the wrong mode.
  const fresh = `${path}.new`;
  await unlinkIfThere(fresh);
  await listen(server, fresh);
  server.on('error', (fault) => log.error({ fault }, 'control socket failed'));
  const own = await chmod(fresh, mode)
    .then(() => rename(fresh, path))
    .then(() => lstat(path))
    .catch((fault: unknown) => {
      server.close();
      throw fault;
    });

  const close = async (): Promise<void> => {
    stop.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const cancel = clock.after(graceMs, () => server.closeAllConnections());
    await closed;
    cancel();
    // A successor may have put its own socket here.
    const there = await lstat(path).catch(() => null);
    if (there?.ino === own.ino && there.dev === own.dev) await unlinkIfThere(path);
  };
  return { path, close };
}

async function refuseIfTaken(path: string): Promise<void> {
  const there = await lstat(path).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'ENOENT') return null;
    throw fault;
  });
  if (there === null) return;
  if (!there.isSocket()) throw new Error(`${path}: expected a socket or nothing, got another kind of file`);
  const pid = await pidBehind(path);
  if (pid !== null) throw new Error(`another understudy already runs here (pid ${pid})`);
}

/** null: nobody listens, the socket is left over from a daemon that died. */
function pidBehind(path: string): Promise<number | string | null> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/status', signal: AbortSignal.timeout(answerMs) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
        // The pid stands near the start; the rest can be megabytes.
        const pid = /"pid":\s*(\d+)/.exec(text)?.[1];
        if (pid === undefined && text.length < 65_536) return;
        resolve(pid === undefined ? 'unknown' : Number(pid));
        asked.destroy();
      });
      answer.on('end', () => resolve('unknown'));
      answer.on('error', () => resolve('unknown'));
    });
    asked.on('error', (fault: NodeJS.ErrnoException) => {
      if (fault.code === 'ECONNREFUSED' || fault.code === 'ENOENT') resolve(null);
      else if (fault.code === 'EACCES') reject(new Error(`${path}: expected a socket we may open, got EACCES`));
      else resolve('unknown, it does not answer');
    });
    asked.end();
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'ENOENT') throw fault;
  });
}
