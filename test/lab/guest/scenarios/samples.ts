/** The samples of etc/, as they are but for the mail server and the folder of the state, each until its failover is over. */
import { readFileSync } from 'node:fs';
import { untilCalm } from '../calm.ts';
import { like, same } from '../claims.ts';
import { ADDRESS, CLIENTS, FAR_CLIENTS, SERVERS, type ServerName } from '../cluster.ts';
import { nowMs, until } from '../program.ts';
import { PORTS, type ServiceName } from '../services.ts';
import { repositoryFile } from '../source-file.ts';
import { pooled, untilPooled } from '../table.ts';
import type { VisitProtocol } from '../visit.ts';
import type { WholeScenario, WholeStage } from '../whole-stage.ts';

/** Servers with a weight above 0, by virtual service. */
type Pools = Readonly<Record<string, readonly ServerName[]>>;

interface Sample {
  readonly file: string;
  /** Killed on edge1. */
  readonly fault: ServiceName;
  readonly right: Pools;
  readonly swapped: Pools;
  /** Clients whose every visit goes to one server, then and while edge1 is out. */
  readonly viewers: readonly {
    readonly from: string;
    readonly by: readonly (readonly [VisitProtocol | 'udp', number])[];
    readonly server: ServerName | 'any';
    readonly meanwhile: ServerName | 'any';
  }[];
}

const rtmp = [
  ['rtmp', PORTS.rtmp],
  ['tcp', 8080],
] as const;
const rtsp = [
  ['rtsp', PORTS.rtsp],
  ['udp', 6970],
] as const;
const media = [
  ['echo', 1755],
  ['udp', 1755],
  ['rtsp', PORTS.rtsp],
  ['udp', 4000],
  ['echo', 80],
] as const;

const clients: Sample = {
  file: 'etc/rtmp-clients.yaml',
  fault: 'rtmp',
  right: { 'fwm 1': ['edge1'], 'fwm 2': ['edge2'], 'fwm 3': ['edge1', 'edge2'] },
  swapped: { 'fwm 1': ['spare'], 'fwm 2': ['edge2'], 'fwm 3': ['edge2'] },
  viewers: [
    { from: FAR_CLIENTS.listedNetwork, by: rtmp, server: 'edge1', meanwhile: 'spare' },
    { from: FAR_CLIENTS.stranger, by: rtmp, server: 'edge1', meanwhile: 'spare' },
    { from: FAR_CLIENTS.listedAlone, by: rtmp, server: 'edge2', meanwhile: 'edge2' },
    { from: FAR_CLIENTS.listedRange, by: rtmp, server: 'any', meanwhile: 'edge2' },
    { from: FAR_CLIENTS.otherNetwork, by: rtmp, server: 'any', meanwhile: 'edge2' },
  ],
};

const pair: Sample = {
  file: 'etc/rtsp-keepalived-pair.yaml',
  fault: 'rtsp',
  right: { 'fwm 1': ['edge1', 'edge2'], 'tcp 10.10.3.30:8090': ['edge1', 'edge2'] },
  // A server that fails leaves every pool.
  swapped: { 'fwm 1': ['edge2'], 'tcp 10.10.3.30:8090': ['edge2'] },
  viewers: CLIENTS.slice(0, 4).map((from) => ({ from, by: rtsp, server: 'any', meanwhile: 'edge2' })),
};

const windowsMedia: Sample = {
  file: 'etc/windows-media.yaml',
  fault: 'echo',
  right: { 'fwm 1': ['edge1', 'edge2'] },
  swapped: { 'fwm 1': ['edge2', 'spare'] },
  viewers: CLIENTS.slice(0, 4).map((from) => ({ from, by: media, server: 'any', meanwhile: 'any' })),
};

async function play(stage: WholeStage, sample: Sample): Promise<void> {
  const { cluster, director } = stage;
  const text = readFileSync(repositoryFile(sample.file), 'utf8')
    .replace('smtp://127.0.0.1:25"', `smtp://127.0.0.1:${stage.post.port}"`)
    .replace(/^director:$/m, `director:\n  state: ${director.stateDir}`);
  stage.write('understudy.yaml', text);
  stage.write('clients.csv', readFileSync(repositoryFile('etc/clients.csv'), 'utf8'));
  if (/forward: nat/.test(text)) for (const server of SERVERS) await cluster.setUpServer(server, 'nat');
  const doctor = await stage.understudy('doctor', '--fix');
  same(`exit status of doctor --fix (${doctor.stderr}${doctor.stdout})`, doctor.status, 0);
  await director.start();
  await untilCalm(director);
  expectPools(sample.right);
  await expectViewers(stage, sample, 'server');

  const killedMs = cluster.kill('edge1', sample.fault, 'SIGKILL');
  await untilPools(sample.swapped);
  stage.note(`swapped after ${Math.round(nowMs() - killedMs)} ms`);
  await expectViewers(stage, sample, 'meanwhile');
  await until('a mail', () => stage.post.mails().length > 0, 15_000, 20);
  like('subject', stage.post.mails()[0]?.subject, /edge1 DOWN: /);
  expectPools(sample.swapped);

  await cluster.startServer('edge1', [sample.fault]);
  const startedMs = nowMs();
  await untilPools(sample.right, 90_000);
  stage.note(`taken back after ${((nowMs() - startedMs) / 1000).toFixed(1)} s`);
  await untilCalm(director);
  await expectViewers(stage, sample, 'server');
  const isOver = (): boolean => /edge1 RECOVERED/.test(stage.post.mails().at(-1)?.subject ?? '');
  await until('a mail of the recovery', isOver, 15_000, 20);
  same('emails beside the first', stage.post.mails().filter(({ inReplyTo }) => inReplyTo === null).length, 1);
}

function expectPools(pools: Pools): void {
  for (const [service, servers] of Object.entries(pools)) same(service, pooled(service), addresses(servers));
}

async function untilPools(pools: Pools, timeoutMs = 15_000): Promise<void> {
  for (const [service, servers] of Object.entries(pools)) await untilPooled(addresses(servers), timeoutMs, service);
}

function addresses(servers: readonly ServerName[]): readonly string[] {
  return servers.map((server) => ADDRESS[server]).sort();
}

/** Each visits in all its ways, and comes to one server by all of them. */
async function expectViewers(stage: WholeStage, { viewers }: Sample, when: 'server' | 'meanwhile'): Promise<void> {
  for (const { from, by, ...wanted } of viewers) {
    const visits = [];
    for (const [what, port] of by) visits.push(await stage.client.visit(what, from, port));
    const found = visits.map(({ server, error }) => `${server}${error === null ? '' : ` ${error}`}`);
    const server = wanted[when] === 'any' ? visits[0]?.server : ADDRESS[wanted[when]];
    same(
      `where ${from} comes to`,
      found,
      by.map(() => server),
    );
  }
}

const limitMs = 240_000;

export const sampleScenarios: readonly WholeScenario[] = [
  {
    name: 'plays etc/rtmp-clients.yaml until its failover and recovery',
    limitMs,
    play: (stage) => play(stage, clients),
  },
  {
    name: 'plays etc/rtsp-keepalived-pair.yaml until its failover and recovery',
    limitMs,
    play: (stage) => play(stage, pair),
  },
  {
    name: 'plays etc/windows-media.yaml until its failover and recovery',
    limitMs,
    play: (stage) => play(stage, windowsMedia),
  },
];
