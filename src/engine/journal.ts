/**
 * The way to the disk. Batches are written in order, soon but never before the caller goes on; a disk that refuses
 * keeps them waiting, and nothing is lost while the process lives.
 */
import type { Cancel, Clock, Log } from '../ports.ts';
import type { Batch, UnfitRows, Writer } from '../store/store.ts';
import { errorText } from '../text.ts';

export interface Journal {
  write(batch: Batch): void;
  /** Writes now, so that a reader finds what was decided; not while the disk refuses. */
  flush(): void;
  problem(): { readonly text: string; readonly sinceMs: number } | null;
  waiting(): number;
  /** Tries once more; what the disk does not take is lost, and counted in the log. No timer stays. */
  stop(): void;
}

/** A commit stops this process for as long as the disk takes: a burst of failures is swapped first, then written as one. */
const gatherMs = 25;
const firstRetryMs = 1000;
const lastRetryMs = 30_000;
/** In one transaction and one turn of the loop: a long queue must not hold up the checks. */
const sliceBatches = 500;

export function createJournal(options: {
  readonly store: Pick<Writer, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
  /** After batches reached the disk. */
  readonly onWritten: () => void;
}): Journal {
  const { store, clock, log, onWritten } = options;
  const queue: Batch[] = [];
  let problem: { text: string; sinceMs: number } | null = null;
  let retryMs = firstRetryMs;
  let slice = sliceBatches;
  let cancelTimer: Cancel | null = null;
  let stopped = false;

  function later(delayMs: number): void {
    if (cancelTimer !== null || stopped) return;
    cancelTimer = clock.after(delayMs, () => {
      cancelTimer = null;
      const went = writeSlice();
      if (queue.length > 0) later(went ? 0 : waitMs());
    });
  }

  function waitMs(): number {
    const ms = retryMs;
    retryMs = Math.min(lastRetryMs, retryMs * 2);
    return ms;
  }

  /** False when the disk refuses: then all of it waits on. */
  function writeSlice(): boolean {
    const count = Math.min(slice, queue.length);
    if (count === 0) return true;
    try {
      store.record(merge(queue.slice(0, count)));
    } catch (error) {
      if (isUnfit(error)) return giveWay(count, error);
      const text = `the database does not take changes: ${errorText(error)}`;
      if (problem?.text !== text) log.error({ err: error, waiting: queue.length }, text);
      problem = { text, sinceMs: problem?.sinceMs ?? clock.wallMs() };
      return false;
    }
    queue.splice(0, count);
    slice = Math.min(sliceBatches, slice * 2);
    if (problem !== null) log.info({ written: count, waiting: queue.length }, 'the database takes changes again');
    problem = null;
    retryMs = firstRetryMs;
    onWritten();
    return true;
  }

  /** One batch that can never be written must not keep those behind it from the disk: looks for it by halves. */
  function giveWay(count: number, error: UnfitRows): boolean {
    slice = Math.max(1, Math.floor(count / 2));
    if (count > 1) return true;
    log.error({ err: error, batch: queue.shift() }, 'a change cannot be recorded and is left out');
    return true;
  }

  return {
    write(batch) {
      queue.push(batch);
      later(gatherMs);
    },
    flush() {
      if (problem === null) writeSlice();
    },
    problem: () => problem,
    waiting: () => queue.length,
    stop() {
      stopped = true;
      cancelTimer?.();
      cancelTimer = null;
      while (queue.length > 0 && writeSlice());
      if (queue.length === 0) return;
      const { notices = [], ...others } = merge(queue);
      const changes = Object.values(others).reduce((sum, rows) => sum + rows.length, 0);
      log.error({}, `${changes} changes and ${notices.length} notices were lost: ${problem?.text}`);
      queue.length = 0;
    },
  };
}

/** Writes lines about the director as a whole into the history. */
export function remarksIn(
  journal: Pick<Journal, 'write'>,
  clock: Pick<Clock, 'wallMs'>,
): (kind: string, text: string) => void {
  return (kind, text) => journal.write({ remarks: [{ atMs: clock.wallMs(), kind, server: null, text }] });
}

/** By its name: the store is handed in, not imported. */
function isUnfit(error: unknown): error is UnfitRows {
  return error instanceof Error && error.name === 'UnfitRows';
}

function merge(batches: readonly Batch[]): Required<Batch> {
  return {
    changes: batches.flatMap((batch) => batch.changes ?? []),
    incidents: batches.flatMap((batch) => batch.incidents ?? []),
    notices: batches.flatMap((batch) => batch.notices ?? []),
    actions: batches.flatMap((batch) => batch.actions ?? []),
    holds: batches.flatMap((batch) => batch.holds ?? []),
    pins: batches.flatMap((batch) => batch.pins ?? []),
    clientMarks: batches.flatMap((batch) => batch.clientMarks ?? []),
    packetFilters: batches.flatMap((batch) => batch.packetFilters ?? []),
    remarks: batches.flatMap((batch) => batch.remarks ?? []),
  };
}
