import { existsSync, readFileSync } from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { must, nowMs, type Outcome, type Program, type ProgramOptions, run, start, until } from './program.ts';
import { type Command, PORTS, prepareService, type ServiceName, writeCpuLoad, writeWcsStat } from './services.ts';
import { type Stream, startStream, startViewer, type Viewer, type ViewerOptions } from './viewer.ts';

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
export const DIRECTOR = '10.10.3.10';

export type HostName = keyof typeof ADDRESS;
export type ServerName = 'edge1' | 'edge2' | 'spare';
export const SERVERS: readonly ServerName[] = ['edge1', 'edge2', 'spare'];
export const SERVICES: readonly ServiceName[] = ['rtmp', 'rtsp', 'wcs', 'cpu'];

export interface Netem {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly lossPercent?: number;
}

export interface Cluster {
  /** Starts services on a server and waits until each accepts; those that run already stay. */
  startServer(server: ServerName, services?: readonly ServiceName[]): Promise<void>;
  /** SIGKILL, SIGSTOP, SIGCONT, ... to a service's whole process group; returns the time just before. */
  kill(server: ServerName, service: ServiceName, signal: NodeJS.Signals): number;
  pid(server: ServerName, service: ServiceName): number | null;
  /** Silence from and to the host, as if its cable were pulled; returns the time when the kernel did it. */
  linkDown(host: HostName): Promise<number>;
  linkUp(host: HostName): Promise<number>;
  /** Delay, jitter and loss in each direction of the host's link; null takes them away. */
  netem(host: HostName, how: Netem | null): Promise<void>;
  /** Changes values of the server's WCS stats until the next call. */
  setWcsStat(server: ServerName, changes: Readonly<Record<string, string>>): void;
  setCpuLoad(server: ServerName, load5: number, cpus?: number): void;
  /** Any program, on a host or (null) on the director; stopped with the cluster. */
  start(host: HostName | null, command: string, args: readonly string[], options?: ProgramOptions): Program;
  ipvsadm(...args: readonly string[]): Promise<Outcome>;
  /** A client that visits the VIP every `everyMs`. */
  viewer(options?: Partial<ViewerOptions>): Viewer;
  /** A client that stays on the VIP; over rtsp it plays a stream. */
  stream(options?: Partial<ViewerOptions>): Promise<Stream>;
  /** Kills all that was started here. The network stays: the guest is about to end. */
  stop(): Promise<void>;
}

const FOLDER = '/run/lab';
/** Signals that our services live through. */
const lasting: ReadonlySet<NodeJS.Signals> = new Set(['SIGSTOP', 'SIGCONT', 'SIGHUP']);

