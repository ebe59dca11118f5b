/**
 * Makes the tables right: on every change, and again every few seconds whatever happened. Each pool goes its own way:
 * read the table, decide, plan, apply, read back. Nothing here waits for the disk, for mail, or for another pool.
 */
import type { VirtualServiceConfig } from '../config/config.ts';
import { type DesiredService, describeCommand, planService } from '../core/plan.ts';
import {
  adoptPool,
  desirePool,
  type PoolDecision,
  type PoolMemory,
  type PoolRule,
  type ServerView,
} from '../core/pool.ts';
import { type Command, type ServiceSpec, serviceKey, type Table, type TableService } from '../core/table.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import type { TableAction } from '../store/store.ts';

/** The part of a balancer that is needed here. */
export interface TablePort {
  read(): Promise<Table>;
  apply(commands: readonly Command[]): Promise<void>;
}

export interface Cause {
  /** As a person reads it: `edge1 fail: rtsp refused`. */
  readonly text: string;
  readonly incidentId: string | null;
  /** Monotonic ms of the decision, from which the time to the verified table is counted. */
  readonly sinceMs: number;
}

/** One virtual service as it stands. */
export interface PoolRecord {
  readonly config: VirtualServiceConfig;
  readonly rule: PoolRule;
  readonly spec: ServiceSpec;
  readonly key: string;
  readonly memory: PoolMemory | null;
  readonly decision: PoolDecision | null;
  readonly actual: TableService | undefined;
  /** Wall time of the last reading. */
  readonly readMs: number | null;
  readonly trouble: { readonly text: string; readonly sinceMs: number } | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
}

export interface Reconciler {
  set(services: Iterable<VirtualServiceConfig>, everyMs: number): void;
  /** Decides and applies now: the named services, or all. */
  kick(cause: Cause, services?: readonly string[]): void;
  pools(): ReadonlyMap<string, PoolRecord>;
  /** What would be done for a pool if these were its servers; null while its table was never read. */
  foresee(service: string, servers: ReadonlyMap<string, ServerView>): PoolDecision | null;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  /** Leaves the tables as they are. */
  stop(): Promise<void>;
}

export interface ReconcilerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly balancer: (kind: VirtualServiceConfig['balancer']) => TablePort;
  readonly servers: (kind: VirtualServiceConfig['balancer']) => ReadonlyMap<string, ServerView>;
  readonly onActions: (actions: readonly TableAction[]) => void;
  /** A pool changed in a way that a person would see; `drift` when the table was changed by another hand. */
  readonly onChange: (pool: PoolRecord, drift: string | null) => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Pool extends Mutable<PoolRecord> {
  running: Promise<void> | null;
  next: Cause | null;
  backOffMs: number;
  cancelTimer: Cancel;
}

