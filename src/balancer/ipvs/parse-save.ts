/**
 * Parses `ipvsadm -S -n` for persistence in seconds, which `/proc/net/ip_vs` does not show. Together they give the
 * kernel's HZ.
 */
import { serviceKey } from '../../core/table.ts';
import type { ProcService } from './parse-proc.ts';

/** Seconds of each persistent service, under its options: `-f 1 -6`, `-t 10.10.3.30:554`. */
export function parseSavedPersistence(text: string): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^-A (-[tuf]) (\S+)( -6)? .*-p (\d+)/.exec(line);
    if (match === null) continue;
    const [, option, name, family = '', persistence] = match;
    // It prints marks above 2^31 - 1 as negative.
    seconds.set(`${option} ${option === '-f' ? Number(name) >>> 0 : name}${family}`, Number(persistence));
  }
  return seconds;
}

/** null: no persistent service is in both, or they disagree because the table changed in between. */
export function findHz(services: readonly ProcService[], seconds: ReadonlyMap<string, number>): number | null {
  const found = new Set<number>();
  for (const { at, persistenceJiffies } of services) {
    const saved = seconds.get(savedName(at));
    if (saved !== undefined && persistenceJiffies !== null) found.add(persistenceJiffies / saved);
  }
  const [hz] = found;
  return found.size === 1 && hz !== undefined && Number.isInteger(hz) && hz > 0 ? hz : null;
}

function savedName(at: ProcService['at']): string {
  if (at.kind === 'fwmark') return `-f ${at.mark}${at.family === 6 ? ' -6' : ''}`;
  return `${at.kind === 'tcp' ? '-t' : '-u'} ${serviceKey(at).slice(at.kind.length + 1)}`;
}
