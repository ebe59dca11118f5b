/** The stage with a HAProxy beside IPVS: the same servers in a pool of each kind, pictures on all of them, players before them. */
import * as path from 'node:path';
import type { PlaceStatus } from '../../../src/api/control.ts';
import { ADDRESS, DIRECTOR, SERVERS, type ServerName } from './cluster.ts';
import { BACKENDS, type BackendName, type Haproxy, openHaproxy } from './haproxy.ts';
import { type Player, startPlayers } from './players.ts';
import { until } from './program.ts';
import { PORTS } from './services.ts';
import type { Stage } from './stage.ts';

export interface HaproxyStage {
  readonly haproxy: Haproxy;
  /** A player behind each of the two members, through this backend. */
  onEach(backend: BackendName): Promise<Readonly<Record<'edge1' | 'edge2', Player>>>;
  play(backend: BackendName): Promise<Player>;
  /** What the director says of a server in one of its HAProxy pools. */
  place(backend: BackendName, server: ServerName): Promise<PlaceStatus | undefined>;
  /** Until exactly these servers get new viewers, by HAProxy's own words. */
  untilOpen(servers: readonly ServerName[], timeoutMs: number, backend?: BackendName): Promise<void>;
}

const atMost = 8;
/** HAProxy, the director and whoever looks share one processor: a look costs what the swap itself costs. */
const lookMs = 100;
export const backends: readonly BackendName[] = ['lined', 'moved'];

/** What IPVS has is the configuration of all scenarios; HAProxy's pools stand beside it. */
function withPools(configuration: string, socket: string): string {
  const pools = Object.keys(BACKENDS).map(
    (backend) => `  ${backend}:
    balancer: haproxy
    haproxy: { backend: ${backend}, socket: ${socket} }
    servers: [edge1, edge2]
    min_pooled: 1
    fail_back: { after: 2s }
`,
  );
  return configuration
    .replace('alerts: [failover,', 'alerts: [failover, through,')
    .replace('\nalerts:\n', `\n${pools.join('')}alerts:\n  through: { type: haproxy }\n`);
}

/** Begins and ends with all as it should be in every pool. */
export async function onHaproxy(stage: Stage, play: (scene: HaproxyStage) => Promise<void>): Promise<void> {
  const { cluster, director } = stage;
  await director.end('SIGTERM');
  const haproxy = await openHaproxy(cluster);
  const publishers = SERVERS.map((server) => {
    const program = path.join(import.meta.dirname, 'publisher-program.js');
    return cluster.start(server, process.execPath, [program, ADDRESS[server], String(PORTS.rtmp), server]);
  });
  const players = startPlayers(cluster, DIRECTOR);
  try {
    director.write(withPools(stage.configuration(), haproxy.socket));
    await director.start();
    await stage.untilCalm();

    const playOn = (backend: BackendName): Promise<Player> => players.play(BACKENDS[backend]);
    await play({
      haproxy,
      play: playOn,
      async onEach(backend) {
        const found = new Map<string, Player>();
        for (let attempt = 0; attempt < atMost && found.size < 2; attempt += 1) {
          const player = await playOn(backend);
          if (found.has(player.server)) await player.stop();
          else found.set(player.server, player);
        }
        const [edge1, edge2] = [found.get('edge1'), found.get('edge2')];
        if (edge1 === undefined || edge2 === undefined) {
          throw new Error(`expected players on edge1 and edge2, got ${[...found.keys()].join(', ')}`);
        }
        return { edge1, edge2 };
      },
      async place(backend, server) {
        const service = (await director.status()).services.find(({ name }) => name === backend);
        return service?.places.find((place) => place.server === server);
      },
      async untilOpen(servers, timeoutMs, only) {
        const want = servers
          .map((server) => ADDRESS[server])
          .sort()
          .join(' ');
        for (const backend of only === undefined ? backends : [only]) {
          const isSo = async (): Promise<boolean> => (await haproxy.open(backend)).join(' ') === want;
          await until(`HAProxy's ${backend} with ${servers.join(', ')}`, isSo, timeoutMs, lookMs).catch(
            async (error: Error) => {
              const lines = JSON.stringify(await haproxy.lines(backend).catch(() => []));
              throw new Error(`${error.message}; it has ${lines}`, { cause: error });
            },
          );
        }
      },
    });
  } finally {
    await players.close();
    for (const publisher of publishers) publisher.kill('SIGKILL');
    await haproxy.close();
  }
}
