/** Kernel settings by name. sysctl(8) and sysctl.d(5): a dot inside a device's name is written as a slash. */

import { errorText } from '../../text.ts';
import type { Files } from './host.ts';

export function sysctlPath(name: string): string {
  return `/proc/sys/${swapped(name)}`;
}

/** `rp_filter` of `eth0.100` is `net.ipv4.conf.eth0/100.rp_filter`. */
export function deviceSysctl(device: string, key: string): string {
  return `net.ipv4.conf.${swapped(device)}.${key}`;
}

export async function readSysctl(files: Files, name: string): Promise<string | null> {
  const text = await files.read(sysctlPath(name));
  return text === null ? null : text.trim().replace(/\s+/g, ' ').slice(0, 200);
}

export async function readSysctls(files: Files, names: Iterable<string>): Promise<ReadonlyMap<string, string | null>> {
  const values = new Map<string, string | null>();
  for (const name of names) values.set(name, await readSysctl(files, name));
  return values;
}

export async function writeSysctl(files: Files, name: string, value: string): Promise<void> {
  try {
    await files.write(sysctlPath(name), `${value}\n`);
  } catch (cause) {
    const why = errorText(cause);
    throw new Error(`cannot set ${name} to ${value}: ${why}`, { cause });
  }
}

/** sysctl.d(5): of two files with the same name the first folder's counts, and then they are read in order of their names. */
const keepFolders = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d'];

/** What the next boot will set, and in which file. /etc/sysctl.conf comes last, as in procps. */
export async function keptSysctls(
  files: Files,
): Promise<ReadonlyMap<string, { readonly value: string; readonly file: string }>> {
  const paths = new Map<string, string>();
  for (const folder of keepFolders)
    for (const name of await files.list(folder))
      if (name.endsWith('.conf') && !paths.has(name)) paths.set(name, `${folder}/${name}`);
  const ordered = [...paths].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, path]) => path);
  const kept = new Map<string, { readonly value: string; readonly file: string }>();
  for (const file of [...ordered, '/etc/sysctl.conf'])
    for (const [name, value] of parseSettings((await files.read(file)) ?? '')) kept.set(name, { value, file });
  return kept;
}

/** `name = value` lines, a leading `-` aside; patterns are left out. */
export function parseSettings(text: string): readonly (readonly [string, string])[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*-?([^#;=\s]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null || /[*?[]/.test(match[1] ?? '')) return [];
    const [, name = '', value = ''] = match;
    // sysctl(8): when the first separator is a slash, slashes separate and dots are dots.
    const first = /[./]/.exec(name)?.[0];
    return [[first === '/' ? swapped(name) : name, value] as const];
  });
}

function swapped(name: string): string {
  return name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
}
