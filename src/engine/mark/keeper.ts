/** Keeps something outside this process in sync: one run at a time, at once when asked, with a back-off after a failure. */
import { Refusal } from '../../api/control.ts';
import type { Cancel, Clock, Log } from '../../ports.ts';
import { errorText } from '../../text.ts';

export interface Keeper {
  /** Runs as soon as nothing else is under way. */
  kick(): void;
  /** How often to run without being asked; null: never. */
  every(ms: number | null): void;
  /** Does the work between two runs, in the order of the calls. Rejects with Refusal when it cannot begin soon. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  problem(): { readonly text: string; readonly sinceMs: number } | null;
  /** Resolves when the run under way has ended; the rest is refused. */
  stop(): Promise<void>;
}

const firstBackOffMs = 100;
const lastBackOffMs = 5000;
/** Reading takes one fiftieth of the time at most. */
const restFactor = 50;
/** A caller that waited longer has disconnected; do not apply its change afterwards. */
const patienceMs = 8000;

export function createKeeper(options: {
  readonly clock: Clock;
  readonly log: Log;
  /** What is kept in sync, for the log: `packet marks`. */
  readonly what: string;
  /** Reads and repairs. Resolves to the ms that reading took; rejects when it could not repair. */
  readonly sync: () => Promise<number>;
  readonly onSynced: () => void;
}): Keeper {
  const { clock, log, what, sync, onSynced } = options;
  let tail: Promise<unknown> = Promise.resolve();
  let isQueued = false;
  let everyMs: number | null = null;
  let backOffMs = firstBackOffMs;
  let problem: { readonly text: string; readonly sinceMs: number } | null = null;
  let cancelTimer: Cancel = () => {};
  let stopped = false;

  function queue<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work);
    tail = done.catch(() => {});
    return done;
  }

  function kick(): void {
    if (stopped || isQueued) return;
    isQueued = true;
    cancelTimer();
    void queue(syncOnce);
  }

  async function syncOnce(): Promise<void> {
    isQueued = false;
    if (stopped) return;
    let nextMs: number | null = null;
    try {
      const tookMs = await sync();
      if (problem !== null) log.info({}, `${what}: in sync again`);
      problem = null;
      backOffMs = firstBackOffMs;
      if (everyMs !== null) nextMs = Math.max(everyMs, restFactor * tookMs);
    } catch (error) {
      const text = errorText(error);
      if (problem?.text !== text) log.error({}, `${what}: ${text}`);
      problem = { text, sinceMs: problem?.sinceMs ?? clock.wallMs() };
      nextMs = backOffMs;
      backOffMs = Math.min(lastBackOffMs, backOffMs * 2);
    }
    onSynced();
    if (nextMs !== null && !stopped && !isQueued) cancelTimer = clock.after(nextMs, kick);
  }

  return {
    kick,
    every(ms) {
      everyMs = ms;
    },
    exclusive(work) {
      const askedMs = clock.monoMs();
      return queue(() => {
        if (stopped) throw new Refusal('the daemon is stopping');
        const waitedMs = clock.monoMs() - askedMs;
        if (waitedMs <= patienceMs) return work();
        throw new Refusal(`nothing was changed: ${what} were busy for ${Math.round(waitedMs / 1000)} s`);
      });
    },
    problem: () => problem,
    async stop() {
      stopped = true;
      cancelTimer();
      await tail;
    },
  };
}