/** Builds the network: one bridge, a namespace per host, LVS/DR by firewall mark. The IPVS table stays empty. */
export async function startCluster(): Promise<Cluster> {
  await must('sh', ['-e'], networkScript());
  const link = startLinkControl();
  const programs = new Set<Program>();
  const services = new Map<string, Program>();
  const dying = new Set<Program>();
  const folder = (server: ServerName): string => path.join(FOLDER, server);

  const startOn: Cluster['start'] = (host, command, args, options) => {
    const inside = host === null ? [command, ...args] : ['ip', 'netns', 'exec', host, command, ...args];
    const [file = command, ...rest] = inside;
    const program = start(file, rest, options);
    programs.add(program);
    void program.ended.then(() => programs.delete(program));
    return program;
  };

  const startService = async (server: ServerName, service: ServiceName): Promise<void> => {
    const name = `${server} ${service}`;
    const before = services.get(name);
    if (before && dying.has(before)) await until(`${name} is gone`, () => !before.hasProcesses(), 5000);
    else if (before?.isRunning()) return;
    const { file, args, env }: Command = prepareService(service, folder(server));
    const program = startOn(server, file, args, env ? { env } : {});
    services.set(name, program);
    const accepts = async (): Promise<boolean> => {
      if (!program.isRunning()) throw new Error(`${name} ended at once: ${await program.ended}`);
      return await canConnect(ADDRESS[server], PORTS[service]);
    };
    await until(`${name} accepts`, accepts, 60_000, 20);
  };

  const viewerOptions = (options: Partial<ViewerOptions> | undefined, hold: boolean): ViewerOptions => {
    const protocol = options?.protocol ?? 'rtmp';
    const port = PORTS[protocol === 'rtsp' ? 'rtsp' : 'rtmp'];
    return { address: VIP, port, everyMs: 100, timeoutMs: 1000, ...options, protocol, hold };
  };
  const launch = (options: ViewerOptions, onLine: (line: string) => void): Program => {
    const program = path.join(import.meta.dirname, 'viewer-program.js');
    return startOn('client', process.execPath, [program, JSON.stringify(options)], { onLine });
  };

  return {
    start: startOn,
    startServer: async (server, names = SERVICES) => {
      for (const name of names) await startService(server, name);
    },
    kill: (server, service, signal) => {
      const program = services.get(`${server} ${service}`);
      if (!program) throw new Error(`${service} was never started on ${server}`);
      if (!lasting.has(signal)) dying.add(program);
      return program.kill(signal);
    },
    pid: (server, service) => {
      const program = services.get(`${server} ${service}`);
      return program?.isRunning() ? program.pid : null;
    },
    linkDown: (host) => link.set(host, false),
    linkUp: (host) => link.set(host, true),
    netem: async (host, how) => {
      await must('tc', [...netemArgs(`v-${host}`, how)]);
      await must('tc', ['-n', host, ...netemArgs('eth0', how)]);
    },
    setWcsStat: (server, changes) => writeWcsStat(folder(server), changes),
    setCpuLoad: (server, load5, cpus) => writeCpuLoad(folder(server), load5, cpus),
    ipvsadm: (...args) => run('ipvsadm', args),
    viewer: (options) => startViewer(launch, ADDRESS.client, viewerOptions(options, false)),
    stream: (options) => startStream(launch, ADDRESS.client, viewerOptions(options, true)),
    stop: async () => {
      link.stop();
      for (const program of programs) program.kill('SIGKILL');
      await until('all programs ended', () => programs.size === 0, 5000);
    },
  };
}

function networkScript(): string {
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
      'ip link set eth0 up',
      ...(host === 'gw' ? [] : [`ip route add default via ${ADDRESS.gw}`]),
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
    ...hosts.flat(),
    ...setting('net.ipv4.vs.expire_nodest_conn', 1),
    ...setting('net.ipv4.vs.expire_quiescent_template', 1),
    `iptables-legacy -t mangle -A PREROUTING -d ${VIP}/32 -p tcp -m multiport --dports ${MARKED_PORTS.join(',')} -j MARK --set-mark ${FWMARK}`,
  ].join('\n');
}

function setting(name: string, value: number): string[] {
  return [`echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`];
}

function netemArgs(device: string, how: Netem | null): string[] {
  const at = ['qdisc', 'replace', 'dev', device, 'root'];
  if (how === null) return [...at, 'noqueue'];
  const delay = how.delayMs || how.jitterMs ? ['delay', `${how.delayMs ?? how.jitterMs}ms`] : [];
  const jitter = how.jitterMs ? [`${how.jitterMs}ms`] : [];
  const loss = how.lossPercent ? ['loss', `${how.lossPercent}%`] : [];
  return [...at, 'netem', 'limit', '10000', ...delay, ...jitter, ...loss];
}

/** One `ip -batch` that stays: starting a program takes tens of milliseconds here, which would blur the figures. */
function startLinkControl(): { set(host: HostName, isUp: boolean): Promise<number>; stop(): void } {
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

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1000 });
    const end = (accepts: boolean) => (): void => {
      socket.destroy();
      resolve(accepts);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
