/** All that runs on edge1: its services, which faults hit, and others that are put in their place by a redirect. */
import { cpSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import * as path from 'node:path';
import { ADDRESS, type Cluster } from '../cluster.ts';
import { must, type Program, until } from '../program.ts';
import { type Command, prepareService, writeWcsStat } from '../services.ts';
import { otherCommands, otherPorts } from './others.ts';
import { agent } from './servers/agent.ts';
import { placeCertificate, type Validity } from './servers/certificates.ts';
import { encoder, rtspEncoder } from './servers/encoder.ts';
import { nodeExporter } from './servers/exporter.ts';
import { mediaServer, webServer } from './servers/nginx-media.ts';
import { RELAY_PORTS, rtspRelay } from './servers/rtsp-perl.ts';
import { snmpd } from './servers/snmp.ts';
import { tlsFronts } from './servers/tls-fronts.ts';
import { windowsMedia } from './servers/windows-media.ts';

const folder = '/run/lab/edge1';
const startLimitMs = 120_000;
const at = (name: string): string => path.join(folder, name);

/** What viewers and monitors ask. */
const services: Readonly<Record<string, () => Command>> = {
  media: () => mediaServer(at('media')),
  web: () => webServer(at('web')),
  rtsp: () => prepareService('rtsp', folder),
  wcs: () => prepareService('wcs', folder),
  fronts: () => tlsFronts(at('fronts')),
  relay: () => rtspRelay(),
  windows: () => windowsMedia(),
  exporter: () => nodeExporter(),
  agent: () => agent(),
  snmp: () => snmpd(at('snmp')),
};
const encoders: Readonly<Record<string, () => Command>> = {
  encoder: () => encoder(),
  rtspEncoder: () => rtspEncoder(RELAY_PORTS.announce),
};

export const servicePorts = {
  tcp: [80, 322, 443, 554, 1755, 1935, 1936, 8000, 8080, 8081, 8088, 8554, 9100, 9707],
  udp: [161],
} as const;

export interface Edge {
  /** The last lines of its programs, for a person who reads of a failure. */
  readonly said: readonly string[];
  /** Resolves when all ports accept: while fifteen programs start, nothing else has a chance here. */
  start(): Promise<void>;
  services(signal: NodeJS.Signals): void;
  encoders(signal: NodeJS.Signals): void;
  /** One more encoder. */
  publish(stream: string): void;
  /** New connections to the first port of a pair end at the second, of TCP. */
  redirect(pairs: readonly (readonly [from: number, to: number])[]): Promise<void>;
  /** `ports` null: all that services have. */
  firewall(how: 'DROP' | 'REJECT', ports?: readonly number[] | null): Promise<void>;
  /** As it is now, for a server that goes on giving it. */
  copyLists(): void;
  certificate(validity: Validity): void;
  wcs(changes: Readonly<Record<string, string>>): void;
  /** Takes back all of the above, and starts what does not run. */
  mend(): Promise<void>;
}

/** The same edge, whose faults of single ports hit these only; null: all. */
export function hittingOnly(edge: Edge, ports: readonly number[] | null): Edge {
  if (ports === null) return edge;
  return {
    ...edge,
    redirect: (pairs) => edge.redirect(pairs.filter(([from]) => ports.includes(from))),
    firewall: (how) => edge.firewall(how, ports),
  };
}

export function createEdge(cluster: Cluster): Edge {
  const running = new Map<string, Program>();
  let guests: Program[] = [];
  const said: string[] = [];
  const launch = ({ file, args, env }: Command): Program => {
    const onLine = (line: string): void => {
      // node_exporter has a line for every metric that an interrupted answer lacks.
      if (line.includes('level=error')) return;
      said.push(`${path.basename(file)}: ${line}`);
      if (said.length > 200) said.shift();
    };
    return cluster.start('edge1', file, args, { ...(env ? { env } : {}), onLine, onErrorLine: onLine });
  };

  const signalAll = (names: readonly string[], signal: NodeJS.Signals): void => {
    for (const name of names) running.get(name)?.kill(signal);
  };
  const iptables = async (...rules: readonly string[]): Promise<void> => {
    await must('ip', ['netns', 'exec', 'edge1', 'sh', '-e'], rules.map((rule) => `iptables-legacy ${rule}`).join('\n'));
  };
  const all = { ...services, ...encoders, ...otherCommands(folder) };
  const start = async (): Promise<void> => {
    for (const [name, command] of Object.entries(all)) {
      const before = running.get(name);
      if (before?.isRunning()) continue;
      if (before !== undefined) await until(`${name} is gone`, () => !before.hasProcesses(), 5000);
      running.set(name, launch(command()));
    }
  };
  const certificate = (validity: Validity): void => {
    for (const name of ['web', 'fronts']) {
      placeCertificate(at(name), validity);
      running.get(name)?.kill('SIGHUP');
    }
  };

  const accepts = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: ADDRESS.edge1, port, timeout: 2000 });
      const end = (isOpen: boolean) => (): void => {
        socket.destroy();
        resolve(isOpen);
      };
      socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
    });

  return {
    said,
    async start() {
      await start();
      const ports = [...servicePorts.tcp, ...Object.values(otherPorts)];
      for (const port of ports) await until(`${port} accepts`, () => accepts(port), startLimitMs, 100);
    },
    services: (signal) => signalAll(Object.keys(services), signal),
    encoders: (signal) => signalAll(Object.keys(encoders), signal),
    publish: (stream) => void guests.push(launch(encoder({ stream }))),
    redirect: (pairs) =>
      iptables(
        ...pairs.map(
          ([from, to]) => `-t nat -A PREROUTING -i eth0 -p tcp --dport ${from} -j REDIRECT --to-ports ${to}`,
        ),
      ),
    firewall(how, ports = null) {
      const rules = (['tcp', 'udp'] as const).flatMap((protocol) => {
        const hit = servicePorts[protocol].filter((port) => ports === null || ports.includes(port));
        const reset = how === 'REJECT' && protocol === 'tcp' ? '--reject-with tcp-reset' : '';
        const match = `-p ${protocol} -m multiport --dports ${hit.join(',')}`;
        return hit.length === 0 ? [] : [`-I INPUT -i eth0 ${match} -j ${how} ${reset}`];
      });
      return iptables(...rules);
    },
    copyLists() {
      rmSync(at('stale'), { recursive: true, force: true });
      cpSync(at('media/hls'), at('stale'), { recursive: true });
    },
    certificate,
    wcs: (changes) => writeWcsStat(folder, changes),
    async mend() {
      for (const guest of guests) guest.kill('SIGKILL');
      guests = [];
      await iptables('-F', '-t nat -F');
      await cluster.linkUp('edge1');
      await cluster.vipOnLo('edge1', true);
      signalAll(Object.keys(all), 'SIGCONT');
      // rtsp-server-perl keeps the stream of a source that was killed, and has no room for it when it comes back.
      const relay = running.get('relay');
      if (relay !== undefined && running.get('rtspEncoder')?.isRunning() === false) {
        relay.kill('SIGKILL');
        await relay.ended;
      }
      certificate('good');
      writeWcsStat(folder);
      // What was killed a moment ago may not have been reaped yet.
      await until(
        'the dead are known',
        () => [...running.values()].every((one) => one.isRunning() === one.hasProcesses()),
        5000,
      );
      await start();
    },
  };
}
