/** Reads the state of a director. Changes nothing and loads no module: programs that would load one run only if IPVS is loaded. */
import { parseProc, toTable } from '../../balancer/ipvs/parse-proc.ts';
import type { Config } from '../../config/config.ts';
import type { Table } from '../../core/table.ts';
import { type Host, hasProgram, output } from '../host/host.ts';
import { type Device, type Route, readDevices, readRoute } from '../host/interfaces.ts';
import { deviceSysctl, keptSysctls, readSysctls } from '../host/sysctl.ts';
import type { Facts, IpvsFacts, ModuleState } from './facts.ts';
import { type Needs, needsOf } from './needs.ts';

const programNames = ['ipvsadm', 'nft', 'iptables', 'iptables-restore', 'ipset', 'ip'] as const;

const fixedSysctls = [
  'net.ipv4.ip_forward',
  'net.ipv6.conf.all.forwarding',
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
  ...[
    'backup_only',
    'conn_reuse_mode',
    'conntrack',
    'expire_nodest_conn',
    'expire_quiescent_template',
    'run_estimation',
    'sloppy_tcp',
    'sync_refresh_period',
  ].map((key) => `net.ipv4.vs.${key}`),
];

export async function gather(host: Host, config: Config | null): Promise<Facts> {
  const kernel = (await host.files.read('/proc/sys/kernel/osrelease'))?.trim() ?? null;
  const ipvs = await readIpvs(host, kernel);
  const needs = needsOf(config, ipvs.table);
  const devices = await readDevices(host);
  const schedulers = new Map<string, ModuleState>();
  const used = new Set([...(ipvs.table?.values() ?? [])].map(({ spec }) => spec.scheduler));
  for (const { scheduler } of needs.services)
    schedulers.set(scheduler, used.has(scheduler) ? 'loaded' : await moduleState(host, `ip_vs_${scheduler}`, kernel));
  const programs = new Set<string>();
  for (const name of programNames) if (await hasProgram(host, name)) programs.add(name);
  return {
    root: host.uid === 0,
    kernel,
    ipvs,
    schedulers,
    programs,
    installer: await findInstaller(host),
    sysctls: await readSysctls(host.files, [...fixedSysctls, ...settingsOf(devices ?? [])]),
    kept: await keptSysctls(host.files),
    devices,
    routes: await readRoutes(host, needs),
    vrrp: await doesVrrp(host),
    rules: await readRules(host, programs),
  };
}

function settingsOf(devices: readonly Device[]): readonly string[] {
  const keys = ['rp_filter', 'send_redirects', 'accept_local'];
  return ['all', ...devices.map(({ name }) => name)].flatMap((name) => keys.map((key) => deviceSysctl(name, key)));
}

async function readIpvs(host: Host, kernel: string | null): Promise<IpvsFacts> {
  const text = await host.files.read('/proc/net/ip_vs');
  const state = await moduleState(host, 'ip_vs', kernel);
  const there = text !== null || (await host.files.exists('/proc/net/ip_vs'));
  if (!there)
    return { module: state === 'loaded' ? 'unknown' : state, table: null, buckets: null, timeouts: null, syncs: false };
  const size = /\(size=(\d+)\)/.exec(text ?? '')?.[1];
  return {
    module: state === 'loaded' ? 'loaded' : 'builtin',
    table: text === null ? null : readTable(text),
    buckets: size === undefined ? null : Number(size),
    timeouts: parseTimeouts((await output(host, 'ipvsadm', ['-L', '--timeout'])) ?? ''),
    syncs: /sync daemon/.test((await output(host, 'ipvsadm', ['-L', '--daemon'])) ?? ''),
  };
}

/** HZ only affects the length of persistence; here it only matters whether there is any. */
const anyHz = 250;

function readTable(text: string): Table | null {
  try {
    return toTable(
      parseProc(text, () => undefined),
      anyHz,
      () => undefined,
    );
  } catch {
    return null;
  }
}

