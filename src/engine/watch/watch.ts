/** Checks every server at its interval and turns observations into statuses. A status change leaves this room as a Step. */
import type { OwnProblem } from '../../api/control.ts';
import type { BalancerKind, Config } from '../../config/config.ts';
import { worst } from '../../core/health.ts';
import type { ServerCondition } from '../../core/incident.ts';
import type { CheckId, Hold, Observation, Status, StatusChange } from '../../core/model.ts';
import { observe } from '../../core/observe.ts';
import type { ServerView } from '../../core/pool.ts';
import type { PulseState } from '../../core/pulse.ts';
import type { Term } from '../../core/weights/model.ts';
import type { Monitor } from '../../plugin/plugin.ts';
import type { Clock, Dial, Log } from '../../ports.ts';
import { createBlindness } from './blindness.ts';
import {
  type Board,
  type CheckRecord,
  conditionOf,
  emptyBoard,
  layBoard,
  noteSteady,
  serverStatus,
  serverView,
} from './board.ts';
import { createChecker } from './checker.ts';
import { figuresAfter, termsOf } from './figures.ts';
import { beatsOf, hostsOf, wiresOf } from './layout.ts';
import { createPulses } from './pulses.ts';
import { createReferences } from './references.ts';
import { createScheduler, type SchedulerStats } from './scheduler.ts';
import { createTripwires, type WireState } from './tripwires.ts';

/** A check got another status. */
export interface Step {
  readonly change: StatusChange;
  /** What is wrong with the server now. */
  readonly condition: ServerCondition;
}

export interface WatchPorts {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly log: Log;
  readonly monitors: ReadonlyMap<string, Monitor>;
  /** What counts of an observation, before anything follows from it. */
  readonly judged: (check: CheckRecord, observation: Observation) => Promise<Observation>;
  readonly onStep: (step: Step) => void;
  /** Something changed that a person would see. */
  readonly onChange: () => void;
}

export interface Watch {
  /** Prepares a configuration, and may throw; what it returns takes it into force, and cannot. */
  prepare(config: Config): () => void;
  board(): Board;
  serverView(balancer: BalancerKind, server: string, hold: Hold | null): ServerView | undefined;
  condition(server: string): ServerCondition;
  /** How full the server is, by the words of `balance: { by }`. */
  terms(server: string, by: readonly string[]): readonly Term[];
  /** The server comes back without its hold-down, if it is ok. */
  returnNow(server: string): void;
  pulse(address: string): PulseState;
  wire(check: CheckId): WireState;
  stats(): SchedulerStats;
  problems(): { readonly references: readonly OwnProblem[]; readonly blindness: OwnProblem | null };
  /** To be called every second. */
  poll(): void;
  /** True while checks are started on time; feeds the systemd watchdog. */
  isAlive(): boolean;
  stop(): void;
}

/** References have a pulse even if servers have none. */
const referenceEveryMs = 200;
/** A scheduler this much behind its quickest check has stopped. */
const tickGraceMs = 5000;

export function startWatch({ clock, dial, log, monitors, judged, onStep, onChange }: WatchPorts): Watch {
  let board: Board = emptyBoard;
  let takenMs = clock.monoMs();
  const references = createReferences(clock);
  const blindness = createBlindness(clock);
  const pulses = createPulses({
    clock,
    dial,
    onDark(address) {
      references.wentDark(address);
      checker.wentDark(address);
      onChange();
    },
    onHeardAgain(address) {
      references.heardAgain(address);
      onChange();
    },
  });
  const tripwires = createTripwires<CheckId>({ clock, dial, onTrip: (id) => checker.tripped(id) });
  const checker = createChecker({
    clock,
    log,
    board: () => board,
    pulses,
    references: references.addresses,
    judged,
    onObservation: take,
    runNow: (id) => scheduler.runNow(id),
  });
  const scheduler = createScheduler<CheckId>({ clock, maxChecks: 1, maxPerServer: 1, run: checker.run });

  function take(check: CheckRecord, observation: Observation): void {
    const change = noteObservation(check, observation);
    if (check.state.status === 'ok' && observation.status === 'ok') tripwires.arm(check.id);
    if (change === null) return;
    if (change.to === 'fail') tripwires.disarm(check.id);
    const server = board.servers.get(change.server);
    if (server !== undefined) {
      server.sinceMs = change.atMs;
      noteSteady(server, clock.monoMs());
    }
    onStep({ change, condition: conditionOf(change.server, server) });
  }

  /** null: the status is the same. */
  function noteObservation(check: CheckRecord, observation: Observation): StatusChange | null {
    const { name: monitor, timing } = check.config.monitor;
    const { state, step } = observe(check.state, observation, timing);
    check.state = state;
    check.last = observation;
    check.figures = figuresAfter(check.figures, observation, clock.monoMs());
    if (step !== null || explains(observation, state.status)) {
      check.summary = observation.summary;
      check.detail = observation.detail ?? '';
    }
    if (step === null) return null;
    check.sinceMs = clock.wallMs();
    const { id, summary, detail, sinceMs: atMs } = check;
    return { check: id, server: check.target.server, monitor, ...step, atMs, summary, detail };
  }

  function set({ director, servers }: Config): void {
    const wires = wiresOf(board);
    const asked = references.set(director.references, director.pulse?.port ?? null);
    tripwires.set(wires);
    pulses.set(hostsOf({ director, servers }, wires, asked), director.pulse?.everyMs ?? referenceEveryMs);
    scheduler.set(beatsOf(board), { maxChecks: director.maxChecks, maxPerServer: director.maxChecksPerServer });
  }

  function noteAllSteady(): void {
    for (const server of board.servers.values()) noteSteady(server, clock.monoMs());
  }

  return {
    prepare(config) {
      const laid = layBoard(config, monitors, board, clock.wallMs());
      return () => {
        laid.commit();
        board = laid.board;
        takenMs = clock.monoMs();
        noteAllSteady();
        set(config);
      };
    },
    board: () => board,
    serverView(balancer, name, hold) {
      const server = board.servers.get(name);
      return server && serverView(server, balancer, hold);
    },
    condition: (name) => conditionOf(name, board.servers.get(name)),
    terms: (name, by) => termsOf(board.servers.get(name)?.checks ?? [], by),
    returnNow(name) {
      const server = board.servers.get(name);
      if (server !== undefined) server.returnNow = serverStatus(server) === 'ok';
    },
    pulse: pulses.state,
    wire: tripwires.state,
    stats: scheduler.stats,
    problems: () => ({
      references: references.problems((address) => pulses.state(address).heardAtMs),
      blindness: blindness.problem(),
    }),
    poll() {
      noteAllSteady();
      blindness.poll(board);
    },
    isAlive() {
      const { lastStartMs, checks } = scheduler.stats();
      const intervals = [...board.checks.values()].map((check) => check.config.monitor.timing.intervalMs);
      const sinceMs = clock.monoMs() - Math.max(takenMs, lastStartMs ?? takenMs);
      return checks === 0 || sinceMs < 2 * Math.min(...intervals) + tickGraceMs;
    },
    stop() {
      scheduler.stop();
      checker.stop();
      tripwires.stop();
      pulses.stop();
    },
  };
}

/** A good verdict on the way back from a failure does not explain why the check is failing; an incident must not show it. */
function explains(seen: Observation, status: Status): boolean {
  return seen.status !== 'unknown' && worst([seen.status, status]) === seen.status;
}
