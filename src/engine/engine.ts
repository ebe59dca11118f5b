/** The moving parts of one director, put together: what sets off what. Everything outside comes in as a port. */

import { type OwnProblem, Refusal } from '../api/control.ts';
import { tableName } from '../config/config.ts';
import { differences } from '../config/differences.ts';
import type { CheckId } from '../core/model.ts';
import { withPins } from '../core/pins.ts';
import type { Engine, EngineOptions } from './engine-options.ts';
import { createJournal } from './journal.ts';
import { createMarks } from './mark/marks.ts';
import { createControl } from './orders/control.ts';
import { unpinExpired } from './orders/pin-orders.ts';
import { createPins } from './orders/pins.ts';
import { liftExpired } from './orders/server-orders.ts';
import { ownProblems } from './show/problems.ts';
import { keptIn, poolsWith, standInsFor } from './steer/pool-facts.ts';
import { createReconciler } from './steer/reconciler.ts';
import { createWeigher } from './steer/weigher.ts';
import { audiencesOf, type ReadyAlert, readyAlerts } from './tell/alerts.ts';
import { startCourier } from './tell/courier.ts';
import { createOwnProblems } from './tell/own-problems.ts';
import { createTeller } from './tell/teller.ts';
import { createBlindness } from './watch/blindness.ts';
import { type Board, layBoard, noteSteady, serverView } from './watch/board.ts';
import { createChecker } from './watch/checker.ts';
import { termsOf } from './watch/figures.ts';
import { beatsOf, hostsOf, wiresOf } from './watch/layout.ts';
import { createPulses } from './watch/pulses.ts';
import { createRecorder } from './watch/recorder.ts';
import { createReferences } from './watch/references.ts';
import { createScheduler } from './watch/scheduler.ts';
import { createTripwires } from './watch/tripwires.ts';

export type { Engine, EngineOptions };

/** References are asked also where servers have no pulse. */
const referenceEveryMs = 200;
/** A scheduler this much behind its quickest check has stood still. */
const tickGraceMs = 5000;
/** A recovery that was not told before we went is news for so long. */
const untoldMs = 86_400_000;
/** Holds and our own problems are looked at this often. */
const housekeepingMs = 1000;

