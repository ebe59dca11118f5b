/** Finds out which program configures addresses on this host. */
import { type Host, hasProgram, output } from '../host/host.ts';
import type { Keeper } from './kept-files.ts';

export async function findKeeper(host: Host, device: string): Promise<Keeper> {
  if (await usesNetworkd(host)) return { kind: 'networkd', owner: await networkOwner(host, device) };
  const file = await interfacesFile(host);
  if (file !== null) return { kind: 'ifupdown', file };
  return (await hasProgram(host, 'systemctl')) ? { kind: 'unit' } : { kind: 'none' };
}

async function usesNetworkd(host: Host): Promise<boolean> {
  if (!(await hasProgram(host, 'systemctl'))) return false;
  const enabled = await output(host, 'systemctl', ['is-enabled', 'systemd-networkd.service']);
  if (enabled?.trim() === 'enabled') return true;
  return (await output(host, 'systemctl', ['is-active', 'systemd-networkd.service']))?.trim() === 'active';
}

/** systemd.network(5): all folders' files sorted by name together; the same name in an earlier folder hides a later one. */
const networkFolders = ['/etc/systemd/network', '/run/systemd/network', '/usr/local/lib/systemd/network'];
const vendorFolders = ['/usr/lib/systemd/network', '/lib/systemd/network'];
const ourNetwork = /^60-understudy-vip\.network$/;

async function networkOwner({ files }: Host, device: string): Promise<string | null> {
  const paths = new Map<string, string>();
  for (const folder of [...networkFolders, ...vendorFolders])
    for (const name of await files.list(folder))
      if (name.endsWith('.network') && !ourNetwork.test(name) && !paths.has(name)) paths.set(name, `${folder}/${name}`);
  for (const [name, path] of [...paths].sort(([one], [other]) => (one < other ? -1 : 1)))
    if (matches((await files.read(path)) ?? '', device)) return name;
  return null;
}

/** True if its [Match] matches the device, with shell patterns. `Type=` and MAC addresses never match lo. */
export function matches(text: string, device: string): boolean {
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[(.*)\]\s*$/.exec(line)?.[1] ?? section;
    const names = section === 'Match' ? /^\s*Name\s*=\s*(.*?)\s*$/.exec(line)?.[1] : undefined;
    if (names?.split(/\s+/).some((name) => pattern(name).test(device))) return true;
  }
  return false;
}

function pattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

/** A name in the folder that /etc/network/interfaces takes in, so that a pattern such as `*.cfg` matches it; null: it takes in none. */
async function interfacesFile({ files }: Host): Promise<string | null> {
  const text = await files.read('/etc/network/interfaces');
  const name = 'understudy-vip';
  for (const line of (text ?? '').split('\n')) {
    const match = /^\s*(source|source-directory)\s+(\S+)\s*$/.exec(line);
    if (match === null) continue;
    const path = (match[2] ?? '').replace(/\/$/, '');
    const whole = path.startsWith('/') ? path : `/etc/network/${path}`;
    if (match[1] === 'source-directory') return `${whole}/${name}`;
    const glob = /^(.*)\/\*(\.[A-Za-z0-9_-]+)?$/.exec(whole);
    if (glob !== null && !/[*?[]/.test(glob[1] ?? '')) return `${glob[1]}/${name}${glob[2] ?? ''}`;
  }
  return null;
}
