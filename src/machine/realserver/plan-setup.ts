/** What is missing on a video server, as steps in order. */
import { deviceSysctl } from '../host/sysctl.ts';
import { describePlace, effective, type Place, placesOf, type ServerFacts } from './facts.ts';
import { keptFiles, marker, unitFile, unitName } from './kept-files.ts';
import { type Memory, nothingDone } from './memory.ts';
import type { Vip } from './request.ts';
import { arpIgnoreWhy, type Setup, silencesArp, type WantedSysctl, wantedSysctls, withPrefix } from './setup.ts';
import type { Step } from './steps.ts';

export interface SetupPlan {
  readonly steps: readonly Step[];
  /** Why nothing may be changed, one line each. */
  readonly refusals: readonly string[];
  readonly notes: readonly string[];
}

/** The sysctls come before the address: otherwise the server briefly answers ARP for the VIP. */
export function planSetup(setup: Setup, facts: ServerFacts): SetupPlan {
  const device = facts.devices.find(({ name }) => name === setup.device);
  const steps: Step[] = [];
  if (setup.module !== null && device === undefined)
    steps.push({ op: 'load', module: setup.module, device: setup.device });
  steps.push(...sysctlSteps(setup, facts));
  if (setup.module !== null && !device?.up) steps.push({ op: 'up', device: setup.device });
  const refusals: string[] = [];
  for (const vip of setup.vips) {
    const places = placesOf(vip, facts.devices);
    const wrong = places.find(({ inside, single }) => !inside || !single);
    if (wrong !== undefined) refusals.push(refusalOf(vip, wrong));
    else if (places.length === 0) steps.push({ op: 'add', vip, device: setup.device });
  }
  const files = fileSteps(setup, facts);
  const notes: string[] = facts.keeper.kind === 'none' ? [lostAtBoot] : [];
  for (const step of steps)
    if (step.op === 'set' && !wantedSysctls(setup).some(({ name }) => name === step.name))
      notes.push(`${step.name} was ${step.from}: where that is set at boot, it will be again; take it away there`);
  return { steps: [...steps, ...files.steps], refusals: [...refusals, ...files.refusals], notes };
}

const lostAtBoot =
  'the addresses last until the next boot: expected systemd-networkd, ifupdown or systemd to keep them, got none of these';

function refusalOf(vip: Vip, place: Place): string {
  const where = describePlace(vip, place);
  if (place.inside)
    return `${where} makes a whole network this machine's own: expected ${withPrefix(vip)}; take it away with \`ip address del ${vip.address}/${place.prefix} dev ${place.device}\``;
  return `${where}: expected it on lo only, this looks like the director; nothing was changed`;
}

function sysctlSteps(setup: Setup, { sysctls, devices }: ServerFacts): readonly Step[] {
  const wanted = wantedSysctls(setup).filter((one) => !holds(one, sysctls));
  const set = (name: string, to: string, why: string): Step => ({
    op: 'set',
    name,
    from: sysctls.get(name) ?? null,
    to,
    why,
  });
  // A larger value on a single device overrides `all`.
  const loud = devices.filter(({ name }) => {
    const value = Number(sysctls.get(deviceSysctl(name, 'arp_ignore')) ?? 0);
    return setup.arpDevices.length > 0 && !setup.arpDevices.includes(name) && value > 1 && !silencesArp(value);
  });
  return [
    ...wanted.map(({ name, value, why }) => set(name, value, why)),
    ...loud.map(({ name }) => set(deviceSysctl(name, 'arp_ignore'), '1', arpIgnoreWhy)),
  ];
}

/** Other values may be valid too; those are left alone. */
export function holds({ name, value }: WantedSysctl, sysctls: ServerFacts['sysctls']): boolean {
  const now = sysctls.get(name);
  if (now === undefined || now === null) return false;
  if (name.endsWith('.arp_ignore')) return silencesArp(Number(now));
  if (name.endsWith('.rp_filter')) return effective(sysctls, 'tunl0', 'rp_filter') !== 1;
  return now === value;
}

function fileSteps(setup: Setup, facts: ServerFacts): Pick<SetupPlan, 'steps' | 'refusals'> {
  const wanted = keptFiles(setup, facts.keeper);
  const steps: Step[] = [];
  const refusals: string[] = [];
  for (const { path, content } of wanted) {
    const now = facts.files.get(path) ?? null;
    if (now === content) continue;
    if (now !== null && !isOurs(now))
      refusals.push(`${path} is not ours: expected no such file, or our first line in it`);
    else steps.push({ op: 'file', path, from: now, to: content });
  }
  const stale = [...facts.files].filter(([path, text]) => isOurs(text) && !wanted.some((one) => one.path === path));
  if (facts.keeper.kind === 'unit' && !facts.unitEnabled) steps.push({ op: 'enable', unit: unitName });
  if (stale.some(([path]) => path === unitFile) && facts.unitEnabled) steps.push({ op: 'disable', unit: unitName });
  for (const [path, from] of stale) steps.push({ op: 'file', path, from, to: null });
  return { steps, refusals };
}

export function isOurs(text: string): boolean {
  return text.startsWith(`${marker}\n`);
}

/** The record including these steps. The values before our first change are kept. */
export function remember(memory: Memory | null, setup: Setup, steps: readonly Step[]): Memory {
  const old: Omit<Memory, 'forward'> = memory ?? nothingDone;
  const sysctls: Record<string, string> = {};
  for (const step of steps) if (step.op === 'set' && step.from !== null) sysctls[step.name] = step.from;
  const added = steps.flatMap((step) => (step.op === 'add' ? [step] : []));
  const files = steps.flatMap((step) => (step.op === 'file' && step.to !== null ? [step.path] : []));
  return {
    forward: setup.forward,
    vips: [...new Set([...old.vips, ...setup.vips.map(({ address }) => address)])],
    addresses: [
      ...old.addresses.filter(({ address }) => !added.some(({ vip }) => vip.address === address)),
      ...added.map(({ vip, device }) => ({ address: vip.address, device })),
    ],
    sysctls: { ...sysctls, ...old.sysctls },
    files: [...new Set([...old.files, ...files])],
    link: old.link ?? (steps.some(({ op }) => op === 'up') ? setup.device : null),
  };
}
