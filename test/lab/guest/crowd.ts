/** Viewers who come, stay a while and leave, always about as many: load that follows the weights of the table. */
import * as path from 'node:path';
import { CLIENTS, type Cluster, VIP } from './cluster.ts';
import { until } from './program.ts';
import { PORTS } from './services.ts';

export interface CrowdOptions {
  readonly from: string;
  readonly address: string;
  readonly port: number;
  /** Mean length of a session; the lengths are as chance has it. */
  readonly sessionMs: number;
  readonly seed: number;
}

export interface Crowd {
  /** Resolves when so many are there. */
  become(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Count {
  readonly present: number;
  readonly failed: number;
}

const limitMs = 30_000;

export function startCrowd(cluster: Cluster, sessionMs: number): Crowd {
  const [from = ''] = CLIENTS;
  const options: CrowdOptions = { from, address: VIP, port: PORTS.rtmp, sessionMs, seed: 1 };
  const program = path.join(import.meta.dirname, 'crowd-program.js');
  let now: Count = { present: 0, failed: 0 };
  const running = cluster.start('client', process.execPath, [program, JSON.stringify(options)], {
    onLine: (line) => {
      now = JSON.parse(line) as Count;
    },
  });
  return {
    async become(count) {
      running.child.stdin?.write(`${count}\n`);
      const isThere = (): boolean => Math.abs(now.present - count) <= Math.max(2, count / 20);
      await until(`${count} viewers`, isThere, limitMs, 50).catch((error: Error) => {
        throw new Error(`${error.message}; there are ${now.present}, ${now.failed} failed`, { cause: error });
      });
    },
    async close() {
      running.kill('SIGKILL');
      await running.ended;
    },
  };
}
