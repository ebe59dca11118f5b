/** Notifies systemd that we are alive, with our state in one line. */
import type { Engine } from '../engine/engine-options.ts';
import type { Clock } from '../ports.ts';
import type { Writer } from '../store/store.ts';
import type { Notifier } from '../system/notify.ts';

const statusEveryMs = 5000;

/**
 * Feeds systemd's watchdog only while checks are started on time and the store answers. A store that
 * answers with an error has answered: a restart mends no full disk, and what waits for it would be lost.
 * Until what it returns is called.
 */
export function keepAlive(options: {
  readonly notifier: Pick<Notifier, 'watchdogMs' | 'alive' | 'status'>;
  readonly engine: Pick<Engine, 'isAlive' | 'control'>;
  readonly store: Pick<Writer, 'ping'>;
  readonly clock: Pick<Clock, 'after'>;
}): () => void {
  const { notifier, engine, store, clock } = options;
  const watchdogMs = notifier.watchdogMs === null ? statusEveryMs : notifier.watchdogMs / 2;
  const everyMs = Math.min(statusEveryMs, watchdogMs);
  const beat = (): void => {
    cancel = clock.after(everyMs, beat);
    const isAlive = engine.isAlive();
    try {
      store.ping();
    } catch {
      // It is in the status.
    }
    if (isAlive) notifier.alive();
    notifier.status(summary(engine));
  };
  let cancel = clock.after(everyMs, beat);
  return () => cancel();
}

/** `4 servers, none failing`, with the first problem of our own. */
export function summary({ control }: Pick<Engine, 'control'>): string {
  const { servers, problems } = control.status();
  const failing = servers.filter((server) => server.status === 'fail').map((server) => server.name);
  const state =
    failing.length === 0
      ? `${servers.length} servers, none failing`
      : `${failing.length} of ${servers.length} servers failing: ${failing.join(', ')}`;
  return problems.length === 0 ? state : `${state}; ${problems[0]?.text}`;
}
