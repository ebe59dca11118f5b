import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Milliseconds of the guest's monotonic clock: the same in every process, so times of clients and scenario compare. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function pauseMs(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}

/** Tries `probe` until it gives something; returns that, or throws an error that names `what`. */
export async function until<T>(
  what: string,
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs: number,
  everyMs = 5,
): Promise<T> {
  const endMs = nowMs() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (nowMs() >= endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pauseMs(everyMs);
  }
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Lines of stdout; without it they go to the console. */
  readonly onLine?: (line: string) => void;
  /** Lines of stderr; without it they go to the console. */
  readonly onErrorLine?: (line: string) => void;
}

/** A running program and all it starts: one process group. */
export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  isRunning(): boolean;
  /** False once every process of the group is gone: a daemon's workers outlive it by some milliseconds. */
  hasProcesses(): boolean;
  /** Signals the whole group; returns the time just before. */
  kill(signal: NodeJS.Signals): number;
}

export function start(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const child = spawn(command, args, {
    detached: true,
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', options.onLine ? 'pipe' : 'inherit', options.onErrorLine ? 'pipe' : 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${command}`);
  child.stdin?.on('error', () => {});
  if (child.stdout && options.onLine) createInterface({ input: child.stdout }).on('line', options.onLine);
  if (child.stderr && options.onErrorLine) createInterface({ input: child.stderr }).on('line', options.onErrorLine);
  let running = true;
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      running = false;
      resolve(code ?? signal ?? 'unknown');
    });
  });
  const kill = (signal: NodeJS.Signals): number => {
    const atMs = nowMs();
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
    return atMs;
  };
  const hasProcesses = (): boolean => {
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  };
  return { pid, child, ended, isRunning: () => running, hasProcesses, kill };
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a short command to its end without blocking the event loop. */
export async function run(command: string, args: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 30_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ status: code ?? 1, stdout, stderr }));
  });
}

/** As `run`, but anything but exit status 0 is an error. */
export async function must(command: string, args: readonly string[], input = ''): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, input);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: status ${status}: ${stderr || stdout}`);
  return stdout;
}
