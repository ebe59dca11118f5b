/** A machine, a package and a time of paper. */
import type { FileSystem } from '../../../monitors/measure/local.ts';
import type { World } from '../../../monitors/measure/via.ts';
import type { Check } from '../../../src/plugin/plugin.ts';
import { timed } from '../context.ts';

export interface PaperWorld extends World {
  readonly files: Map<string, string>;
  readonly disks: Map<string, FileSystem>;
  nowIs(ms: number): void;
  /** The check as at the time of paper. */
  inTime(check: Check): Check;
}

export function paperWorld(parts: Partial<World> = {}): PaperWorld {
  const files = new Map<string, string>();
  const disks = new Map<string, FileSystem>();
  let now = 0;
  const found = <T>(map: ReadonlyMap<string, T>, path: string): T => {
    const value = map.get(path);
    if (value === undefined) throw new Error(`ENOENT ${path}`);
    return value;
  };
  return {
    machine: { readText: async (path) => found(files, path), statfs: async (path) => found(disks, path) },
    loadSnmp: async () => null,
    ...parts,
    files,
    disks,
    nowIs(ms) {
      now = ms;
    },
    inTime: (check) => timed(check, { monoMs: () => now }),
  };
}
