/** A plugin runs with the rights of the daemon, so whoever may write to its file gets these rights. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Owned {
  readonly uid: number;
  /** Permission bits, with the sticky bit. */
  readonly mode: number;
}

/** `trusted`: user ids, besides root, that own the configuration or run the daemon. null: there is nothing to warn of. */
export function writersWarning(file: Owned, folder: Owned, trusted: readonly number[]): string | null {
  for (const [what, { uid, mode }] of [['it', file] as const, ['its folder', folder] as const]) {
    const others = (mode & 0o022) !== 0 && !(what === 'its folder' && (mode & 0o1000) !== 0);
    if (others) return `others may write to ${what} (mode ${(mode & 0o777).toString(8)})`;
    if (uid !== 0 && !trusted.includes(uid)) return `user ${uid} owns ${what}`;
  }
  return null;
}

export function warningOf(file: string, configFile: string): string | null {
  try {
    const trusted = [process.getuid?.() ?? 0, statSync(configFile).uid];
    return writersWarning(statSync(file), statSync(dirname(file)), trusted);
  } catch {
    // A file that cannot be read is reported elsewhere.
    return null;
  }
}
