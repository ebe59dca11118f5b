/** Sets the sysctls that are safe to set without asking. */

import { errorText } from '../../text.ts';
import type { Finding, Setting } from '../host/finding.ts';
import type { Host } from '../host/host.ts';
import { readSysctl, writeSysctl } from '../host/sysctl.ts';

export interface Fixed extends Setting {
  readonly before: string | null;
  /** null: it was set. */
  readonly fault: string | null;
}

export function fixable(findings: readonly Finding[]): readonly Setting[] {
  return findings.flatMap(({ state, sysctl }) =>
    sysctl !== null && (state === 'bad' || state === 'warn') ? [sysctl] : [],
  );
}

/** Continues after a value that the kernel refuses; values that are valid already are left alone. */
export async function fix({ files }: Host, settings: readonly Setting[]): Promise<readonly Fixed[]> {
  const fixed: Fixed[] = [];
  for (const { name, value } of settings) {
    const before = await readSysctl(files, name);
    if (before === value) continue;
    let fault: string | null = null;
    try {
      await writeSysctl(files, name, value);
      const after = await readSysctl(files, name);
      if (after !== value) fault = `${name}: expected ${value} after it was set, got ${after ?? 'nothing'}`;
    } catch (cause) {
      fault = errorText(cause);
    }
    fixed.push({ name, value, before, fault });
  }
  return fixed;
}

/** The lines of a file that keeps the current valid values; only the settings that matter here. */
export function keepLines(findings: readonly Finding[]): readonly string[] {
  const settings = findings.flatMap(({ sysctl }) => (sysctl === null ? [] : [sysctl]));
  return [...new Map(settings.map(({ name, value }) => [name, `${name} = ${value}`])).values()].sort();
}
