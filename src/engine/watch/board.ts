/** The current state of every check and server. Only this room writes it. */
import { isDeepStrictEqual } from 'node:util';
import type { BalancerKind, CheckConfig, Config, MonitorConfig, ServerConfig } from '../../config/config.ts';
import type { Alarm } from '../../core/beat.ts';
import { worst } from '../../core/health.ts';
import type { Problem, ServerCondition } from '../../core/incident.ts';
import type { CheckId, Hold, Observation, Status } from '../../core/model.ts';
import { type CheckState, untested } from '../../core/observe.ts';
import type { ServerView } from '../../core/pool.ts';
import type { Check, Monitor, Target } from '../../plugin/plugin.ts';
import type { Figures } from './figures.ts';
import { sameTarget, targetsOf } from './targets.ts';

export interface CheckRecord {
  readonly id: CheckId;
  config: CheckConfig;
  readonly monitor: Monitor;
  target: Target;
  readonly check: Check;
  state: CheckState;
  /** Wall time of the last status change, or of the start. */
  sinceMs: number;
  /** Of the last verdict. */
  summary: string;
  detail: string;
  last: Observation | null;
  /** How long a good answer usually takes; null before the first. */
  usualMs: number | null;
  alarm: Alarm | null;
  /** How full the server is by this check. */
  figures: Figures;
}

export interface ServerRecord {
  readonly config: ServerConfig;
  readonly checks: readonly CheckRecord[];
  /** The operator wants it back without the hold-down. */
  returnNow: boolean;
  /** By balancer whose pools obey it: monotonic ms since when it is ok there without a break. */
  readonly okSinceMs: Map<BalancerKind, number>;
  /** Wall time of the last change of the worst status. */
  sinceMs: number;
}

export interface Board {
  readonly servers: ReadonlyMap<string, ServerRecord>;
  readonly checks: ReadonlyMap<CheckId, CheckRecord>;
}

export const emptyBoard: Board = { servers: new Map(), checks: new Map() };

export interface LaidBoard {
  readonly board: Board;
  /** Takes the board into force. Cannot fail, while everything before it may throw and then has changed nothing (law 9). */
  commit(): void;
}

export function checkId(server: string, monitor: string): CheckId {
  return `${server}/${monitor}`;
}

/** The board of a configuration. What did not change since `old` keeps its state. Throws what a monitor's `prepare` throws. */
export function layBoard(
  config: Config,
  monitors: ReadonlyMap<string, Monitor>,
  old: Board,
  wallMs: number,
): LaidBoard {
  const targetOf = targetsOf(config);
  const checks = new Map<CheckId, CheckRecord>();
  const byServer = new Map<string, CheckRecord[]>();
  const kept: (() => void)[] = [];
  for (const one of config.checks) {
    const id = checkId(one.server, one.monitor.name);
    const target = targetOf(one);
    const before = old.checks.get(id);
    const monitor = knownMonitor(monitors, one.monitor.type);
    const isKept =
      before !== undefined && sameTarget(before.target, target) && asksTheSame(before.config.monitor, one.monitor);
    // The same record: a run under way finds it again when it ends.
    const check = isKept ? before : newCheck(id, one, monitor, target, wallMs);
    if (isKept) {
      kept.push(() => {
        before.config = one;
        before.target = target;
      });
    }
    checks.set(id, check);
    byServer.set(one.server, [...(byServer.get(one.server) ?? []), check]);
  }
  const servers = new Map<string, ServerRecord>();
  for (const server of config.servers.values()) {
    const before = old.servers.get(server.name);
    servers.set(server.name, {
      config: server,
      checks: byServer.get(server.name) ?? [],
      returnNow: before?.returnNow ?? false,
      okSinceMs: before?.okSinceMs ?? new Map(),
      sinceMs: before?.sinceMs ?? wallMs,
    });
  }
  return {
    board: { servers, checks },
    commit() {
      for (const update of kept) update();
    },
  };
}

function knownMonitor(monitors: ReadonlyMap<string, Monitor>, type: string): Monitor {
  const monitor = monitors.get(type);
  if (monitor === undefined) throw new RangeError(`expected a known monitor type, got \`${type}\``);
  return monitor;
}

function newCheck(id: CheckId, config: CheckConfig, monitor: Monitor, target: Target, wallMs: number): CheckRecord {
  return {
    id,
    config,
    monitor,
    target,
    check: monitor.prepare(config.monitor.options),
    state: untested,
    sinceMs: wallMs,
    summary: '',
    detail: '',
    last: null,
    usualMs: null,
    alarm: null,
    figures: new Map(),
  };
}

function asksTheSame(a: MonitorConfig, b: MonitorConfig): boolean {
  return a.type === b.type && isDeepStrictEqual(a.options, b.options);
}

/** A check that was run and could only say `unknown` so far does not keep its server untested. */
function counts(check: CheckRecord): boolean {
  return check.state.status !== 'untested' || check.last?.status !== 'unknown';
}

export function serverStatus(server: ServerRecord): Status {
  return worst(server.checks.filter(counts).map((check) => check.state.status));
}

/** The status that the pools of one balancer obey: of the checks that steer it, and without overloads that only warn. */
export function steeringStatus(server: ServerRecord, balancer: BalancerKind): Status {
  const steering = server.checks.filter((check) => check.config.steers.includes(balancer));
  return worst(
    steering.filter(counts).map(({ state, config }) => {
      return state.status === 'overloaded' && config.monitor.onLimit === 'warn' ? 'ok' : state.status;
    }),
  );
}

const balancers: readonly BalancerKind[] = ['ipvs', 'haproxy', 'memory'];

/** To be called whenever a status may have changed: since when the server is ok where pools obey it. */
export function noteSteady(server: ServerRecord, nowMs: number): void {
  for (const balancer of balancers) {
    if (steeringStatus(server, balancer) !== 'ok') server.okSinceMs.delete(balancer);
    else if (!server.okSinceMs.has(balancer)) server.okSinceMs.set(balancer, nowMs);
  }
  if (server.okSinceMs.size === 0) server.returnNow = false;
}

/** What the pools of one balancer need to know. */
export function serverView(server: ServerRecord, balancer: BalancerKind, hold: Hold | null): ServerView {
  const status = steeringStatus(server, balancer);
  const { name, address, shared } = server.config;
  return {
    name,
    address,
    status,
    okSinceMs: server.okSinceMs.get(balancer) ?? null,
    hold: hold?.kind ?? null,
    shared,
    returnNow: server.returnNow,
  };
}

/** What an incident of the server is made of. */
export function conditionOf(name: string, server: ServerRecord | undefined): ServerCondition {
  const checks = server?.checks ?? [];
  return {
    server: name,
    problems: checks.flatMap(({ id, state, summary, detail, sinceMs }): Problem[] => {
      const { status } = state;
      if (status !== 'fail' && status !== 'overloaded') return [];
      return [{ check: id, status, summary, detail, sinceMs: state.badSinceMs ?? sinceMs }];
    }),
    unseen: checks.filter((check) => check.state.status === 'untested' && counts(check)).map((check) => check.id),
  };
}
