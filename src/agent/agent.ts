/** The agent: reads figures, answers, and sends its last word when it stops. */
import { readFile, statfs } from 'node:fs/promises';
import type { Clock, Log } from '../ports.ts';
import { admission } from './admission.ts';
import { openServer } from './server.ts';
import { listensOn, type Settings } from './settings.ts';
import { type AskDisk, diskSource, hostSource, type ReadText, type Source, statsSource } from './sources.ts';
import { startWatcher, type Watcher } from './watcher.ts';

/** Its access to the machine; replaced in tests. */
export interface Machine {
  readonly readText: ReadText;
  readonly askDisk: AskDisk;
}

export const thisMachine: Machine = {
  readText: (path) => readFile(path, 'utf8'),
  async askDisk(path) {
    const { blocks, bfree, bavail } = await statfs(path);
    return { used: blocks - bfree, free: bavail };
  },
};

export interface Agent {
  readonly port: number;
  readonly address: string | null;
  /** Answers the last word, waits until it was read, and stops. */
  stop(): Promise<void>;
}

export async function startAgent(settings: Settings, machine: Machine, clock: Clock, log: Log): Promise<Agent> {
  const watcher = await watch(settings, machine, clock, log);
  const address = listensOn(settings);
  try {
    const server = await openServer({
      bind: address,
      port: settings.port,
      admits: admission(settings.only_from),
      answer: watcher.answer,
      report: watcher.report,
      clock,
      log,
    });
    return {
      port: server.port,
      address,
      async stop() {
        watcher.close();
        if (settings.last_word !== 'none') await server.sayLast(settings.last_word, settings.linger);
        await server.close();
      },
    };
  } catch (fault) {
    watcher.close();
    throw fault;
  }
}

/** Without a port, to show what would be answered. */
export function watch(settings: Settings, machine: Machine, clock: Clock, log: Log): Promise<Watcher> {
  return startWatcher({
    sources: sourcesFor(settings, machine),
    rules: { limits: settings.limits, holdMs: settings.without_data === 'hold' ? null : settings.hold },
    everyMs: settings.every,
    clock,
    log,
  });
}

function sourcesFor(settings: Settings, machine: Machine): readonly Source[] {
  const { measure, wcs, nginx_rtmp } = settings;
  return [
    hostSource(machine.readText, { measure, interface: settings.interface ?? null }),
    diskSource(machine.askDisk, settings.disk_paths),
    ...(wcs === undefined ? [] : [statsSource('wcs', wcs)]),
    ...(nginx_rtmp === undefined ? [] : [statsSource('nginx_rtmp', nginx_rtmp)]),
  ];
}
