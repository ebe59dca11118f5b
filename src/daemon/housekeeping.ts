/** Jobs of the night, on UTC calendars: an online copy of the database, and old history taken away in slices. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { schedule } from 'node-cron';
import type { Config } from '../config/config.ts';
import type { Clock, Log } from '../ports.ts';
import type { Store } from '../store/store.ts';

export interface Housekeeping {
  stop(): Promise<void>;
}

/** Rows that one slice takes: a few milliseconds, so that no check is late for it. */
const sliceRows = 500;
const betweenSlicesMs = 50;

export function startHousekeeping(options: {
  readonly config: () => Config;
  readonly store: Pick<Store, 'backup' | 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
}): Housekeeping {
  const { config, store, clock, log } = options;
  let stopped = false;

  const nightly = async (): Promise<void> => {
    const { stateDir, retention } = config().director;
    try {
      await backUp(store, join(stateDir, 'backups'), retention.backups, clock.wallMs());
      await pruneAll(clock.wallMs() - retention.historyMs);
    } catch (error) {
      log.error({ err: error }, 'the nightly housekeeping failed');
    }
  };

  async function pruneAll(beforeMs: number): Promise<void> {
    while (!stopped && store.prune(beforeMs, sliceRows)) {
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
export async function backUp(store: Pick<Store, 'backup'>, folder: string, keep: number, nowMs: number): Promise<void> {
  if (keep === 0) return;
  await mkdir(folder, { recursive: true });
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  await store.backup(join(folder, `understudy-${day}.db`));
  const copies = (await readdir(folder)).filter((name) => backupName.test(name)).sort();
  for (const name of copies.slice(0, -keep)) await rm(join(folder, name));
}
