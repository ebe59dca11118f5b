/** The plugins that a configuration names: `plugins: [./my-monitor.mjs]`. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Clock } from '../../ports.ts';
import { oneLine } from '../../text.ts';
import type { Path } from '../problems.ts';
import { showValue } from '../show.ts';
import { readTextFile } from '../text-file.ts';
import type { Plugins } from '../typed.ts';
import { guardAlert, guardMonitor } from './guard.ts';
import { judgeModule } from './judge-module.ts';
import { warningOf } from './who-may-write.ts';

/** Imports the module of a file. Returns its exports. `again`: how often that failed before in this process. */
export type ImportModule = (file: string, again: number) => Promise<unknown>;

export interface OwnPlugins {
  /** The built-in plugins and those of the files. */
  readonly plugins: Plugins;
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
}

interface Remark {
  readonly path: Path;
  readonly message: string;
}

export interface PluginLoader {
  /** `list`: the value of the key `plugins`; relative files start at the folder of the configuration. Never rejects. */
  load(list: unknown, configFile: string, folder: string, builtIn: Plugins): Promise<OwnPlugins>;
}

/** Enough for what a person writes. */
const maxBytes = 4 * 1024 * 1024;
const loadMs = 10_000;

/** One for the whole process: Node never forgets an imported module. */
export function createPluginLoader(importModule: ImportModule, clock: Pick<Clock, 'after'>): PluginLoader {
  /** The SHA-256 of each file when it was imported. */
  const imported = new Map<string, string>();
  const failures = new Map<string, number>();

  async function importOnce(file: string): Promise<unknown> {
    try {
      return await inTime(importModule(file, failures.get(file) ?? 0), clock);
    } catch (error) {
      failures.set(file, (failures.get(file) ?? 0) + 1);
      throw error;
    }
  }

  return {
    async load(list, configFile, folder, builtIn) {
      const problems: Remark[] = [];
      const warnings: Remark[] = [];
      let plugins = builtIn;
      const seen = new Set<string>();
      for (const [at, named] of asList(list, problems).entries()) {
        const path = ['plugins', at];
        const problem = (message: string) => void problems.push({ path, message });
        if (typeof named !== 'string' || named === '') {
          problem(`expected a file such as ./my-monitor.mjs, got ${showValue(named)}`);
          continue;
        }
        // The environment variable is not set, which is reported elsewhere.
        if (named.includes('${')) continue;
        const file = resolve(folder, named);
        if (seen.has(file)) problem(`duplicate plugin ${showValue(named)}, expected each file once`);
        if (seen.has(file)) continue;
        seen.add(file);
        const read = readTextFile(file, maxBytes);
        if ('cause' in read) {
          problem(`plugin ${showValue(named)} cannot be read: ${read.cause}`);
          continue;
        }
        const digest = createHash('sha256').update(read.text).digest('hex');
        try {
          const { monitors, alerts, faults } = judgeModule(await importOnce(file), plugins);
          for (const fault of faults) problem(`plugin ${showValue(named)}: ${fault}`);
          plugins = {
            monitors: new Map([
              ...plugins.monitors,
              ...monitors.map((monitor) => [monitor.type, guardMonitor(monitor)] as const),
            ]),
            alerts: new Map([...plugins.alerts, ...alerts.map((alert) => [alert.type, guardAlert(alert)] as const)]),
          };
        } catch (error) {
          problem(`plugin ${showValue(named)} cannot be loaded: ${importFault(error, file)}`);
          continue;
        }
        const before = imported.get(file) ?? digest;
        imported.set(file, before);
        const warn = (message: string) =>
          void warnings.push({ path, message: `plugin ${showValue(named)}: ${message}` });
        if (before !== digest) warn('changed since it was loaded; the old one runs until a restart');
        const writers = warningOf(file, configFile);
        if (writers !== null) warn(`${writers}, and it runs with the rights of the daemon`);
      }
      const types = (kind: 'monitors' | 'alerts') =>
        new Set([...plugins[kind].keys()].filter((type) => !builtIn[kind].has(type)));
      const own = { monitors: types('monitors'), alerts: types('alerts'), isWhole: problems.length === 0 };
      return { plugins: { ...plugins, own }, problems, warnings };
    },
  };
}

function asList(list: unknown, problems: Remark[]): readonly unknown[] {
  if (list === undefined) return [];
  if (Array.isArray(list)) return list;
  problems.push({
    path: ['plugins'],
    message: `expected a list of files such as [./my-monitor.mjs], got ${showValue(list)}`,
  });
  return [];
}

/** A module may wait at its top level for ever. */
function inTime<T>(loading: Promise<T>, clock: Pick<Clock, 'after'>): Promise<T> {
  return new Promise((done, failed) => {
    const cancel = clock.after(loadMs, () => failed(new Error(`it did not end within ${loadMs / 1000} s`)));
    loading.then(done, failed).finally(cancel);
  });
}

/** Cause first, with the line of the file if the stack names it. */
export function importFault(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `it threw ${showValue(error)}`;
  const { stack, message } = error as { readonly stack?: unknown; readonly message: unknown };
  const escaped = file.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const place = new RegExp(`${escaped}(?:\\?[^:)]*)?:(\\d+)`).exec(typeof stack === 'string' ? stack : '')?.[1];
  // Messages of Node end with paths and URLs of the importers.
  const [cause = ''] = typeof message === 'string' ? message.split('\n') : [];
  const text = oneLine(cause.replace(/ imported from .*$/, '')).slice(0, 300);
  const kind = error.name === 'Error' ? '' : `${error.name}: `;
  return `${kind}${text || 'it failed without a message'}${place === undefined ? '' : ` (line ${place})`}`;
}