/** `Timeout (tcp tcpfin udp): 900 120 300`. */
export function parseTimeouts(text: string): IpvsFacts['timeouts'] {
  const match = /\(tcp tcpfin udp\):\s*(\d+)\s+(\d+)\s+(\d+)/.exec(text);
  return match === null ? null : { tcp: Number(match[1]), tcpFin: Number(match[2]), udp: Number(match[3]) };
}

async function moduleState(host: Host, module: string, kernel: string | null): Promise<ModuleState> {
  const loaded = (await host.files.read('/proc/modules')) ?? '';
  if (loaded.split('\n').some((line) => line.startsWith(`${module} `))) return 'loaded';
  const folder = `/lib/modules/${kernel}`;
  const builtin = (await host.files.read(`${folder}/modules.builtin`)) ?? '';
  if (new RegExp(`/${module}\\.ko\\b`).test(builtin)) return 'builtin';
  // A container shows no modules, whatever the kernel has.
  if (!(await hasProgram(host, 'modprobe')) || !(await host.files.exists(folder))) return 'unknown';
  return (await output(host, 'modprobe', ['-n', module])) === null ? 'missing' : 'loadable';
}

async function readRoutes(host: Host, { vips, services, paths }: Needs): Promise<ReadonlyMap<string, Route | null>> {
  const routes = new Map<string, Route | null>();
  for (const { address, mark } of vips) {
    const plain = await readRoute(host, address, null);
    const marked = plain?.local || mark === null ? null : await readRoute(host, address, mark);
    routes.set(address, marked?.local ? marked : plain);
  }
  const servers = services.flatMap((service) => service.servers.map(({ address }) => address));
  const asked = new Set([...paths.map(({ address }) => address), ...servers]);
  for (const address of [...asked].slice(0, mostRoutes)) routes.set(address, await readRoute(host, address, null));
  return routes;
}

/** Real servers share a few networks; asking for the route to each of thousands would take minutes. */
const mostRoutes = 100;

async function doesVrrp({ files }: Host): Promise<boolean> {
  for (const path of ['/run/keepalived.pid', '/run/keepalived/keepalived.pid', '/run/vrrpd.pid'])
    if (await files.exists(path)) return true;
  return /^\s*vrrp_instance\b/m.test((await files.read('/etc/keepalived/keepalived.conf')) ?? '');
}

async function findInstaller(host: Host): Promise<string> {
  for (const [program, verb] of [
    ['apt-get', 'install'],
    ['dnf', 'install'],
    ['zypper', 'install'],
    ['apk', 'add'],
    ['pacman', '-S'],
  ] as const)
    if (await hasProgram(host, program)) return `${program} ${verb}`;
  return 'apt-get install';
}

/** Rules of the legacy kernel interface are listed only if there are some: asking would load its modules. */
async function readRules(host: Host, programs: ReadonlySet<string>): Promise<string | null> {
  if (host.uid !== 0) return null;
  const parts: (string | null)[] = [];
  // Terse: without the elements of sets, which may be many.
  if (programs.has('nft')) parts.push(await output(host, 'nft', ['-t', '-n', 'list', 'ruleset']));
  if (programs.has('iptables') && (!parts[0] || parts[0].includes('xt target')))
    for (const program of ['iptables-save', 'ip6tables-save'])
      parts.push(await output(host, program, ['-t', 'mangle']));
  for (const [names, save] of [
    ['/proc/net/ip_tables_names', 'iptables-legacy-save'],
    ['/proc/net/ip6_tables_names', 'ip6tables-legacy-save'],
  ] as const)
    if (/^mangle$/m.test((await host.files.read(names)) ?? '')) parts.push(await output(host, save, ['-t', 'mangle']));
  const seen = parts.filter((part) => part !== null);
  return seen.length === 0 ? null : seen.join('\n');
}
