/** The stand-in video servers of the demo. Each is a process of its own, which can be killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { standIns } from './servers.ts';

export interface StandIns {
  readonly pids: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export interface StandInsOptions {
  readonly print: (line: string) => void;
  /** The module that a stand-in runs. */
  readonly program?: string;
}

/**
 * Starts all of them, and prints how to kill and how to restart each one; none restarts by itself. If one cannot start,
 * it rejects and leaves none running.
 */
export async function startStandIns({ print, program = programFile() }: StandInsOptions): Promise<StandIns> {
  const children = new Map<string, ChildProcess>();
  let closing = false;

  async function close(): Promise<void> {
    closing = true;
    const alive = [...children.values()].filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(
      alive.map((child) => {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        return gone;
      }),
    );
  }

  for (const [name, address] of standIns) {
    // Each has a process group of its own: Ctrl-C reaches only the demo, which ends its stand-ins.
    const child = fork(program, [name, address], { detached: true, execArgv: [] });
    children.set(name, child);
    child.on('exit', () => {
      if (!closing) print(`${name} has ended; restart it with: ${restart(name)}`);
    });
  }

  try {
    await Promise.all([...children].map(([name, child]) => untilReady(name, child)));
  } catch (error) {
    await close();
    throw error;
  }

  const pids = new Map<string, number>();
  for (const [name, { pid = 0 }] of children) {
    pids.set(name, pid);
    print(`${name.padEnd(5)} at ${standIns.get(name)}   to kill it: kill ${pid}   to restart it: ${restart(name)}`);
  }
  return { pids, close };
}

function restart(name: string): string {
  return `npm run demo:start -- ${name}`;
}

function untilReady(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${name} did not start; is another demo running?`)));
  });
}

/** In the folder of this file, with its suffix: .ts, or .js when compiled. */
function programFile(): string {
  return fileURLToPath(import.meta.url).replace(/stand-ins\.(\w+)$/, 'stand-in.$1');
}
