/** The sources of readings: /proc, the file systems, and the statistics page of the video server. */
import { fetchText } from './fetch-text.ts';
import { type HostRules, type HostTexts, hostFiles, lookAtHost, noHostMemory } from './host.ts';
import { countedNames } from './limits.ts';
import { readNginxRtmp } from './nginx-rtmp.ts';
import { type Reading, withoutFigures } from './reading.ts';
import { readWcs } from './wcs.ts';

export interface Source {
  /** The figures that are missing while it does not answer, with the reason. */
  readonly names: readonly string[];
  readonly lateCause: string;
  /** May reject when the signal aborts; a source that cannot be stopped is not read again before it has ended. */
  read(atMs: number, signal: AbortSignal): Promise<Reading>;
}

export type ReadText = (path: string) => Promise<string>;

export interface Usage {
  readonly used: number;
  /** Free for users other than root. */
  readonly free: number;
}

export type AskDisk = (path: string) => Promise<Usage>;

export function hostSource(readText: ReadText, rules: HostRules): Source {
  let memory = noHostMemory;
  return {
    names: ['cpu', 'busy', 'band_in', 'band_out', 'memory'],
    lateCause: '/proc does not answer',
    async read(atMs) {
      const names = Object.keys(hostFiles) as (keyof typeof hostFiles)[];
      const read = await Promise.all(names.map((name) => readText(hostFiles[name]).catch(() => null)));
      const texts = Object.fromEntries(names.map((name, at) => [name, read[at] ?? null])) as HostTexts;
      const look = lookAtHost(texts, memory, atMs, rules);
      memory = look.memory;
      return look.reading;
    },
  };
}

/** The fullest file system, as in df(1): space reserved for root is not free. */
export function diskSource(askDisk: AskDisk, paths: readonly string[]): Source {
  return {
    names: ['disk'],
    lateCause: 'disk does not answer',
    async read() {
      const shares: number[] = [];
      for (const path of paths) {
        const usage = await askDisk(path).catch(() => null);
        if (usage === null) return withoutFigures(['disk'], `no file system at ${path}`);
        const all = usage.used + usage.free;
        shares.push(all === 0 ? 0 : (100 * usage.used) / all);
      }
      return { figures: { disk: Math.ceil(Math.max(0, ...shares)) }, missing: {} };
    },
  };
}

export type StatsKind = 'wcs' | 'nginx_rtmp';

const pages = {
  wcs: { who: 'wcs', parse: readWcs },
  nginx_rtmp: { who: 'nginx-rtmp', parse: readNginxRtmp },
} as const;

export function statsSource(kind: StatsKind, url: string): Source {
  const { who, parse } = pages[kind];
  return {
    names: countedNames,
    lateCause: `${who} does not answer`,
    async read(_atMs, signal) {
      const fetched = await fetchText(url, who, signal);
      return 'cause' in fetched ? withoutFigures(countedNames, fetched.cause) : parse(fetched.text);
    },
  };
}
