/** Something outside that is made right again and again: one look at a time, at once when asked, later when it failed. */
import { Refusal } from '../../api/control.ts';
import type { Cancel, Clock, Log } from '../../ports.ts';
import { errorText } from '../../text.ts';

export interface Keeper {
  /** Looks as soon as nothing else is under way. */
  kick(): void;
  /** How often to look without being asked; null: never. */
  every(ms: number | null): void;
  /** Between two looks, in the order of the calls. Rejects with Refusal when it cannot begin soon. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  problem(): { readonly text: string; readonly sinceMs: number } | null;
  /** Resolves when what is under way has ended; the rest is refused. */
  stop(): Promise<void>;
}

const firstBackOffMs = 100;
const lastBackOffMs = 5000;
/** Of the time between two looks, a look takes one part in fifty at most. */
const restFactor = 50;
/** Who waits longer has hung up: what it asked for must not happen behind its back. */
const patienceMs = 8000;

export function createKeeper(options: {
  readonly clock: Clock;
  readonly log: Log;
  /** What is kept, for the log: `packet marks`. */
  readonly what: string;
  /** Resolves to the ms that the finding out alone took; rejects when it could not be made right. */
  readonly look: () => Promise<number>;
  readonly onLooked: () => void;
}): Keeper {
  const { clock, log, what, look, onLooked } = options;
  let tail: Promise<unknown> = Promise.resolve();
  let waits = false;
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
    if (stopped || waits) return;
    waits = true;
    cancelTimer();
    void queue(lookOnce);
  }

  async function lookOnce(): Promise<void> {
    waits = false;
    if (stopped) return;
    let nextMs: number | null = null;
    try {
      const tookMs = await look();
      if (problem !== null) log.info({}, `${what}: right again`);
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
    onLooked();
    if (nextMs !== null && !stopped && !waits) cancelTimer = clock.after(nextMs, kick);
  }

  return {
    kick,
    every(ms) {
      everyMs = ms;
    },
    alone(work) {
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