export function startEngine(options: EngineOptions): Engine {
  const { clock, random, log, dial, store, monitors } = options;
  const startedMs = clock.wallMs();
  const listeners = new Set<() => void>();
  let config = options.config;
  const holds = new Map(options.store.holds().map((hold) => [hold.server, hold]));
  const pins = createPins(options.store.pins());
  let board: Board = layBoard(config, monitors, null, startedMs, holds);
  let alerts: ReadonlyMap<string, ReadyAlert> = readyAlerts(config, options.alertTypes(config));
  let takenMs = clock.monoMs();
  let stopping = false;

  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const journal = createJournal({ store, clock, log, onWritten: () => courier.wake() });
  const teller = createTeller({
    clock,
    random,
    log,
    journal,
    audiences: (server) => audiencesOf(config, alerts, server),
    everybody: () => [...alerts.values()],
    isDisabled: (server) => board.servers.get(server)?.hold?.kind === 'disable',
  });
  const pulses = createPulses({
    clock,
    dial,
    onDark(address) {
      references.wentDark(address);
      checker.wentDark(address);
      changed();
    },
    onHeardAgain(address) {
      references.heardAgain(address);
      changed();
    },
  });
  const references = createReferences(clock, () => pulses);
  const blindness = createBlindness(clock, () => board);
  const marks = createMarks({
    config,
    clock,
    log,
    store: options.store,
    packetFilter: options.packetFilter,
    table: () => options.balancer('ipvs'),
    remark,
    remember: (kind, marks) => journal.write({ packetFilters: [{ kind, marks }] }),
    onChange: changed,
  });
  const problems = (): readonly OwnProblem[] =>
    ownProblems({ references, blindness, reconciler, weigher, journal, ...marks.problems });
  const problemNotes = createOwnProblems({
    clock,
    log,
    problems,
    announce: (text) => teller.announce(text),
    remark,
  });
  const tripwires = createTripwires<CheckId>({ clock, dial, onTrip: (id) => checker.tripped(id) });
  const reconciler = createReconciler({
    clock,
    log,
    balancer: options.balancer,
    server(kind, name) {
      const server = board.servers.get(name);
      return server && serverView(server, kind);
    },
    weighed: (pool, decision, before) =>
      withPins(weigher.weighed(pool, decision, before), pool, pins.weightsIn(pool.config.name)),
    onActions: (actions) => journal.write({ actions }),
    onChange(pool, drift) {
      if (drift !== null) {
        const text = `${pool.config.name}: ${drift}`;
        remark('drift', text);
      }
      changed();
    },
  });
  const weigher = createWeigher({
    clock,
    log,
    terms(name, by) {
      const server = board.servers.get(name);
      return server === undefined ? [] : termsOf(server, by);
    },
    pool: (name) => reconciler.pools().get(name),
    pins: (service) => pins.weightsIn(service),
    kick: (cause, service) => reconciler.kick(cause, [service]),
  });
  const recorder = createRecorder({
    clock,
    random,
    log,
    board: () => board,
    journal,
    repool: (server, cause) => reconciler.kick(cause, poolsWith(server, config)),
    arm: (id) => tripwires.arm(id),
    disarm: (id) => tripwires.disarm(id),
    onIncident: (incident) => teller.turned(incident),
    onChange: changed,
  });
  const checker = createChecker({
    clock,
    log,
    board: () => board,
    pulses,
    references: () => references.addresses(),
    judged: (check, observation) => marks.judged(check, observation),
    onObservation: (check, observation) => recorder.observed(check, observation),
    runNow: (id) => scheduler.runNow(id),
  });
  const scheduler = createScheduler<CheckId>({
    clock,
    maxChecks: config.director.maxChecks,
    maxPerServer: config.director.maxChecksPerServer,
    run: (id) => checker.run(id),
  });

  function remark(kind: string, text: string): void {
    journal.write({ remarks: [{ atMs: clock.wallMs(), kind, server: null, text }] });
  }

  function set(): void {
    const { director } = config;
    const wires = wiresOf(board);
    const asked = references.set(director.references, director.pulse?.port ?? null);
    tripwires.set(wires);
    pulses.set(hostsOf(config, wires, asked), director.pulse?.everyMs ?? referenceEveryMs);
    scheduler.set(beatsOf(board), { maxChecks: director.maxChecks, maxPerServer: director.maxChecksPerServer });
    weigher.set(config.services.values());
    reconciler.set(config.services.values(), director.reconcileEveryMs);
    marks.take(config);
  }

  const control = createControl({
    clock,
    log,
    config: () => config,
    monitors,
    alerts: () => alerts,
    board: () => board,
    recorder,
    reconciler,
    weightsOf: (service) => weigher.weightsOf(service),
    pins,
    clients: marks.clients,
    marker: marks.marker,
    pulses,
    tripwires,
    teller,
    journal,
    store,
    scheduler: () => scheduler.stats(),
    readTable: (service) => options.balancer(tableName(service)).read(),
    director: () => ({ name: config.director.name, startedMs, nowMs: clock.wallMs(), ...options.director() }),
    problems,
    reload: options.reload,
    changed,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });

  const open = store.openIncidents();
  recorder.resume(open);
  for (const incident of [...open, ...store.untoldRecoveries(startedMs - untoldMs)]) {
    teller.resume(incident, store.noticesOf(incident.id));
  }
  journal.write({
    remarks: [{ atMs: startedMs, kind: 'start', server: null, text: `${config.director.name} starts` }],
  });

  const engine: Pick<Engine, 'config' | 'kept' | 'standIns' | 'problems'> = {
    config: () => config,
    problems,
    standIns: (server) => standInsFor(server, reconciler.pools()),
    kept: () => keptIn(reconciler.pools()),
  };
  const courier = startCourier({
    store,
    alerts: () => alerts,
    render: (row) => options.render(row, engine),
    clock,
    random,
    log,
  });
  let cancelHousekeeping = clock.after(housekeepingMs, keepHouse);
  function keepHouse(): void {
    for (const server of board.servers.values()) noteSteady(server, clock.monoMs());
    blindness.look();
    problemNotes.look();
    liftExpired({ board: () => board, clock, journal, reconciler, teller, log, changed });
    unpinExpired({ pins, clock, journal, reconciler, log, changed });
    cancelHousekeeping = clock.after(housekeepingMs, keepHouse);
  }

  set();
  recorder.reconsider();
  reconciler.kick({ text: 'start', incidentId: null, sinceMs: clock.monoMs() });

  return {
    ...engine,
    control,
    take(next) {
      if (stopping) throw new Refusal('the daemon is stopping');
      const result = { changed: differences(config, next) };
      // Whatever can throw comes before anything is taken over.
      const nextAlerts = readyAlerts(next, options.alertTypes(next));
      const nextBoard = layBoard(next, monitors, board, clock.wallMs());
      config = next;
      alerts = nextAlerts;
      board = nextBoard;
      takenMs = clock.monoMs();
      for (const server of board.servers.values()) noteSteady(server, takenMs);
      set();
      recorder.reconsider();
      teller.reconsider();
      reconciler.kick({ text: 'reload', incidentId: null, sinceMs: clock.monoMs() });
      const text = result.changed.length === 0 ? 'nothing changed' : result.changed.join(', ');
      remark('reload', text);
      changed();
      return result;
    },
    ticked() {
      const { lastStartMs, checks } = scheduler.stats();
      const quickestMs = Math.min(...config.checks.map((check) => check.monitor.timing.intervalMs));
      const sinceMs = clock.monoMs() - Math.max(takenMs, lastStartMs ?? takenMs);
      return checks === 0 || sinceMs < 2 * quickestMs + tickGraceMs;
    },
    async stop() {
      stopping = true;
      cancelHousekeeping();
      scheduler.stop();
      checker.stop();
      tripwires.stop();
      weigher.stop();
      pulses.stop();
      teller.stop();
      await Promise.all([reconciler.stop(), marks.stop()]);
      await courier.stop();
      journal.write({
        remarks: [{ atMs: clock.wallMs(), kind: 'stop', server: null, text: 'stops, the tables stay' }],
      });
      journal.stop();
    },
  };
}
