/** Real programs for the tests, from the lab's packages or from this host. Nothing is fetched for them here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageSets } from './packages.ts';

export interface Program {
  readonly file: string;
  /** Where its libraries are, if they are not the host's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** `path`: as in a package, such as usr/sbin/snmpd. null: not found. */
export function findProgram(path: string): Program | null {
  for (const root of packageSets()) {
    const file = join(root, path);
    if (existsSync(file)) return { file, env: { LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu') } };
  }
  const own = join('/', path);
  return existsSync(own) ? { file: own, env: {} } : null;
}
