/** The files that make a setup persistent, for the program that configures the host's addresses. */
import { addressWords, type Setup, wantedSysctls, withPrefix } from './setup.ts';

/** The program that configures addresses at boot. */
export type Keeper =
  /** `owner`: the name of the device's existing .network file; null: none. */
  | { readonly kind: 'networkd'; readonly owner: string | null }
  | { readonly kind: 'ifupdown'; readonly file: string }
  | { readonly kind: 'unit' }
  | { readonly kind: 'none' };

export interface KeptFile {
  readonly path: string;
  readonly content: string;
}

/** The first line of each of our files. Files without it are never overwritten or removed. */
export const marker = '# Written by `understudy realserver`, which also takes it away again.';

export const unitName = 'understudy-vip.service';
export const unitFile = `/etc/systemd/system/${unitName}`;
export const unitLink = `/etc/systemd/system/multi-user.target.wants/${unitName}`;

const sysctlFile = '/etc/sysctl.d/60-understudy-realserver.conf';
const moduleFile = '/etc/modules-load.d/understudy-realserver.conf';
const networkName = '60-understudy-vip';

/** In the order of writing: at boot, too, sysctls come before addresses. */
export function keptFiles(setup: Setup, keeper: Keeper): readonly KeptFile[] {
  const sysctls = wantedSysctls(setup);
  const files: KeptFile[] = [];
  if (setup.module !== null) files.push(file(moduleFile, [setup.module]));
  if (sysctls.length > 0)
    files.push(
      file(
        sysctlFile,
        sysctls.map(({ name, value }) => `${name} = ${value}`),
      ),
    );
  switch (keeper.kind) {
    case 'networkd':
      return [...files, networkFile(setup, keeper.owner)];
    case 'ifupdown':
      return [...files, file(keeper.file, interfacesLines(setup))];
    case 'unit':
      return [...files, file(unitFile, unitLines(setup))];
    case 'none':
      return files;
    default:
      return keeper satisfies never;
  }
}

/** All paths that our files may have, to find those written for another program. */
export function ourPaths(keeper: Keeper): readonly string[] {
  const own = [moduleFile, sysctlFile, `/etc/systemd/network/${networkName}.network`, unitFile];
  if (keeper.kind === 'ifupdown') return [...own, keeper.file];
  if (keeper.kind === 'networkd' && keeper.owner !== null) return [...own, dropIn(keeper.owner)];
  return own;
}

function file(path: string, lines: readonly string[]): KeptFile {
  return { path, content: [marker, ...lines, ''].join('\n') };
}

/** systemd.network(5): only the first file that matches a device counts, so ours must be part of that one. */
function networkFile({ vips, device }: Setup, owner: string | null): KeptFile {
  const addresses = vips.flatMap((vip) => [
    '',
    '[Address]',
    `Address=${withPrefix(vip)}`,
    vip.family === 4 ? 'Scope=host' : 'DuplicateAddressDetection=none',
  ]);
  if (owner !== null) return file(dropIn(owner), addresses.slice(1));
  return file(`/etc/systemd/network/${networkName}.network`, ['[Match]', `Name=${device}`, ...addresses]);
}

function dropIn(owner: string): string {
  return `/etc/systemd/network/${owner}.d/${networkName}.conf`;
}

/** interfaces(5): a device may have several stanzas; `lo` is brought up by the main file. */
function interfacesLines({ vips, device, module }: Setup): readonly string[] {
  return [
    ...(device === 'lo' ? [] : [`auto ${device}`]),
    `iface ${device} inet manual`,
    ...(module === null ? [] : [`    pre-up modprobe ${module}`, `    up ip link set ${device} up`]),
    ...vips.map((vip) => `    up ip address replace ${addressWords(vip, device).join(' ')}`),
    ...vips.map((vip) => `    down ip address del ${withPrefix(vip)} dev ${device} || true`),
  ];
}

function unitLines({ vips, device, module }: Setup): readonly string[] {
  return [
    '[Unit]',
    'Description=Virtual addresses of a video server behind a load balancer',
    'After=systemd-modules-load.service systemd-sysctl.service',
    'Before=network.target',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    ...(module === null ? [] : [`ExecStart=-/sbin/modprobe ${module}`, `ExecStart=/sbin/ip link set ${device} up`]),
    ...vips.map((vip) => `ExecStart=/sbin/ip address replace ${addressWords(vip, device).join(' ')}`),
    ...vips.map((vip) => `ExecStop=-/sbin/ip address del ${withPrefix(vip)} dev ${device}`),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}
