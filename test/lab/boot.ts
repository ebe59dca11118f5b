import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { sourceFile } from './guest/source-file.ts';
import { prepareLab } from './packages.ts';
import { qemuLaunch } from './qemu.ts';
import { umlLaunch } from './uml.ts';

/** `uml`: Debian's user-mode kernel, quick, without nftables. `debian`: Debian's own in an emulator, slower, with all. */
export type LabKernel = 'uml' | 'debian';

export interface LabOptions {
  /** Default: `uml`. */
  readonly kernel?: LabKernel;
  /** A compiled script that the guest runs with this same node. */
  readonly script: string;
  readonly args?: readonly string[];
  /** The one host folder the guest can write; made if missing. Its path is the same inside. */
  readonly outDir: string;
  readonly timeoutMs: number;
  readonly memoryMb?: number;
  /** The processor to run on; null: for `uml` the idlest, else any. */
  readonly cpu?: number | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Every line the script and its children print, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface LabRun {
  /** Exit status of the script. */
  readonly status: number;
  /** From starting the kernel to starting the script. */
  readonly bootMs: number;
  readonly tookMs: number;
}

/** What a kind of kernel needs to know to start one. */
export interface LaunchOptions {
  readonly packages: string;
  /** Removed at the end. */
  readonly bootDir: string;
  readonly outDir: string;
  /** What the guest's process 1 reads. */
  readonly script: string;
  readonly memoryMb: number;
  readonly cpu: number | null;
}

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const MEMORY_MB = 1500;
const READY = 'lab: ready';
const DONE = /^lab: exit (\d+)$/;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Rejects if the guest cannot start, does not end in time or is aborted; a failing script is a status. */
export async function bootLab(options: LabOptions): Promise<LabRun> {
  const packages = await prepareLab();
  const outDir = path.resolve(options.outDir);
  fs.mkdirSync(outDir, { recursive: true });
  const bootDir = fs.mkdtempSync(path.join(os.tmpdir(), 'understudy-lab-'));
  try {
    const script = path.join(bootDir, 'boot.sh');
    fs.writeFileSync(script, bootScript(options, packages, outDir));
    const launch = options.kernel === 'debian' ? qemuLaunch : umlLaunch;
    const memoryMb = options.memoryMb ?? MEMORY_MB;
    return await runKernel(
      options,
      launch({ packages, bootDir, outDir, script, memoryMb, cpu: options.cpu ?? null }),
      bootDir,
    );
  } finally {
    fs.rmSync(bootDir, { recursive: true, force: true });
  }
}

function bootScript(options: LabOptions, packages: string, outDir: string): string {
  const script = path.resolve(options.script);
  const variables = {
    ...options.env,
    NO_COLOR: '1',
    LAB_KERNEL: options.kernel ?? 'uml',
    LAB_CACHE: packages,
    LAB_OUT: outDir,
    LAB_NODE: process.execPath,
    LAB_SCRIPT: script,
    LAB_ARGS: (options.args ?? []).map(quoted).join(' '),
    LAB_INIT: sourceFile('init.sh'),
    LAB_CWD: path.dirname(script),
    LAB_LIMIT: String(Math.ceil(options.timeoutMs / 1000)),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [...lines, '. "$LAB_INIT"', ''].join('\n');
}

function runKernel(options: LabOptions, launch: Launch, bootDir: string): Promise<LabRun> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    let readyMs: number | null = null;
    let status: number | null = null;
    const last: string[] = [];

    const child = spawn(launch.file, launch.args, {
      detached: true,
      env: { PATH: process.env['PATH'], HOME: bootDir, ...launch.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = (): void => killGroup(child.pid);
    const leave = (): void => {
      kill();
      fs.rmSync(bootDir, { recursive: true, force: true });
    };
    const stopBySignal = (signal: NodeJS.Signals): void => {
      leave();
      release();
      process.kill(process.pid, signal);
    };
    const release = (): void => {
      clearTimeout(deadline);
      options.signal?.removeEventListener('abort', kill);
      process.removeListener('exit', leave);
      for (const signal of STOP_SIGNALS) process.removeListener(signal, stopBySignal);
    };
    const deadline = setTimeout(kill, options.timeoutMs);
    options.signal?.addEventListener('abort', kill, { once: true });
    process.once('exit', leave);
    for (const signal of STOP_SIGNALS) process.once(signal, stopBySignal);

    const take = (raw: string): void => {
      const line = raw.replaceAll('\r', '');
      last.push(line);
      if (last.length > 40) last.shift();
      const done = DONE.exec(line);
      if (done) status = Number(done[1]);
      else if (line === READY) readyMs = performance.now();
      else if (readyMs !== null && status === null) options.onLine?.(line);
    };
    createInterface({ input: child.stdout }).on('line', take);
    createInterface({ input: child.stderr }).on('line', take);

    child.once('error', (error) => {
      release();
      reject(new Error(`cannot start ${launch.file}: ${error.message}`, { cause: error }));
    });
    child.once('close', () => {
      release();
      kill();
      const endMs = performance.now();
      if (options.signal?.aborted) reject(new Error('the lab was stopped', { cause: options.signal.reason }));
      else if (status !== null) resolve({ status, bootMs: (readyMs ?? endMs) - startMs, tookMs: endMs - startMs });
      else {
        const late = endMs - startMs >= options.timeoutMs;
        const cause = late ? `did not end in ${options.timeoutMs} ms` : 'ended without an exit status';
        reject(new Error(`the lab ${cause}; its last lines:\n${last.join('\n')}`));
      }
    });
    if (options.signal?.aborted) kill();
  });
}

/** The kernel keeps one host process per guest process; the group has them all, nothing else is in it. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
