/**
 * The way to the disk. Batches are written in order, soon but never before the caller goes on; a disk that refuses
 * keeps them waiting, and nothing is lost while the process lives.
 */
import type { Clock, Log } from '../ports.ts';
import type { Batch, Store } from '../store/store.ts';

export interface Journal {
  write(batch: Batch): void;
  /** Tries to write what waits, now. True when nothing is left. */
  flush(): boolean;
  trouble(): { readonly text: string; readonly sinceMs: number } | null;
  waiting(): number;
}

const retryMs = 1000;

export function createJournal(options: {
  readonly store: Pick<Store, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
  /** After batches reached the disk. */
  readonly onWritten: () => void;
}): Journal {
  const { store, clock, log, onWritten } = options;
  let queue: Batch[] = [];
  let trouble: { text: string; sinceMs: number } | null = null;
  let armed = false;

  function later(delayMs: number): void {
    if (armed) return;
    armed = true;
    clock.after(delayMs, () => {
      armed = false;
      flush();
    });
  }

  function flush(): boolean {
    if (queue.length === 0) return true;
    try {
      store.record(merge(queue));
    } catch (error) {
      const text = `the database does not take changes: ${error instanceof Error ? error.message : error}`;
      if (trouble?.text !== text) log.error({ err: error, waiting: queue.length }, text);
      trouble = { text, sinceMs: trouble?.sinceMs ?? clock.wallMs() };
      later(retryMs);
      return false;
    }
    if (trouble !== null) log.info({ written: queue.length }, 'the database takes changes again');
    trouble = null;
    queue = [];
    onWritten();
    return true;
  }

  return {
    write(batch) {
      queue.push(batch);
      later(0);
    },
    flush,
    trouble: () => trouble,
    waiting: () => queue.length,
  };
}

function merge(batches: readonly Batch[]): Batch {
  return {
    changes: batches.flatMap((batch) => batch.changes ?? []),
    incidents: batches.flatMap((batch) => batch.incidents ?? []),
    notices: batches.flatMap((batch) => batch.notices ?? []),
    actions: batches.flatMap((batch) => batch.actions ?? []),
    holds: batches.flatMap((batch) => batch.holds ?? []),
    remarks: batches.flatMap((batch) => batch.remarks ?? []),
  };
}
