/** What every check and server is held to be now. The recorder writes it; everybody else reads. */
import type { BalancerKind, CheckConfig, Config, MonitorConfig, ServerConfig } from '../../config/config.ts';
import type { Alarm } from '../../core/beat.ts';
import { worst } from '../../core/health.ts';
import type { Problem } from '../../core/incident.ts';
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
  hold: Hold | null;
  returnNow: boolean;
  /** By balancer whose pools obey it: monotonic ms since when it is ok there without a break. */
  readonly okSinceMs: Map<BalancerKind, number>;
  /** Wall time of the last change of the worst status. */
  sinceMs: number;
}

export interface Board {
  readonly servers: ReadonlyMap<string, ServerRecord>;
  readonly checks: ReadonlyMap<CheckId, CheckRecord>;
  /** Holds of servers that are not in the configuration: they wait for them (law 10). */
  readonly holdsAside: ReadonlyMap<string, Hold>;
}

export function checkId(server: string, monitor: string): CheckId {
  return `${server}/${monitor}`;
}

/** The board of a configuration. What did not change in the old board keeps its state (law 9). */
export function layBoard(
  config: Config,
  monitors: ReadonlyMap<string, Monitor>,
  old: Board | null,
  wallMs: number,
  holds: ReadonlyMap<string, Hold> = heldOn(old),
): Board {
  const targetOf = targetsOf(config);
  const checks = new Map<CheckId, CheckRecord>();
  for (const one of config.checks) {
    const id = checkId(one.server, one.monitor.name);
    checks.set(id, layCheck(id, one, targetOf(one), monitors, old?.checks.get(id), wallMs));
  }
  const byServer = new Map<string, CheckRecord[]>();
  for (const check of checks.values()) {
    const { server } = check.config;
    byServer.set(server, [...(byServer.get(server) ?? []), check]);
  }
  const servers = new Map<string, ServerRecord>();
  for (const server of config.servers.values()) {
    const before = old?.servers.get(server.name);
    servers.set(server.name, {
      config: server,
      checks: byServer.get(server.name) ?? [],
      hold: holds.get(server.name) ?? null,
      returnNow: before?.returnNow ?? false,
      okSinceMs: before?.okSinceMs ?? new Map(),
      sinceMs: before?.sinceMs ?? wallMs,
    });
  }
  const holdsAside = new Map([...holds].filter(([name]) => !servers.has(name)));
  return { servers, checks, holdsAside };
}

function heldOn(board: Board | null): ReadonlyMap<string, Hold> {
  if (board === null) return new Map();
  return new Map([
    ...board.holdsAside,
    ...[...board.servers].flatMap(([name, { hold }]) => (hold === null ? [] : [[name, hold] as const])),
  ]);
}

function layCheck(
  id: CheckId,
  config: CheckConfig,
  target: Target,
  monitors: ReadonlyMap<string, Monitor>,
  old: CheckRecord | undefined,
  wallMs: number,
): CheckRecord {
  const monitor = monitors.get(config.monitor.type);
  if (monitor === undefined) throw new RangeError(`expected a known monitor type, got \`${config.monitor.type}\``);
  if (old !== undefined && sameTarget(old.target, target) && asksTheSame(old.config.monitor, config.monitor)) {
    // The same record: a run under way finds it again when it ends.
    old.config = config;
    old.target = target;
    return old;
  }
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
  return a.type === b.type && JSON.stringify(a.options) === JSON.stringify(b.options);
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

export function serverView(server: ServerRecord, balancer: BalancerKind): ServerView {
  const status = steeringStatus(server, balancer);
  const { name, address, shared } = server.config;
  return {
    name,
    address,
    status,
    okSinceMs: server.okSinceMs.get(balancer) ?? null,
    hold: server.hold?.kind ?? null,
    shared,
    returnNow: server.returnNow,
  };
}

export function problemsOf(server: ServerRecord): readonly Problem[] {
  return server.checks.flatMap(({ id, state, summary, detail, sinceMs }): Problem[] => {
    const { status } = state;
    if (status !== 'fail' && status !== 'overloaded') return [];
    return [{ check: id, status, summary, detail, sinceMs: state.badSinceMs ?? sinceMs }];
  });
}

/** Checks of which nothing is known yet. */
export function unseenOf(server: ServerRecord): readonly CheckId[] {
  return server.checks.filter((check) => check.state.status === 'untested' && counts(check)).map((check) => check.id);
}
