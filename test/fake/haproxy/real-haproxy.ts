/** A real HAProxy from the lab's packages, with a configuration of its own on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { findProgram, type Program } from '../../lab/programs.ts';

export interface RealHaproxy {
  readonly socket: string;
  ask(commands: string): Promise<string>;
  /** A new worker with the file as it stands. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** null: neither the lab's packages nor this host have it. */
export const findHaproxy = (): Program | null => findProgram('usr/sbin/haproxy');

/** `sections`: what stands behind `global` and `defaults`. */
export async function startHaproxy(program: Program, folder: string, sections: string): Promise<RealHaproxy> {
  const [config, socket] = [join(folder, 'haproxy.cfg'), join(folder, 'admin.sock')];
  const head = [
    'global',
    `  stats socket ${socket} mode 600 level admin`,
    'defaults',
    '  mode tcp',
    '  timeout connect 1s',
    '  timeout client 1m',
    '  timeout server 1m',
  ];
  writeFileSync(config, `${head.join('\n')}\n${sections}`);
  const env = { ...process.env, ...program.env };
  const child = spawn(program.file, ['-W', '-f', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const ask = (commands: string) => askOnce(socket, commands);
  const pidNow = async () => /^Pid: (\d+)$/m.exec(await ask('show info').catch(() => ''))?.[1];
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`);
    return (await pidNow()) !== undefined;
  });
  return {
    socket,
    ask,
    async reload() {
      const before = await pidNow();
      // The worker answers before the master listens to signals, and until then this one ends it.
      await until(
        () => catches(child.pid ?? 0, constants.signals.SIGUSR2),
        () => `a master that reloads; haproxy said: ${said}`,
      );
      child.kill('SIGUSR2');
      await until(
        async () => {
          const now = await pidNow();
          return now !== undefined && now !== before;
        },
        () => `a new worker after ${before}; haproxy said: ${said}`,
      );
    },
    stop: () => ended(child),
  };
}

/** SigCgt of proc(5): a bit for each signal that has a handler. */
function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

function askOnce(socket: string, commands: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    let text = '';
    connection.on('connect', () => connection.write(`${commands}\n`));
    connection.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    connection.on('end', () => resolve(text));
    connection.on('error', reject);
  });
}

/** Ends when `isSo`, or in twenty seconds with an error. */
export async function until(isSo: () => boolean | Promise<boolean>, what = () => 'it'): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`expected ${what()} within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
