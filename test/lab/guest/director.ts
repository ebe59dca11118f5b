/** The daemon on the cluster's director: its configuration, its life and what it says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Status } from '../../../src/api/control.ts';
import { openClient } from '../../../src/cli/client.ts';
import type { HistoryRow } from '../../../src/store/store.ts';
import type { Cluster } from './cluster.ts';
import { type Outcome, type Program, run, until } from './program.ts';

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly text: string;
}

export interface StartOptions {
  /** In front of the PATH. */
  readonly folder?: string | null;
  readonly debug?: boolean;
}

export interface Director {
  readonly stateDir: string;
  /** What was said since the start of the guest. */
  readonly log: readonly LogLine[];
  write(configuration: string): void;
  /** Resolves when it answers. */
  start(options?: StartOptions): Promise<void>;
  /** Resolves when it has ended; gives its exit status or the signal. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string>;
  hangUp(): void;
  isRunning(): boolean;
  /** As it was started last. */
  options(): StartOptions;
  status(): Promise<Status>;
  /** Oldest first. */
  history(sinceMs: number): Promise<readonly HistoryRow[]>;
  post(what: string, body: object): Promise<unknown>;
  /** A command of the program, as a person types it. */
  command(...args: readonly string[]): Promise<Outcome>;
}

const main = path.join(import.meta.dirname, '../../../src/main.js');
const startLimitMs = 60_000;
const endLimitMs = 15_000;

export function createDirector(cluster: Cluster, folder: string): Director {
  const stateDir = path.join(folder, 'state');
  const file = path.join(folder, 'understudy.yaml');
  const socket = path.join(stateDir, 'control.sock');
  const client = openClient(socket);
  const log: LogLine[] = [];
  let program: Program | null = null;
  let started: StartOptions = {};
  mkdirSync(folder, { recursive: true });

  const isRunning = (): boolean => program?.isRunning() ?? false;
  const status = (): Promise<Status> => client.get<Status>('/status');
  const take = (text: string): void => {
    log.push({ ...parsed(text), text });
  };

  return {
    stateDir,
    log,
    write: (configuration) => writeFileSync(file, configuration),
    async start(options = {}) {
      if (isRunning()) throw new Error('the director runs already');
      started = options;
      const front = options.folder ? { PATH: `${options.folder}:${process.env['PATH']}` } : {};
      const env = { ...front, UNDERSTUDY_LOG: options.debug === false ? 'info' : 'debug' };
      const starting = cluster.start(null, process.execPath, [main, 'run', '--config', file], {
        env,
        onLine: take,
        onErrorLine: take,
      });
      program = starting;
      const answers = async (): Promise<boolean> => {
        if (!starting.isRunning()) throw new Error(`the director ended at once: ${log.at(-1)?.text}`);
        // The socket of one that was killed is still there.
        return (await status().catch(() => null))?.director.pid === starting.pid;
      };
      await until('the director answers', answers, startLimitMs, 50);
    },
    async end(signal) {
      const ending = program;
      if (ending === null) return 'was never started';
      ending.child.kill(signal);
      await until(`the director ends by ${signal}`, () => !ending.isRunning(), endLimitMs);
      return await ending.ended;
    },
    hangUp: () => void program?.child.kill('SIGHUP'),
    isRunning,
    options: () => started,
    status,
    async history(sinceMs) {
      const rows = await client.get<readonly HistoryRow[]>(`/history?since=${sinceMs}&limit=1000`);
      return rows.toReversed();
    },
    post: (what, body) => client.post(what, body),
    command: (...args) => run(process.execPath, [main, ...args, '--socket', socket]),
  };
}

function parsed(text: string): Omit<LogLine, 'text'> {
  try {
    const { level, time, msg } = JSON.parse(text) as LogLine;
    return { level, time, msg };
  } catch {
    return { level: 'stderr', time: '', msg: text };
  }
}
