/**
 * Three servers that carry 50, 100 and 200 viewers, which nobody told the director. How full each is follows from the
 * connections that IPVS has really sent it: two are full when their processors are, the third when its viewers are too many.
 */
import { rmSync } from 'node:fs';
import type { PlaceStatus } from '../../../src/api/control.ts';
import { ADDRESS, type Cluster, SERVERS, type ServerName } from './cluster.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import { nowMs, until } from './program.ts';
import type { Stage } from './stage.ts';
import { readTable } from './table.ts';

export const CAPACITY: Readonly<Record<ServerName, number>> = { edge1: 50, edge2: 100, spare: 200 };
/** The least that `every` may be. Five acts of the law pass while one would at the default. */
export const everyMs = 3000;

type PerServer = Readonly<Record<ServerName, number>>;

/** The kernel's table at one moment; a server that is not in it is missing. */
export interface TableSample {
  readonly atMs: number;
  readonly weights: Readonly<Partial<PerServer>>;
  readonly viewers: PerServer;
}

export interface WeightsStage {
  readonly crowd: Crowd;
  readonly samples: readonly TableSample[];
  weights(): TableSample['weights'];
  /** Puts weights into the table while no director runs: what it finds when it starts. */
  adoptable(weights: PerServer): Promise<void>;
  configure(options: { readonly dryRun: boolean }): void;
  /** From now on nothing is told of how full its processors are. */
  hideCpu(server: ServerName, hidden: boolean): void;
  place(server: ServerName): Promise<PlaceStatus>;
  /** Until the law says so of a server. */
  untilWhy(server: ServerName, words: RegExp, timeoutMs: number): Promise<string>;
}

const sampleMs = 50;
const figuresMs = 300;
const sessionMs = 15_000;
const cpus = 4;
const cpuLimit = 90;
const cpuPage = (server: ServerName): string => `/run/lab/${server}/metrics`;

/** Of the director: what all scenarios have, with other pools. */
function configuration(base: string, dryRun: boolean): string {
  const [head = ''] = base.split('\nservers:\n');
  const mail = base.slice(base.indexOf('\nmail:'));
  const servers = SERVERS.map((server) => `  ${server}: { address: ${ADDRESS[server]} }`).join('\n');
  return `${head}
servers:
${servers}
monitors:
  rtmp: { type: rtmp, port: 1935 }
  wcs: { type: wcs, port: 8081, interval: 1s, limits: { subscribers: ${CAPACITY.spare} }, on_limit: warn }
  cpu: { type: cpu, via: node_exporter, port: 9100, interval: 1s, limit: ${cpuLimit}, on_limit: warn }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [rtmp, wcs, cpu], alerts: [failover, oncall] }
virtual_services:
  playout:
    fwmark: 1
    scheduler: wlc
    forward: dr
    servers: [edge1, edge2, spare]
    min_pooled: 1
    fail_back: { after: 0s }
    balance: { by: [cpu, subscribers], every: ${everyMs}ms, dry_run: ${dryRun} }
alerts:
  failover: { type: ipvs }
  oncall: { type: mail, to: [oncall@example.org] }
${mail}`;
}

export interface Fullness {
  /** 1: as full as the pool as a whole. */
  readonly beside: number;
  readonly oneViewer: number;
}

