import { readFile, statfs } from 'node:fs/promises';
import { type CheckContext, Deadline, type Target } from '../../src/plugin/plugin.ts';
import { unknown } from '../shared/verdicts.ts';
import type { Disk, Facts } from './facts.ts';
import { cpuOf, linksOf, loadsOf, memoryOf } from './proc.ts';
import type { Look, Source, Wish } from './source.ts';

/** The machine that this program runs on. */
export interface Machine {
  readText(path: string): Promise<string>;
  statfs(path: string): Promise<FileSystem>;
}

/** As in statfs(2): `bavail` is free for users other than root. */
export interface FileSystem {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export const thisMachine: Machine = { readText: (path) => readFile(path, 'utf8'), statfs };

export function localSource(wish: Wish, machine: Machine): Source {
  return async (_target: Target, { signal }: CheckContext): Promise<Look> => {
    const facts = await untilAbort(read(wish, machine), signal);
    if (facts === 'late') return { verdict: unknown('this machine does not answer') };
    return facts === null ? { verdict: unknown('expected /proc as in proc(5), got something else') } : { facts };
  };
}

async function read({ what, paths }: Wish, { readText, statfs }: Machine): Promise<Facts | null> {
  switch (what) {
    case 'cpu':
    case 'load': {
      const [loads, cpu] = [loadsOf(await readText('/proc/loadavg')), cpuOf(await readText('/proc/stat'))];
      return loads === null || cpu === null ? null : { loads, ...cpu };
    }
    case 'memory': {
      const memory = memoryOf(await readText('/proc/meminfo'));
      return memory === null ? null : { memory };
    }
    case 'bandwidth': {
      const names = ['/proc/net/dev', '/proc/net/route', '/proc/net/ipv6_route'];
      // A kernel without IPv6 does not have this file.
      const [dev = '', route = '', route6 = ''] = await Promise.all(
        names.map((name) => readText(name).catch(() => '')),
      );
      const links = linksOf(dev, route, route6);
      return links.length === 0 ? null : { links };
    }
    case 'disk':
      return { disks: (await Promise.all(paths.map((path) => diskAt(path, statfs)))).flat() };
    default:
      return what satisfies never;
  }
}

async function diskAt(path: string, ask: Machine['statfs']): Promise<readonly Disk[]> {
  const found = await ask(path).catch(() => null);
  if (found === null) return [];
  const used = found.blocks - found.bfree;
  const all = used + found.bavail;
  const disk = { path, used: all <= 0 ? 0 : (100 * used) / all };
  return [found.files <= 0 ? disk : { ...disk, inodes: (100 * (found.files - found.ffree)) / found.files }];
}

/** A file system may hang forever; the check does not. Rejects with the reason of an abort other than the deadline. */
function untilAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      if (signal.reason instanceof Deadline) resolve('late');
      else reject(signal.reason);
    };
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).then(settled, settled);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