const firstBackOffMs = 100;
const lastBackOffMs = 5000;
/** Rounds of plan and apply before we admit that the table does not stay as we make it. */
const maxRounds = 3;

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { clock, log, onActions, onChange } = options;
  const pools = new Map<string, Pool>();
  let cancelRound: Cancel = () => {};
  let stopped = false;

  function kickOne(pool: Pool, cause: Cause): void {
    if (stopped) return;
    if (pool.running !== null) {
      // A real cause is worth more than the routine look that may be waiting.
      if (pool.next === null || pool.next.text === routine) pool.next = cause;
      return;
    }
    pool.running = makeRight(pool, cause).then(() => {
      pool.running = null;
      const { next } = pool;
      pool.next = null;
      if (next !== null) kickOne(pool, next);
    });
  }

  async function makeRight(pool: Pool, kicked: Cause): Promise<void> {
    let cause = kicked;
    pool.cancelTimer();
    const before = pool.decision;
    let again: number | null = null;
    try {
      for (let round = 0; ; round++) {
        const commands = await decide(pool);
        if (commands.length === 0) break;
        if (round === 0 && cause.text === routine && !noteDrift(pool, before, commands)) {
          cause = { ...cause, text: 'the last streams finished' };
        }
        if (round === maxRounds)
          throw new Error(`the table does not stay as it is made: ${commands.map(describeCommand).join(', ')}`);
        await applyAll(pool, commands, cause);
      }
      if (pool.trouble !== null) log.info({ service: pool.config.name }, 'the table can be kept right again');
      pool.trouble = null;
      pool.backOffMs = firstBackOffMs;
      const nextMs = pool.decision?.nextMs ?? null;
      if (nextMs !== null) again = Math.max(0, nextMs - clock.monoMs());
    } catch (error) {
      again = failed(pool, error);
    }
    if (again !== null && !stopped) {
      const text = pool.trouble === null ? 'hold-down over' : cause.text;
      pool.cancelTimer = clock.after(again, () => {
        kickOne(pool, { text, incidentId: pool.trouble === null ? null : cause.incidentId, sinceMs: clock.monoMs() });
      });
    }
    onChange(pool, null);
  }

  function failed(pool: Pool, error: unknown): number {
    const text = error instanceof Error ? error.message : String(error);
    if (pool.trouble?.text !== text) log.error({ service: pool.config.name }, text);
    pool.trouble = { text, sinceMs: pool.trouble?.sinceMs ?? clock.wallMs() };
    const waitMs = pool.backOffMs;
    pool.backOffMs = Math.min(lastBackOffMs, waitMs * 2);
    return waitMs;
  }

  /** Reads the table and says what it lacks. */
  async function decide(pool: Pool): Promise<readonly Command[]> {
    const table = await options.balancer(pool.config.balancer).read();
    const servers = options.servers(pool.config.balancer);
    pool.actual = table.get(pool.key);
    pool.readMs = clock.wallMs();
    pool.memory ??= adoptPool(pool.rule, servers, pool.actual);
    pool.decision = desire(pool, servers);
    pool.memory = pool.decision.memory;
    return planService(desired(pool, pool.decision), pool.actual);
  }

  function desire(pool: Pool, servers: ReadonlyMap<string, ServerView>): PoolDecision {
    return desirePool({
      rule: pool.rule,
      servers,
      actual: pool.actual,
      memory: pool.memory ?? adoptPool(pool.rule, servers, pool.actual),
      busyFor: (backup) => busyFor(pool, backup),
      nowMs: clock.monoMs(),
    });
  }

  function busyFor(pool: Pool, backup: string): string | null {
    for (const other of pools.values()) {
      if (other === pool || other.memory === null) continue;
      for (const [member, standIn] of other.memory.standIns) if (standIn === backup) return member;
    }
    return null;
  }

  async function applyAll(pool: Pool, commands: readonly Command[], cause: Cause): Promise<void> {
    const startedMs = Math.min(cause.sinceMs, clock.monoMs());
    const report = (result: TableAction['result'], error: string): void => {
      const tookMs = clock.monoMs() - startedMs;
      const { name: service } = pool.config;
      const atMs = clock.wallMs();
      const common = { atMs, service, cause: cause.text, incidentId: cause.incidentId, result, tookMs, error };
      const actions = commands.map((command): TableAction => ({ ...common, command: describeCommand(command) }));
      for (const { command } of actions) {
        log.info(
          { service, command, cause: cause.text, result, tookMs: Math.round(tookMs * 10) / 10 },
          'table command',
        );
      }
      onActions(actions);
    };
    try {
      await options.balancer(pool.config.balancer).apply(commands);
      report('verified', '');
    } catch (error) {
      // The same refusal every few seconds is one line in the history.
      const text = error instanceof Error ? error.message : String(error);
      if (pool.trouble?.text !== text) report('refused', text);
      throw error;
    }
  }

  /** The routine look found work. If the wish did not change, somebody else changed the table. */
  function noteDrift(pool: Pool, before: PoolDecision | null, commands: readonly Command[]): boolean {
    if (JSON.stringify(before?.entries) !== JSON.stringify(pool.decision?.entries)) return false;
    const text = `the table was changed by another hand, repaired: ${commands.map(describeCommand).join(', ')}`;
    pool.lastDrift = { atMs: clock.wallMs(), text };
    log.warn({ service: pool.config.name }, text);
    onChange(pool, text);
    return true;
  }

  function round(everyMs: number): void {
    cancelRound();
    cancelRound = clock.after(everyMs, () => {
      const cause: Cause = { text: routine, incidentId: null, sinceMs: clock.monoMs() };
      for (const pool of pools.values()) if (pool.trouble === null) kickOne(pool, cause);
      round(everyMs);
    });
  }

  return {
    set(services, everyMs) {
      const gone = new Set(pools.keys());
      for (const config of services) {
        gone.delete(config.name);
        const made = describePool(config);
        const old = pools.get(config.name);
        if (old !== undefined && old.key === made.key && old.config.balancer === config.balancer)
          Object.assign(old, made);
        else {
          old?.cancelTimer();
          pools.set(config.name, newPool(made));
        }
      }
      for (const name of gone) {
        pools.get(name)?.cancelTimer();
        pools.delete(name);
      }
      round(everyMs);
    },
    kick(cause, services) {
      for (const [name, pool] of pools) if (services?.includes(name) ?? true) kickOne(pool, cause);
    },
    pools: () => pools,
    foresee(service, servers) {
      const pool = pools.get(service);
      return pool === undefined || pool.memory === null ? null : desire(pool, servers);
    },
    async settled() {
      while ([...pools.values()].some((pool) => pool.running !== null)) {
        await Promise.all([...pools.values()].map((pool) => pool.running));
      }
    },
    async stop() {
      stopped = true;
      cancelRound();
      for (const pool of pools.values()) pool.cancelTimer();
      await this.settled();
    },
  };
}

/** The cause of the regular look at a table. */
export const routine = 'drift';

export function desired(pool: Pick<PoolRecord, 'spec'>, decision: PoolDecision): DesiredService {
  return { spec: pool.spec, entries: decision.entries };
}

function describePool(config: VirtualServiceConfig): Pick<PoolRecord, 'config' | 'rule' | 'spec' | 'key'> {
  const { at, scheduler, persistenceS, persistencePrefix, forward, members, minPooled, failBack } = config;
  const count = 'count' in minPooled ? minPooled.count : Math.ceil(minPooled.share * members.length);
  const failBackAfterMs = failBack === 'manual' ? null : failBack.afterMs;
  return {
    config,
    rule: { members, forward, minPooled: count, failBackAfterMs },
    spec: { at, scheduler, persistenceS, persistencePrefix },
    key: serviceKey(at),
  };
}

function newPool(made: Pick<PoolRecord, 'config' | 'rule' | 'spec' | 'key'>): Pool {
  const state = { memory: null, decision: null, actual: undefined, readMs: null, trouble: null, lastDrift: null };
  return { ...made, ...state, running: null, next: null, backOffMs: firstBackOffMs, cancelTimer: () => {} };
}
