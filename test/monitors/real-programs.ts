/** Programs that nobody here wrote, out of the lab's packages or of this machine. Nothing is fetched for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Program } from '../lab/programs.ts';

export { findProgram, type Program } from '../lab/programs.ts';

/** For the name of a suite that is skipped. */
export function whyNot(program: Program | null): string {
  return program === null ? ' (its package is not there: the lab fetches it)' : '';
}

export interface Running {
  /** What it said, for a test that fails. */
  said(): string;
  stop(): Promise<void>;
}

export function run(
  { file, env }: Program,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Running {
  const child: ChildProcess = spawn(file, args, {
    env: { PATH: process.env['PATH'], ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4000);
    });
  }
  return {
    said: () => `${said}${child.exitCode === null ? '' : `exit status ${child.exitCode}`}`,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** A UDP port of loopback that was free a moment ago. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Asks until the answer is so; after twenty seconds an error that has the last one. */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean, more = () => ''): Promise<T> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (performance.now() > endMs) throw new Error(`not within 20 s; last: ${JSON.stringify(answer)} ${more()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