/** The director is stopped at the beginning, and the pool empty of viewers. */
export async function onWeights(stage: Stage, play: (scene: WeightsStage) => Promise<void>): Promise<void> {
  const { cluster, director } = stage;
  await director.end('SIGTERM');
  const crowd = startCrowd(cluster, sessionMs);
  const samples: TableSample[] = [];
  const hidden = new Set<ServerName>();
  const sampling = setInterval(() => samples.push(sample()), sampleMs);
  const telling = setInterval(() => tellFigures(cluster, sample().viewers, hidden), figuresMs);
  tellFigures(cluster, sample().viewers, hidden);
  const place = async (server: ServerName): Promise<PlaceStatus> => {
    const { services } = await director.status();
    const found = services.flatMap(({ places }) => places).find((one) => one.server === server);
    if (found === undefined) throw new Error(`expected ${server} in the status, got nothing`);
    return found;
  };
  try {
    await play({
      crowd,
      samples,
      weights: () => sample().weights,
      async adoptable(weights) {
        const service = ['-f', '1'];
        await cluster.ipvsadm('-E', ...service, '-s', 'wlc');
        for (const server of SERVERS) {
          const op = sample().weights[server] === undefined ? '-a' : '-e';
          await cluster.ipvsadm(op, ...service, '-r', ADDRESS[server], '-g', '-w', String(weights[server]));
        }
      },
      configure: ({ dryRun }) => director.write(configuration(stage.configuration(), dryRun)),
      hideCpu(server, isHidden) {
        if (isHidden) {
          hidden.add(server);
          rmSync(cpuPage(server), { force: true });
        } else hidden.delete(server);
      },
      place,
      async untilWhy(server, words, timeoutMs) {
        let last = '';
        const said = async (): Promise<string | false> => {
          last = (await place(server)).balanced?.why ?? '';
          return words.test(last) && last;
        };
        return await until(`${words} of ${server}`, said, timeoutMs, 100).catch((error: Error) => {
          throw new Error(`${error.message}; it is said: ${last}`, { cause: error });
        });
      },
    });
  } finally {
    clearInterval(sampling);
    clearInterval(telling);
    await crowd.close();
    for (const server of SERVERS) {
      cluster.setWcsStat(server, {});
      cluster.setCpuLoad(server, 0.4);
    }
  }
}

function sample(): TableSample {
  const entries = readTable().find(({ name }) => name === 'fwm 1')?.entries ?? [];
  const weights: Partial<Record<ServerName, number>> = {};
  const viewers = { edge1: 0, edge2: 0, spare: 0 };
  for (const server of SERVERS) {
    const entry = entries.find(({ address }) => address === ADDRESS[server]);
    if (entry === undefined) continue;
    weights[server] = entry.weight;
    viewers[server] = entry.active;
  }
  return { atMs: nowMs(), weights, viewers };
}

function tellFigures(cluster: Cluster, viewers: PerServer, hidden: ReadonlySet<ServerName>): void {
  for (const server of SERVERS) {
    const full = viewers[server] / CAPACITY[server];
    const silent = { streams_rtmp_out: '0', streams_rtmp_client_out: '0', streams_websocket_out: '0' };
    cluster.setWcsStat(server, { ...silent, streams_webrtc_out: String(viewers[server]) });
    // The third has processors to spare: its viewers are what fills it.
    const busy = server === 'spare' ? full / 3 : full;
    if (!hidden.has(server)) cluster.setCpuLoad(server, (busy * cpus * cpuLimit) / 100, cpus);
  }
}

/** How full each was in this stretch, in the mean, beside the whole pool; and what one viewer makes of that. */
export function fullness(samples: readonly TableSample[], sinceMs: number): Readonly<Record<ServerName, Fullness>> {
  const within = samples.filter(({ atMs }) => atMs >= sinceMs);
  const mean = (server: ServerName): number =>
    within.reduce((sum, { viewers }) => sum + viewers[server], 0) / Math.max(1, within.length);
  const all = SERVERS.reduce((sum, server) => sum + mean(server), 0);
  const room = SERVERS.reduce((sum, server) => sum + CAPACITY[server], 0);
  const beside = (server: ServerName): Fullness => {
    const oneViewer = room / all / CAPACITY[server];
    return { beside: mean(server) * oneViewer, oneViewer };
  };
  return { edge1: beside('edge1'), edge2: beside('edge2'), spare: beside('spare') };
}

/** Each change of a weight that was seen: `edge1 100 > 87`. */
export function weightChanges(samples: readonly TableSample[]): readonly {
  readonly server: ServerName;
  readonly from: number;
  readonly to: number;
  readonly atMs: number;
}[] {
  return samples.flatMap(({ weights, atMs }, at) => {
    const before = samples[at - 1]?.weights ?? {};
    return SERVERS.flatMap((server) => {
      const [from, to] = [before[server], weights[server]];
      return from === undefined || to === undefined || from === to ? [] : [{ server, from, to, atMs }];
    });
  });
}
