/** The stand-in video servers of the demo, each a process of its own that can be killed. */
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
 * Starts all of them and prints how to kill each one and how to bring it back; nothing is started again by itself.
 * Rejects, and leaves none behind, when one cannot start.
 */
export async function startStandIns({ print, program = besideThis() }: StandInsOptions): Promise<StandIns> {
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
    // A group of its own: Ctrl-C in the terminal reaches the demo first, and the demo ends its stand-ins.
    const child = fork(program, [name, address], { detached: true, execArgv: [] });
    children.set(name, child);
    child.on('exit', () => {
      if (!closing) print(`${name} is gone; bring it back with: ${bringBack(name)}`);
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
    print(`${name.padEnd(5)} at ${standIns.get(name)}   kill it: kill ${pid}   bring it back: ${bringBack(name)}`);
  }
  return { pids, close };
}

function bringBack(name: string): string {
  return `npm run demo:start -- ${name}`;
}

function untilReady(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${name} did not start; is another demo running?`)));
  });
}

/** The same folder and the same kind of file, whether compiled or not. */
function besideThis(): string {
  return fileURLToPath(import.meta.url).replace(/stand-ins\.(\w+)$/, 'stand-in.$1');
}
