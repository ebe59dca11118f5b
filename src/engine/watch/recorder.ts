/** What follows from an observation, in this order: the status, the pools, the incident, the disk, the people. */
import { worst } from '../../core/health.ts';
import { type Incident, reopenable, turn } from '../../core/incident.ts';
import type { CheckId, Observation, Status, StatusChange } from '../../core/model.ts';
import { observe } from '../../core/observe.ts';
import type { Clock, Log, Random } from '../../ports.ts';
import type { Journal } from '../journal.ts';
import type { Cause } from '../steer/reconciler.ts';
import { type Board, type CheckRecord, noteSteady, problemsOf, unseenOf } from './board.ts';
import { figuresAfter } from './figures.ts';

export interface RecorderOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly board: () => Board;
  readonly journal: Pick<Journal, 'write'>;
  /** Makes the pools of a server right, now. */
  readonly repool: (server: string, cause: Cause) => void;
  readonly arm: (id: CheckId) => void;
  readonly disarm: (id: CheckId) => void;
  readonly onIncident: (incident: Incident) => void;
  readonly onChange: () => void;
}

export interface Recorder {
  observed(check: CheckRecord, observation: Observation): void;
  /** Open incidents by server. */
  incidents(): ReadonlyMap<string, Incident>;
  /** Stores a change made by a person, such as an acknowledgement. */
  amend(incident: Incident): void;
  /** After a start. */
  resume(incidents: readonly Incident[]): void;
  /** After a reload: incidents of servers and checks that are gone are closed. */
  reconsider(): void;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { clock, random, log, board, journal, repool, arm, disarm, onIncident, onChange } = options;
  const open = new Map<string, Incident>();
  const closed = new Map<string, Incident>();

  function observed(check: CheckRecord, observation: Observation): void {
    const { timing } = check.config.monitor;
    const { state, step } = observe(check.state, observation, timing);
    check.state = state;
    check.last = observation;
    check.figures = figuresAfter(check.figures, observation, clock.monoMs());
    if (step !== null || explains(observation, state.status)) {
      check.summary = observation.summary;
      check.detail = observation.detail ?? '';
    }
    if (state.status === 'ok' && observation.status === 'ok') arm(check.id);
    if (step === null) return;

    const nowMs = clock.wallMs();
    const { server } = check.target;
    const monitor = check.config.monitor.name;
    check.sinceMs = nowMs;
    if (step.to === 'fail') disarm(check.id);
    noteServer(server, nowMs);
    const incident = turnIncident(server, nowMs);
    const text = `${server} ${step.to}: ${monitor} ${observation.summary}`;
    repool(server, { text, server, incidentId: incident?.id ?? null, sinceMs: clock.monoMs() });
    const { id, summary, detail } = check;
    const change: StatusChange = { check: id, server, monitor, ...step, atMs: nowMs, summary, detail };
    journal.write({ changes: [change], incidents: incident === null ? [] : [incident] });
    log.info({ server, monitor, from: step.from, to: step.to, summary: observation.summary }, 'status change');
    if (incident !== null) onIncident(incident);
    onChange();
  }

  function noteServer(name: string, nowMs: number): void {
    const server = board().servers.get(name);
    if (server === undefined) return;
    server.sinceMs = nowMs;
    noteSteady(server, clock.monoMs());
  }

  function turnIncident(name: string, nowMs: number): Incident | null {
    const server = board().servers.get(name);
    const problems = server === undefined ? [] : problemsOf(server);
    const unseen = server === undefined ? [] : unseenOf(server);
    const again = problems.length > 0 ? reopenable(closed.get(name) ?? null, nowMs) : null;
    const before = open.get(name) ?? again;
    const incident = turn(before, { server: name, problems, unseen }, nowMs, newId);
    if (incident === null) return null;
    if (incident.closedMs === null) {
      open.set(name, incident);
      closed.delete(name);
    } else {
      open.delete(name);
      closed.set(name, incident);
    }
    return incident;
  }

  function newId(server: string, atMs: number): string {
    const stamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const tail = Math.floor(random() * 0x1_0000)
      .toString(16)
      .padStart(4, '0');
    return `${stamp}-${server}-${tail}`;
  }

  return {
    observed,
    incidents: () => open,
    amend(incident) {
      open.set(incident.server, incident);
      journal.write({ incidents: [incident] });
      onIncident(incident);
    },
    resume(incidents) {
      for (const incident of incidents) open.set(incident.server, incident);
    },
    reconsider() {
      const nowMs = clock.wallMs();
      for (const name of [...open.keys()]) {
        const before = open.get(name);
        const incident = turnIncident(name, nowMs);
        if (incident === null || incident === before) continue;
        journal.write({ incidents: [incident] });
        onIncident(incident);
      }
    },
  };
}

/** A good word on the way back from a failure is not why the check is held to fail, and no incident should say so. */
function explains(seen: Observation, status: Status): boolean {
  return seen.status !== 'unknown' && worst([seen.status, status]) === seen.status;
}
