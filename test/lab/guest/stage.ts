/** The cluster with a running director, a mail server and a viewer who keeps coming; every scenario begins here. */

import { rmSync } from 'node:fs';
import { logLines } from '../../../src/api/log-lines.ts';
import type { ScenarioName } from '../scenario-names.ts';
import { untilCalm } from './calm.ts';
import { same } from './claims.ts';
import { ADDRESS, type Cluster, type HostName, SERVERS, SERVICES, startCluster } from './cluster.ts';
import { configuration, type Settings } from './configuration.ts';
import { createDirector, type Director } from './director.ts';
import { type IpvsadmGate, makeIpvsadmGate } from './ipvsadm-gate.ts';
import { type Mail, openPostOffice, type PostOffice } from './post-office.ts';
import { pauseMs, until } from './program.ts';
import { type Story, storyOf } from './story.ts';
import { pooled } from './table.ts';
import type { Stream, Viewer } from './viewer.ts';

export interface Scenario {
  readonly name: ScenarioName;
  /** Beyond it the scenario has failed and the rest is not played. */
  readonly limitMs: number;
  play(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly cluster: Cluster;
  readonly director: Director;
  readonly post: PostOffice;
  readonly viewer: Viewer;
  readonly gate: IpvsadmGate;
  /** The configuration with some settings changed. */
  configuration(changes?: Partial<Settings>): string;
  /** Repairs everything and waits until all is calm; what is remembered of history and mail begins anew. */
  settle(): Promise<void>;
  /** Until the director has nothing to say of any server, and the table is as configured. */
  untilCalm(timeoutMs?: number): Promise<void>;
  /** The director's history since `settle`. */
  story(): Promise<Story>;
  /** Waits for so many mails since `settle`, and gives them. */
  untilMails(count: number, timeoutMs?: number): Promise<readonly Mail[]>;
  /** A client that plays from this server. */
  streamFrom(server: keyof typeof ADDRESS): Promise<Stream>;
  /** For the result. */
  note(text: string): void;
  takeNotes(): readonly string[];
  close(): Promise<void>;
}

const folder = '/run/lab/director';
const smtpPort = 2525;
const calmLimitMs = 90_000;
const mailLimitMs = 15_000;
const toldAfterMs = 1000;
const historyLagMs = 100;

export interface StageOptions {
  readonly settings?: Partial<Settings>;
  readonly debug?: boolean;
  /** Time between two visits. */
  readonly visitEveryMs?: number;
  /** `settle` starts the director without a memory: what failed in one scenario does not come and go in the next. */
  readonly anew?: boolean;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const cluster = await startCluster();
  for (const server of SERVERS) await cluster.startServer(server);
  const post = await openPostOffice(smtpPort);
  const director = createDirector(cluster, folder);
  const gate = makeIpvsadmGate(`${folder}/gate`);
  const write = (changes: Partial<Settings> = {}): string =>
    configuration({ failBack: '2s', smtpPort, stateDir: director.stateDir, ...options.settings, ...changes });
  const notes: string[] = [];
  let beganMs = 0;

  director.write(write());
  await director.start({ debug: options.debug ?? true });
  const viewer = cluster.viewer({ protocol: 'rtmp', everyMs: options.visitEveryMs ?? 100 });

  const repair = async (): Promise<void> => {
    for (const host of Object.keys(ADDRESS) as HostName[]) await cluster.linkUp(host);
    for (const server of SERVERS) {
      for (const service of SERVICES) cluster.kill(server, service, 'SIGCONT');
      await cluster.startServer(server);
    }
    gate.free();
    await post.open();
    if (director.isRunning() && (options.anew || director.options().folder)) await director.end('SIGTERM');
    if (!director.isRunning()) {
      if (options.anew) rmSync(director.stateDir, { recursive: true, force: true });
      director.write(write());
      await director.start({ debug: options.debug ?? true });
    }
    for (const { name, hold } of (await director.status()).servers) {
      if (hold !== null) await director.post(`/servers/${name}/enable`, { by: 'lab', why: '' });
    }
  };
  const untilAsConfigured = async (timeoutMs?: number): Promise<void> => {
    await untilCalm(director, timeoutMs);
    same('table when all is calm', pooled(), [ADDRESS.edge1, ADDRESS.edge2]);
  };

  /** People are told half a second after a change, of what came of it until then. */
  const isTold = (): boolean => {
    const last = director.log.findLast(({ msg }) => msg === logLines.statusChanged);
    return last === undefined || Date.now() - Date.parse(last.time) > toldAfterMs;
  };

  return {
    cluster,
    director,
    post,
    viewer,
    gate,
    configuration: write,
    async settle() {
      await repair();
      await untilAsConfigured();
      await until('the last status change was told', isTold, calmLimitMs, 20);
      post.clear();
      // Records carry wall milliseconds: nothing of before may share the first one.
      beganMs = Date.now() + 1;
      await until('the next millisecond', () => Date.now() > beganMs, 1000, 1);
    },
    untilCalm: untilAsConfigured,
    async story() {
      // It acts first and writes then: what is read twice alike is complete.
      let rows = await director.history(beganMs);
      for (;;) {
        await pauseMs(historyLagMs);
        const again = await director.history(beganMs);
        if (JSON.stringify(again) === JSON.stringify(rows)) return storyOf(again);
        rows = again;
      }
    },
    async untilMails(count, timeoutMs = mailLimitMs) {
      const subjects = (): string => JSON.stringify(post.mails().map(({ subject }) => subject));
      const what = `${count} mails`;
      await until(what, () => post.mails().length >= count, timeoutMs, 20).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}; there are ${subjects()}`, { cause: error });
      });
      return post.mails();
    },
    async streamFrom(server) {
      for (let attempt = 0; attempt < 12; attempt++) {
        const stream = await cluster.stream({ protocol: 'rtsp', timeoutMs: 5000 });
        if (stream.server === ADDRESS[server]) {
          await until(`pictures from ${server}`, () => stream.bytes() > 10_000, 20_000);
          return stream;
        }
        await stream.stop();
        await pauseMs(20);
      }
      throw new Error(`expected a stream from ${server} in 12 attempts, got none`);
    },
    note: (text) => void notes.push(text),
    takeNotes: () => notes.splice(0),
    async close() {
      await viewer.stop();
      if (director.isRunning()) await director.end('SIGTERM');
      await post.close();
      await cluster.stop();
    },
  };
}
