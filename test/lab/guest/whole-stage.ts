/** The cluster without anything declared: no table, no marks, no director. The program makes all of it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { LabKernel } from '../boot.ts';
import type { WholeScenarioName } from '../scenario-names.ts';
import type { Client } from './client.ts';
import { type Cluster, SERVERS, startCluster, VIP } from './cluster.ts';
import { createDirector, type Director } from './director.ts';
import { runInProcess } from './in-process.ts';
import { openPostOffice, type PostOffice } from './post-office.ts';
import { must, type Outcome } from './program.ts';
import type { ServiceName } from './services.ts';

export interface WholeStage {
  readonly kernel: LabKernel;
  readonly cluster: Cluster;
  readonly director: Director;
  readonly post: PostOffice;
  readonly client: Client;
  /** Where configurations and what belongs to them are written. */
  readonly folder: string;
  /** As `packet_filter` has to say to get each that this kernel has. */
  readonly filters: readonly ('nftables' | 'iptables')[];
  /** Writes a file beside the configuration; `understudy.yaml` is the configuration. */
  write(name: string, content: string): void;
  /** A command of the program that needs the configuration, as a person types it. */
  understudy(...args: readonly string[]): Promise<Outcome>;
  /** Nothing of anybody is left in the kernel, servers and settings are as at the start. */
  settle(): Promise<void>;
  note(text: string): void;
  takeNotes(): readonly string[];
  close(): Promise<void>;
}

export interface WholeScenario {
  readonly name: WholeScenarioName;
  readonly limitMs: number;
  play(stage: WholeStage): Promise<void>;
}

const folder = '/run/lab/director';
const smtpPort = 2525;
const services: readonly ServiceName[] = ['rtmp', 'rtsp', 'echo'];

/** Settings that scenarios or the program change, and that the next scenario wants as they were. */
const settings = [
  ...['accept_local', 'rp_filter', 'send_redirects'].flatMap((name) =>
    ['all', 'br0'].map((device) => `net/ipv4/conf/${device}/${name}`),
  ),
  'net/ipv4/ip_forward',
  ...['expire_nodest_conn', 'expire_quiescent_template', 'conn_reuse_mode', 'conntrack'].map(
    (name) => `net/ipv4/vs/${name}`,
  ),
].map((name) => `/proc/sys/${name}`);

export async function openWholeStage(): Promise<WholeStage> {
  const kernel: LabKernel = process.env['LAB_KERNEL'] === 'debian' ? 'debian' : 'uml';
  const cluster = await startCluster({ isMarked: false });
  for (const server of SERVERS) await cluster.startServer(server, services);
  const post = await openPostOffice(smtpPort);
  const director = createDirector(cluster, folder);
  const before = new Map(settings.map((file) => [file, readFileSync(file, 'latin1')]));
  const notes: string[] = [];

  const restore = async (): Promise<void> => {
    await must('ipvsadm', ['-C']);
    const tables = ['iptables-legacy -t mangle', 'iptables-legacy -t filter', 'ip6tables-legacy -t mangle'];
    const flushes = tables.flatMap((table) => [`${table} -F`, `${table} -X`]);
    const nftables = kernel === 'debian' ? ['nft flush ruleset'] : [];
    await must('sh', ['-e'], [...flushes, ...nftables, 'ipset destroy'].join('\n'));
    for (const [file, value] of before) writeFileSync(file, value);
    await must('ip', ['addr', 'replace', `${VIP}/32`, 'dev', 'br0']);
    for (const server of SERVERS) {
      await cluster.linkUp(server);
      await cluster.setUpServer(server, 'dr');
      for (const service of services) cluster.kill(server, service, 'SIGCONT');
      await cluster.startServer(server, services);
    }
  };

  return {
    kernel,
    cluster,
    director,
    post,
    client: cluster.client(),
    folder,
    filters: kernel === 'debian' ? ['nftables', 'iptables'] : ['iptables'],
    write: (name, content) => writeFileSync(path.join(folder, name), content),
    understudy: (...args) => runInProcess([...args, '--config', path.join(folder, 'understudy.yaml')]),
    async settle() {
      if (director.isRunning()) await director.end('SIGTERM');
      rmSync(director.stateDir, { recursive: true, force: true });
      await restore();
      await post.open();
      post.clear();
    },
    note: (text) => void notes.push(text),
    takeNotes: () => notes.splice(0),
    async close() {
      if (director.isRunning()) await director.end('SIGTERM');
      await post.close();
      await cluster.stop();
    },
  };
}
