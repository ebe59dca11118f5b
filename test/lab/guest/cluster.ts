import * as net from 'node:net';
import * as path from 'node:path';
import type { Forward } from '../../../src/core/table.ts';
import { type Client, startClient } from './client.ts';
import {
  ADDRESS,
  type HostName,
  type Netem,
  netemArgs,
  networkScript,
  type ServerName,
  setUpServer,
  startLinkControl,
  VIP,
} from './network.ts';
import { must, type Outcome, type Program, type ProgramOptions, run, start, until } from './program.ts';
import { type Command, PORTS, prepareService, type ServiceName, writeCpuLoad, writeWcsStat } from './services.ts';
import { type Stream, startStream, startViewer, type Viewer, type ViewerOptions } from './viewer.ts';

export {
  ADDRESS,
  CLIENTS,
  DIRECTOR,
  FAR_CLIENTS,
  FWMARK,
  type HostName,
  MARKED_PORTS,
  type Netem,
  SERVERS,
  type ServerName,
  VIP,
} from './network.ts';
export const SERVICES: readonly ServiceName[] = ['rtmp', 'rtsp', 'wcs', 'cpu'];

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
  /** Direct routing is how it begins: VIP on lo. The others take it from there. */
  setUpServer(server: ServerName, forward: Forward): Promise<void>;
  /** Takes the VIP from the server's lo, or puts it there. */
  vipOnLo(server: ServerName, isThere: boolean): Promise<void>;
  /** A program on the client host that visits the VIP from any of its addresses. */
  client(): Client;
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

export interface ClusterOptions {
  /** false: nothing marks packets; true unless told. */
  readonly isMarked?: boolean;
}

/** Builds the network: one bridge, a namespace per host, LVS/DR by firewall mark. The IPVS table stays empty. */
export async function startCluster({ isMarked = true }: ClusterOptions = {}): Promise<Cluster> {
  await must('sh', ['-e'], networkScript(isMarked));
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
    return { from: ADDRESS.client, address: VIP, port, everyMs: 100, timeoutMs: 1000, ...options, protocol, hold };
  };
  const launch = (options: ViewerOptions, onLine: (line: string) => void): Program => {
    const program = path.join(import.meta.dirname, 'viewer-program.js');
    return startOn('client', process.execPath, [program, JSON.stringify(options)], { onLine });
  };

  let client: Client | null = null;

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
    setUpServer,
    vipOnLo: async (server, isThere) => {
      await must('ip', ['-n', server, 'addr', isThere ? 'replace' : 'del', `${VIP}/32`, 'dev', 'lo']);
    },
    client: () => {
      client ??= startClient((file, args, options) => startOn('client', file, args, options));
      return client;
    },
    ipvsadm: (...args) => run('ipvsadm', args),
    viewer: (options) => startViewer(launch, viewerOptions(options, false)),
    stream: (options) => startStream(launch, viewerOptions(options, true)),
    stop: async () => {
      link.stop();
      for (const program of programs) program.kill('SIGKILL');
      await until('all programs ended', () => programs.size === 0, 5000);
    },
  };
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
