/** Plans the removal of what `apply` added, and lists what stays. */
import { placesOf, type ServerFacts } from './facts.ts';
import { keptFiles, unitFile, unitName } from './kept-files.ts';
import type { Memory } from './memory.ts';
import { holds, isOurs } from './plan-setup.ts';
import { readVip, type Vip } from './request.ts';
import { type Setup, setupOf, wantedSysctls, withPrefix } from './setup.ts';
import type { Step } from './steps.ts';

export interface Removal {
  readonly steps: readonly Step[];
  /** What stays, and why, one line each. */
  readonly leaves: readonly string[];
  /** The record to keep afterwards; null: none. */
  readonly memory: Memory | null;
}

/** Addresses go first: while one is present, the sysctls keep the server from answering ARP for it. */
export function planRemoval(vips: readonly Vip[], setup: Setup, facts: ServerFacts, memory: Memory | null): Removal {
  const leaves: string[] = [];
  const gone: Step[] = [];
  for (const vip of vips) {
    for (const { device, inside, single } of placesOf(vip, facts.devices)) {
      if (inside && single && isOurAddress(vip, device, facts, memory)) gone.push({ op: 'del', vip, device });
      else leaves.push(`${vip.address} on ${device}: not put there by \`apply\``);
    }
  }
  const rest = (memory?.vips ?? keptAddresses(facts))
    .filter((address) => !vips.some((vip) => vip.address === address))
    .map(readVip)
    .filter((vip): vip is Vip => typeof vip !== 'string');
  if (rest.length > 0) {
    const places = rest.flatMap((vip) => placesOf(vip, facts.devices));
    const found = places.some(({ device }) => device === 'tunl0' || device === 'ip6tnl0') ? 'tun' : 'dr';
    return partly(gone, leaves, setupOf(rest, memory?.forward ?? found), facts, memory);
  }

  const others = strangers(gone, facts);
  const steps: Step[] = [...gone];
  if (others.length > 0) {
    leaves.push(`the sysctls: ${others.join(', ')} stays and needs them`);
  } else {
    const link = facts.devices.find(({ name }) => name === memory?.link);
    if (link?.up) steps.push({ op: 'down', device: link.name });
    steps.push(...resets(setup, facts, memory, leaves));
  }
  if (facts.unitEnabled && isOurs(facts.files.get(unitFile) ?? '')) steps.push({ op: 'disable', unit: unitName });
  for (const [path, from] of facts.files) if (isOurs(from)) steps.push({ op: 'file', path, from, to: null });
  return { steps, leaves, memory: null };
}

/** Other addresses of ours stay, so the sysctls do, and the files are written for those. */
function partly(
  gone: readonly Step[],
  leaves: readonly string[],
  rest: Setup,
  facts: ServerFacts,
  memory: Memory | null,
): Removal {
  const files = keptFiles(rest, facts.keeper).flatMap(({ path, content }): Step[] => {
    const from = facts.files.get(path) ?? null;
    return from === null || from === content || !isOurs(from) ? [] : [{ op: 'file', path, from, to: content }];
  });
  const vips = rest.vips.map(({ address }) => address);
  const addresses = memory?.addresses.filter(({ address }) => vips.includes(address)) ?? [];
  return { steps: [...gone, ...files], leaves, memory: memory && { ...memory, vips, addresses } };
}

/** From our record, or from our files if the record is lost. */
function isOurAddress(vip: Vip, device: string, { files }: ServerFacts, memory: Memory | null): boolean {
  if (memory !== null) return memory.addresses.some((one) => one.address === vip.address && one.device === device);
  return ourWords(files).has(withPrefix(vip));
}

/** Present addresses that our files configure, for when there is no record. */
function keptAddresses({ devices, files }: ServerFacts): readonly string[] {
  const words = ourWords(files);
  const addresses = devices.flatMap((device) => device.addresses);
  return addresses.flatMap(({ address, prefix }) => (words.has(`${address}/${prefix}`) ? [address] : []));
}

function ourWords(files: ServerFacts['files']): ReadonlySet<string> {
  return new Set([...files.values()].filter(isOurs).flatMap((text) => text.split(/[\s=]+/)));
}

/** Addresses on lo, or the tunnel's device, that look like VIPs and stay. */
function strangers(gone: readonly Step[], { devices }: ServerFacts): readonly string[] {
  return devices
    .filter(({ name }) => ['lo', 'tunl0', 'ip6tnl0'].includes(name))
    .flatMap(({ addresses }) => addresses)
    .filter(({ address, prefix }) => prefix === 32 && typeof readVip(address) !== 'string')
    .filter(({ address }) => !gone.some((step) => step.op === 'del' && step.vip.address === address))
    .map(({ address }) => address);
}

function resets(setup: Setup, { sysctls }: ServerFacts, memory: Memory | null, leaves: string[]): readonly Step[] {
  if (memory === null) {
    const set = wantedSysctls(setup).filter((one) => holds(one, sysctls));
    if (set.length > 0) leaves.push(`${set.map(({ name }) => name).join(', ')}: not known how they were before`);
    return [];
  }
  return Object.entries(memory.sysctls).flatMap(([name, before]): Step[] => {
    const now = sysctls.get(name) ?? null;
    if (now === null || now === before) return [];
    if (now !== ourValue(name)) {
      leaves.push(`${name}: set to ${now} by someone else since`);
      return [];
    }
    return [{ op: 'set', name, from: now, to: before, why: 'as it was before' }];
  });
}

function ourValue(name: string): string {
  return name.endsWith('.arp_ignore') ? '1' : '2';
}
