/** The rooms of one director, started in order, and the one flow through them: `onStep`. */
import { Refusal } from '../api/control.ts';
import { logLines } from '../api/log-lines.ts';
import { differences } from '../config/differences.ts';
import type { Engine, EngineOptions } from './engine-options.ts';
import { createJournal, remarksIn } from './journal.ts';
import { startMark } from './mark/marks.ts';
import { createControl } from './orders/control.ts';
import { liftExpiredPins } from './orders/pin-orders.ts';
import { liftExpiredHolds } from './orders/server-orders.ts';
import { readOverrides } from './overrides.ts';
import { ownProblems } from './show/problems.ts';
import { keptIn, standInsFor } from './steer/pool-facts.ts';
import { startSteer } from './steer/steer.ts';
import type { Situation } from './tell/email-facts.ts';
import { startTell } from './tell/tell.ts';
import { createWakers } from './wakers.ts';
import { type Step, startWatch } from './watch/watch.ts';

export type { Engine, EngineOptions };

/** How often expired overrides and own problems are looked for. */
const pollMs = 1000;

export function startEngine(options: EngineOptions): Engine {
  const { clock, log, store } = options;
  const startedMs = clock.wallMs();
  const changes = createWakers();
  let config = options.config;
  let stopping = false;

  const overrides = readOverrides(store.boot, log);
  const journal = createJournal({ store: store.writer, clock, log, onWritten: () => tell.wake() });
  const remark = remarksIn(journal, clock);
  // The ports of each room name those that it uses.
  const shared = { ...options, overrides, journal, onChange: changes.wake };
  const mark = startMark({ ...shared, table: () => options.balancer('ipvs') });
  const watch = startWatch({ ...shared, judged: mark.judged, onStep });
  const steer = startSteer({
    ...shared,
    server: (balancer, name) => watch.serverView(balancer, name, overrides.hold(name)),
    terms: watch.terms,
    pins: overrides.weightsIn,
  });
  const situation: Situation = {
    config: () => config,
    kept: () => keptIn(steer.pools()),
    standIns: (server) => standInsFor(server, steer.pools()),
    problems: () => ownProblems({ watch, steer, mark, journal }),
  };
  const isDisabled = (server: string): boolean => overrides.hold(server)?.kind === 'disable';
  const tell = startTell({ ...shared, isDisabled, situation });

  /** A check has another status. Pools first, then the disk, then people (law 8). */
  function onStep({ change, condition }: Step): void {
    const { server, monitor, from, to, summary } = change;
    const incident = tell.turn(condition);
    const text = `${server} ${to}: ${monitor} ${summary}`;
    steer.repool(server, { text, server, incidentId: incident?.id ?? null, sinceMs: clock.monoMs() });
    journal.write({ changes: [change], incidents: incident === null ? [] : [incident] });
    log.info({ server, monitor, from, to, summary }, logLines.statusChanged);
    if (incident !== null) tell.gather(incident);
    changes.wake();
  }

  /** Everything that can throw comes before anything is taken into force (law 9). */
  function take(next: typeof config, cause: string): void {
    const commits = [watch.prepare(next), tell.prepare(next)];
    config = next;
    for (const commit of commits) commit();
    steer.take(next.services, next.director.reconcileEveryMs);
    mark.take(next);
    tell.recheck(watch.condition);
    steer.kick({ text: cause, incidentId: null, sinceMs: clock.monoMs() });
  }

  const parts = { ...shared, ...situation, watch, steer, mark, tell, changed: changes.wake };
  const control = createControl({
    ...parts,
    history: store.history,
    director: () => ({ name: config.director.name, startedMs, nowMs: clock.wallMs(), ...options.director() }),
    onChange: changes.add,
  });

  remark('start', `${config.director.name} started`);
  take(config, 'start');
  let cancelPoll = clock.after(pollMs, function poll() {
    watch.poll();
    tell.poll();
    liftExpiredHolds(parts);
    liftExpiredPins(parts);
    cancelPoll = clock.after(pollMs, poll);
  });

  return {
    ...situation,
    control,
    take(next) {
      if (stopping) throw new Refusal('the daemon is stopping');
      const result = { changed: differences(config, next) };
      take(next, 'reload');
      tell.reconsider();
      remark('reload', result.changed.length === 0 ? 'nothing changed' : result.changed.join(', '));
      changes.wake();
      return result;
    },
    isAlive: watch.isAlive,
    async stop() {
      stopping = true;
      cancelPoll();
      watch.stop();
      tell.stop();
      await Promise.all([steer.stop(), mark.stop()]);
      await tell.close();
      remark('stop', 'stopped, tables left unchanged');
      journal.stop();
    },
  };
}
