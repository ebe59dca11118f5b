/** Clients that play the stream of pictures over RTMP, all of them in one program on the client host. */
import * as path from 'node:path';
import type { Cluster } from './cluster.ts';
import { until } from './program.ts';

export interface PlayerOrder {
  readonly id: number;
  readonly what: 'play' | 'stop';
  readonly address: string;
  readonly port: number;
}

export interface PlayerReport {
  readonly id: number;
  /** Whose pictures it sees; null: none yet. */
  readonly server: string | null;
  readonly pictures: number;
  /** Pictures that others have seen and this one has not. */
  readonly lost: number;
  /** Between two pictures. */
  readonly longestMs: number;
  /** null: it plays. */
  readonly closed: string | null;
}

export interface Player {
  /** Whose pictures it saw first. */
  readonly server: string;
  now(): PlayerReport;
  /** Until so many more pictures came; throws when it is closed. */
  untilMore(pictures: number): Promise<void>;
  stop(): Promise<void>;
}

export interface Players {
  /** Resolves with the first picture. */
  play(port: number): Promise<Player>;
  close(): Promise<void>;
}

const limitMs = 15_000;

export function startPlayers(cluster: Cluster, address: string): Players {
  const reports = new Map<number, PlayerReport>();
  const program = cluster.start('client', process.execPath, [path.join(import.meta.dirname, 'player-program.js')], {
    onLine: (line) => {
      const report = JSON.parse(line) as PlayerReport;
      reports.set(report.id, report);
    },
  });
  let lastId = 0;
  const order = (one: PlayerOrder): void => void program.child.stdin?.write(`${JSON.stringify(one)}\n`);

  return {
    async play(port) {
      lastId += 1;
      const id = lastId;
      const where = { id, address, port };
      const now = (): PlayerReport => {
        return reports.get(id) ?? { id, server: null, pictures: 0, lost: 0, longestMs: 0, closed: null };
      };
      const alive = (): PlayerReport => {
        const report = now();
        if (report.closed !== null) throw new Error(`player ${id} of ${report.server} was cut: ${report.closed}`);
        return report;
      };
      order({ ...where, what: 'play' });
      const server = await until(`a picture for player ${id}`, () => alive().server, limitMs, 20);
      return {
        server,
        now,
        async untilMore(pictures) {
          const before = alive().pictures;
          await until(
            `${pictures} more pictures of ${server}`,
            () => alive().pictures >= before + pictures,
            limitMs,
            20,
          );
        },
        async stop() {
          order({ ...where, what: 'stop' });
          await until(`player ${id} ends`, () => now().closed !== null, limitMs, 20);
        },
      };
    },
    async close() {
      program.kill('SIGTERM');
      await program.ended;
    },
  };
}
