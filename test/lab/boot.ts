import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { sourceFile } from './guest/source-file.ts';
import { prepareLab } from './packages.ts';

export interface LabOptions {
  /** A compiled script that the guest runs with this same node. */
  readonly script: string;
  readonly args?: readonly string[];
  /** The one host folder the guest can write; made if missing. Its path is the same inside. */
  readonly outDir: string;
  readonly timeoutMs: number;
  readonly memoryMb?: number;
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
    const kernel = kernelFor(options.memoryMb ?? MEMORY_MB, path.join(packages, 'usr/bin/linux.uml'), bootDir);
    return await runKernel(options, kernel, script);
  } finally {
    fs.rmSync(bootDir, { recursive: true, force: true });
  }
}

function bootScript(options: LabOptions, packages: string, outDir: string): string {
  const script = path.resolve(options.script);
  const variables = {
    ...options.env,
    NO_COLOR: '1',
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

function runKernel(options: LabOptions, kernel: string, script: string): Promise<LabRun> {
  const bootDir = path.dirname(script);
  const args = [
    ...[`mem=${options.memoryMb ?? MEMORY_MB}M`, 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet'],
    ...[`uml_dir=${bootDir}`, 'umid=lab', 'con=null', 'con0=null,fd:1', 'init=/bin/sh', '--', script],
  ];
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    let readyMs: number | null = null;
    let status: number | null = null;
    const last: string[] = [];

    const child = spawn('taskset', ['-c', String(idlestCpu()), kernel, ...args], {
      detached: true,
      env: { PATH: process.env['PATH'], HOME: bootDir },
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
      reject(new Error(`cannot start ${kernel}: ${error.message}`, { cause: error }));
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

/**
 * The kernel and the processes it traces take turns, never run together: on one processor each system call of the
 * guest costs a third of what it costs when they are woken on different ones.
 */
function idlestCpu(): number {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const allowed = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const idle = (): ReadonlyMap<number, number> => new Map(os.cpus().map(({ times }, cpu) => [cpu, times.idle]));
  const before = idle();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const after = idle();
  const gained = (cpu: number): number => (after.get(cpu) ?? 0) - (before.get(cpu) ?? 0);
  return allowed.reduce((best, cpu) => (gained(cpu) > gained(best) ? cpu : best), allowed[0] ?? 0);
}

/**
 * The guest's memory is an executable file, which the kernel insists on keeping in /dev/shm where that is a tmpfs.
 * Containers often forbid execution there, or have little of it: then a copy of the kernel that does not find
 * the folder takes /tmp.
 */
function kernelFor(memoryMb: number, kernel: string, bootDir: string): string {
  const mounts = fs.readFileSync('/proc/mounts', 'utf8').split('\n');
  const shm = mounts.map((line) => line.split(' ')).findLast((fields) => fields[1] === '/dev/shm');
  if (shm === undefined) return kernel;
  const { bavail, bsize } = fs.statfsSync('/dev/shm');
  const isFit = !shm[3]?.split(',').includes('noexec') && bavail * bsize > memoryMb * 1_048_576;
  if (isFit) return kernel;
  const bytes = fs.readFileSync(kernel);
  for (let at = bytes.indexOf('/dev/shm'); at >= 0; at = bytes.indexOf('/dev/shm', at)) bytes.write('/nowhere', at);
  const copy = path.join(bootDir, 'linux.uml');
  fs.writeFileSync(copy, bytes, { mode: 0o755 });
  return copy;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
