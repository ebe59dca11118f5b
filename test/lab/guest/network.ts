/** The network of the cluster: one bridge, a namespace per host. */
import { existsSync, readFileSync } from 'node:fs';
import type { Forward } from '../../../src/core/table.ts';
import { must, nowMs, start, until } from './program.ts';
import { PORTS } from './services.ts';

export const VIP = '10.10.3.30';
export const FWMARK = 1;
export const MARKED_PORTS: readonly number[] = [PORTS.rtsp, PORTS.rtmp];

/** Hosts that are namespaces of their own; the director is the root namespace. */
export const ADDRESS = {
  gw: '10.10.3.1',
  edge1: '10.10.3.20',
  edge2: '10.10.3.21',
  spare: '10.10.3.29',
  client: '10.10.3.100',
} as const;
/** More addresses of the client host: each is a client of its own to the director. */
export const CLIENTS: readonly string[] = Array.from({ length: 10 }, (_, i) => `10.10.3.${101 + i}`);
/** Addresses of the client host in networks of their own, as customers have them. */
export const FAR_CLIENTS = {
  listedNetwork: '192.168.7.5',
  listedAlone: '192.168.7.21',
  listedRange: '192.168.7.45',
  otherNetwork: '192.168.8.5',
  stranger: '192.168.9.5',
} as const;
const farNetwork = '192.168.0.0/16';
/** All of the client host's near ones, as one network. */
const clientNetwork = '10.10.3.96/28';
export const DIRECTOR = '10.10.3.10';

export type HostName = keyof typeof ADDRESS;
export type ServerName = 'edge1' | 'edge2' | 'spare';
export const SERVERS: readonly ServerName[] = ['edge1', 'edge2', 'spare'];

export interface Netem {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly lossPercent?: number;
}

/** `isMarked`: a rule gives the ports of the video protocols on the VIP their firewall mark. */
export function networkScript(isMarked: boolean): string {
  const hosts = Object.entries(ADDRESS).map(([host, address]) => {
    const isServer = SERVERS.some((server) => server === host);
    const inside = [
      ...setting('net.ipv6.conf.all.disable_ipv6', 1),
      'ip link set lo up',
      // Real servers own the VIP but never say so on the wire: the director alone answers for it.
      ...(isServer ? setting('net.ipv4.conf.all.arp_ignore', 1) : []),
      ...(isServer ? setting('net.ipv4.conf.all.arp_announce', 2) : []),
      ...(isServer ? [`ip addr add ${VIP}/32 dev lo`] : []),
      `ip addr add ${address}/24 dev eth0`,
      ...(host === 'client' ? CLIENTS.map((one) => `ip addr add ${one}/24 dev eth0`) : []),
      ...(host === 'client' ? Object.values(FAR_CLIENTS).map((one) => `ip addr add ${one}/32 dev eth0`) : []),
      'ip link set eth0 up',
      ...(host === 'gw' ? [] : [`ip route add default via ${ADDRESS.gw}`]),
      ...(isServer ? [`ip route add ${farNetwork} via ${ADDRESS.client}`] : []),
    ];
    return [
      `ip netns add ${host}`,
      `ip link add v-${host} type veth peer name eth0 netns ${host}`,
      `ip link set v-${host} master br0 up`,
      `ip netns exec ${host} sh -e -c '${inside.join('\n')}'`,
    ];
  });
  return [
    ...setting('net.ipv6.conf.all.disable_ipv6', 1),
    'ip link add br0 type bridge forward_delay 0',
    'ip link set br0 up',
    `ip addr add ${DIRECTOR}/24 dev br0`,
    `ip addr add ${VIP}/32 dev br0`,
    `ip route add ${farNetwork} via ${ADDRESS.client}`,
    ...hosts.flat(),
    ...setting('net.ipv4.vs.expire_nodest_conn', 1),
    ...setting('net.ipv4.vs.expire_quiescent_template', 1),
    ...(isMarked ? [markRule] : []),
  ].join('\n');
}

const markRule = [
  `iptables-legacy -t mangle -A PREROUTING -d ${VIP}/32 -p tcp`,
  `-m multiport --dports ${MARKED_PORTS.join(',')} -j MARK --set-mark ${FWMARK}`,
].join(' ');

/** Makes a server, which may be set up in any way, one for this way of forwarding. */
export async function setUpServer(server: ServerName, forward: Forward): Promise<void> {
  const own: Readonly<Record<Forward, readonly string[]>> = {
    dr: [`ip addr add ${VIP}/32 dev lo`],
    tun: [
      'ip link set tunl0 up',
      `ip addr add ${VIP}/32 dev tunl0`,
      ...['all', 'tunl0'].flatMap((name) => setting(`net.ipv4.conf.${name}.rp_filter`, 0)),
    ],
    // What goes to a client has to pass the director, which sits in the same network here.
    nat: [`ip route replace ${clientNetwork} via ${DIRECTOR}`],
  };
  const script = [
    ...['lo', 'tunl0'].map((name) => `ip addr del ${VIP}/32 dev ${name} 2>/dev/null || true`),
    'ip link set tunl0 down',
    `ip route del ${clientNetwork} 2>/dev/null || true`,
    ...own[forward],
  ];
  await must('ip', ['netns', 'exec', server, 'sh', '-e'], script.join('\n'));
  if (forward !== 'nat') return;
  const forwarding = [...setting('net.ipv4.ip_forward', 1), ...setting('net.ipv4.conf.all.send_redirects', 0)];
  await must('sh', ['-e'], [...forwarding, ...setting('net.ipv4.conf.br0.send_redirects', 0)].join('\n'));
}

function setting(name: string, value: number): string[] {
  return [`echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`];
}

export function netemArgs(device: string, how: Netem | null): string[] {
  const at = ['qdisc', 'replace', 'dev', device, 'root'];
  if (how === null) return [...at, 'noqueue'];
  const delay = how.delayMs || how.jitterMs ? ['delay', `${how.delayMs ?? how.jitterMs}ms`] : [];
  const jitter = how.jitterMs ? [`${how.jitterMs}ms`] : [];
  const loss = how.lossPercent ? ['loss', `${how.lossPercent}%`] : [];
  return [...at, 'netem', 'limit', '10000', ...delay, ...jitter, ...loss];
}

/** One `ip -batch` that stays: starting a program takes tens of milliseconds here, which would blur the figures. */
export function startLinkControl(): { set(host: HostName, isUp: boolean): Promise<number>; stop(): void } {
  const program = start('ip', ['-force', '-batch', '-']);
  const set = async (host: HostName, isUp: boolean): Promise<number> => {
    const flags = `/sys/class/net/v-${host}/flags`;
    if (!existsSync(flags)) throw new Error(`no link to ${host}`);
    program.child.stdin?.write(`link set v-${host} ${isUp ? 'up' : 'down'}\n`);
    const isDone = (): boolean => (Number.parseInt(readFileSync(flags, 'utf8'), 16) & 1) === (isUp ? 1 : 0);
    await until(`link of ${host} ${isUp ? 'up' : 'down'}`, isDone, 5000, 1);
    return nowMs();
  };
  return { set, stop: () => void program.kill('SIGKILL') };
}
