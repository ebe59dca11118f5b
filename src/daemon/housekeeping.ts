/** Nightly jobs, by UTC: an online copy of the database, and the removal of old history in slices. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { schedule } from 'node-cron';
import type { Config } from '../config/config.ts';
import type { Clock, Log } from '../ports.ts';
import type { History } from '../store/store.ts';

export interface Housekeeping {
  stop(): Promise<void>;
}

/** Rows in one slice: a few milliseconds, so that no check is late because of it. */
const sliceRows = 500;
const betweenSlicesMs = 50;

export function startHousekeeping(options: {
  readonly config: () => Config;
  readonly history: Pick<History, 'backup' | 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
}): Housekeeping {
  const { config, history, clock, log } = options;
  let stopped = false;

  const nightly = async (): Promise<void> => {
    const { stateDir, retention } = config().director;
    try {
      await backUp(history, join(stateDir, 'backups'), retention.backups, clock.wallMs());
      await pruneAll(clock.wallMs() - retention.historyMs);
    } catch (error) {
      log.error({ err: error }, 'the nightly housekeeping failed');
    }
  };

  async function pruneAll(beforeMs: number): Promise<void> {
    while (!stopped && (await history.prune(beforeMs, sliceRows))) {
      await new Promise<void>((resolve) => clock.after(betweenSlicesMs, resolve));
    }
  }

  const job = schedule('17 3 * * *', nightly, { timezone: 'Etc/UTC', noOverlap: true, name: 'nightly' });
  return {
    async stop() {
      stopped = true;
      await job.destroy();
    },
  };
}

const backupName = /^understudy-\d{8}\.db$/;

/** A copy named by its day; the newest `keep` stay. */
export async function backUp(
  history: Pick<History, 'backup'>,
  folder: string,
  keep: number,
  nowMs: number,
): Promise<void> {
  if (keep === 0) return;
  await mkdir(folder, { recursive: true });
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  await history.backup(join(folder, `understudy-${day}.db`));
  const copies = (await readdir(folder)).filter((name) => backupName.test(name)).sort();
  for (const name of copies.slice(0, -keep)) await rm(join(folder, name));
}
