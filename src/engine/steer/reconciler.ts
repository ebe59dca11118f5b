/**
 * Keeps the tables in sync: on every change, and again every few seconds in any case. Each pool independently reads the
 * table, decides, plans, applies and reads back. Nothing here waits for the disk, for email, or for another pool.
 */
import { isDeepStrictEqual } from 'node:util';
import type { TablePort } from '../../balancer/balancer.ts';
import { type BalancerKind, type TableName, tableName, type VirtualServiceConfig } from '../../config/config.ts';
import { withExternalHolds } from '../../core/external-holds.ts';
import { describeCommand, planService } from '../../core/plan.ts';
import { adoptPool, desirePool, type PoolDecision, type PoolMemory, type ServerView } from '../../core/pool.ts';
import type { Command, Table } from '../../core/table.ts';
import { describePool, desired, type PoolRecord } from '../../pools/pool-record.ts';
import { createStandIns } from '../../pools/stand-ins.ts';
import type { Cancel, Clock, Log } from '../../ports.ts';
import type { TableAction } from '../../store/store.ts';
import { errorText } from '../../text.ts';
import { type Cause, causesOf, isRoutine, noteCause, routine, sameExternalHolds } from './causes.ts';
import { firstBackOffMs, newPool, type Pool, placeOf, replan } from './pool-state.ts';
import { shareTables } from './shared-tables.ts';

export type { Cause };

export interface Reconciler {
  set(services: Iterable<VirtualServiceConfig>, everyMs: number): void;
  /** Decides and applies now: for the named services, or for all. */
  kick(cause: Cause, services?: readonly string[]): void;
  pools(): ReadonlyMap<string, PoolRecord>;
  /** The decision for a pool if these servers had these states; null while its table has never been read. */
  foresee(service: string, instead: ReadonlyMap<string, ServerView>): PoolDecision | null;
  /** Resolves when everything kicked so far is applied, or has failed and will be tried again. */
  settled(): Promise<void>;
  /** Leaves the tables unchanged. */
  stop(): Promise<void>;
}

export interface ReconcilerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly balancer: (table: TableName) => TablePort;
  readonly server: (kind: BalancerKind, name: string) => ServerView | undefined;
  /** The decision with other weights; `before`: the pool's memory before it. */
  readonly weighed?: (pool: PoolRecord, decision: PoolDecision, before: PoolMemory | null) => PoolDecision;
  readonly onActions: (actions: readonly TableAction[]) => void;
  /** A pool changed in a way that a person would see; `drift` when the table was changed externally. */
  readonly onChange: (pool: PoolRecord, drift: string | null) => void;
}

const lastBackOffMs = 5000;
/** Rounds of plan and apply before the table counts as not converging. */
const maxRounds = 3;

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { clock, log, onActions, onChange } = options;
  const tables = shareTables(options.balancer);
  const standIns = createStandIns<Pool>();
  const pools = new Map<string, Pool>();
  /** When the runs of removed pools end, by their place in a table: the next pool there waits for it. */
  const leaving = new Map<string, Promise<void>>();
  let cancelRound: Cancel = () => {};
  let stopped = false;

  function kickOne(pool: Pool, cause: Cause): void {
    if (stopped || pool.gone) return;
    noteCause(pool.fresh, cause);
    begin(pool);
  }

  function begin(pool: Pool): void {
    if (!stopped && !pool.gone && pool.running === null) pool.running = run(pool);
  }

  async function run(pool: Pool): Promise<void> {
    const before = leaving.get(placeOf(pool));
    if (before !== undefined) await before;
    while (!stopped && !pool.gone) {
      await makeRight(pool);
      if (pool.fresh.size === 0) break;
    }
    pool.running = null;
  }

  async function makeRight(pool: Pool): Promise<void> {
    pool.cancelTimer();
    absorb(pool);
    const desiredBefore = pool.decision;
    let again: number | null = null;
    try {
      for (let round = 0; ; round++) {
        const table = await tables.read(tableName(pool.config));
        if (pool.gone) return;
        // The decision uses the current states of the servers, so it covers later kicks too.
        absorb(pool);
        const remembered = pool.memory;
        const [decision, commands] = decide(pool, table);
        if (commands.length === 0) break;
        if (round === 0 && isRoutine(pool.causes)) noteRoutine(pool, desiredBefore, commands);
        if (round === maxRounds)
          throw new Error(
            `the table keeps changing, not in sync after ${maxRounds} rounds: ${commands.map(describeCommand).join(', ')}`,
          );
        await applyAll(pool, commands, decision, remembered);
        if (pool.gone) return;
      }
      if (pool.problem !== null) log.info({ service: pool.config.name }, 'table is in sync again');
      pool.problem = null;
      pool.backOffMs = firstBackOffMs;
      pool.causes.clear();
      const nextMs = pool.decision?.nextMs ?? null;
      if (nextMs !== null) again = Math.max(0, nextMs - clock.monoMs());
    } catch (error) {
      if (pool.gone) return;
      again = failed(pool, error);
    }
    if (again !== null && !stopped) pool.cancelTimer = clock.after(again, () => runAgain(pool));
    onChange(pool, null);
  }

  function absorb(pool: Pool): void {
    for (const cause of pool.fresh.values()) noteCause(pool.causes, cause);
    pool.fresh.clear();
  }

  /** A retry keeps its causes. */
  function runAgain(pool: Pool): void {
    if (pool.problem !== null) begin(pool);
    else kickOne(pool, { text: 'hold-down ended', incidentId: null, sinceMs: clock.monoMs() });
  }

  function failed(pool: Pool, error: unknown): number {
    const text = errorText(error);
    if (pool.problem?.text !== text) log.error({ service: pool.config.name }, text);
    pool.problem = { text, sinceMs: pool.problem?.sinceMs ?? clock.wallMs() };
    const waitMs = pool.backOffMs;
    pool.backOffMs = Math.min(lastBackOffMs, waitMs * 2);
    return waitMs;
  }

  function decide(pool: Pool, table: Table): readonly [PoolDecision, readonly Command[]] {
    pool.actual = table.get(pool.key);
    const servers = viewsOf(pool);
    pool.readMs = clock.wallMs();
    const seated = desire(pool, servers);
    const decision = options.weighed?.(pool, seated, pool.memory) ?? seated;
    pool.decision = decision;
    pool.memory = decision.memory;
    standIns.set(pool, decision.memory);
    return [decision, planService(desired(pool, decision), pool.actual)];
  }

  function viewsOf(pool: Pool): ReadonlyMap<string, ServerView> {
    const views = new Map<string, ServerView>();
    for (const name of pool.names) {
      const view = options.server(pool.config.balancer, name);
      if (view !== undefined) views.set(name, view);
    }
    return withExternalHolds(pool.rule, views, pool.actual);
  }

  function desire(pool: Pool, servers: ReadonlyMap<string, ServerView>): PoolDecision {
    return desirePool({
      rule: pool.rule,
      servers,
      actual: pool.actual,
      memory: pool.memory ?? adoptPool(pool.rule, servers, pool.actual),
      busyFor: (backup) => standIns.busyFor(pool, backup),
      nowMs: clock.monoMs(),
    });
  }

  async function applyAll(
    pool: Pool,
    commands: readonly Command[],
    decision: PoolDecision,
    before: PoolMemory | null,
  ): Promise<void> {
    const { name: service } = pool.config;
    const startedMs = clock.monoMs();
    const causes = causesOf(commands, { causes: pool.causes, decision, before });
    const report = (result: TableAction['result'], error: string): void => {
      const [atMs, endedMs] = [clock.wallMs(), clock.monoMs()];
      const actions = commands.map((one, index): TableAction => {
        const { text, incidentId, sinceMs } = causes[index] ?? { text: routine, incidentId: null, sinceMs: startedMs };
        const tookMs = endedMs - Math.min(sinceMs, startedMs);
        const command = describeCommand(one);
        log.info({ service, command, cause: text, result, tookMs: Math.round(tookMs * 10) / 10 }, 'table command');
        return { atMs, service, command, cause: text, incidentId, result, tookMs, error };
      });
      onActions(actions);
    };
    try {
      await tables.apply(tableName(pool.config), commands);
      report('verified', '');
    } catch (error) {
      // The same refusal every few seconds is one line in the history.
      const text = errorText(error);
      if (pool.problem?.text !== text) report('refused', text);
      throw error;
    }
  }

  /** The routine check found work. If the decision is the same, the table was changed externally. */
  function noteRoutine(pool: Pool, before: PoolDecision | null, commands: readonly Command[]): void {
    if (!isDeepStrictEqual(before?.entries, pool.decision?.entries)) {
      const cause = pool.causes.get(null);
      const text = sameExternalHolds(before, pool.decision)
        ? 'the last streams finished'
        : 'changed in the balancer itself';
      if (cause !== undefined) pool.causes.set(null, { ...cause, text });
      return;
    }
    const text = `drift repaired: changed externally: ${commands.map(describeCommand).join(', ')}`;
    // A repair that failed at first was already reported.
    if (pool.problem !== null && pool.lastDrift?.text === text) return;
    pool.lastDrift = { atMs: clock.wallMs(), text };
    log.warn({ service: pool.config.name }, text);
    onChange(pool, text);
  }

  function round(everyMs: number): void {
    cancelRound();
    cancelRound = clock.after(everyMs, () => {
      const cause: Cause = { text: routine, incidentId: null, sinceMs: clock.monoMs() };
      for (const pool of pools.values()) if (pool.problem === null) kickOne(pool, cause);
      round(everyMs);
    });
  }

  function retire(pool: Pool): void {
    pool.gone = true;
    pool.cancelTimer();
    standIns.set(pool, null);
    const { running } = pool;
    if (running === null) return;
    const place = placeOf(pool);
    const end = running.finally(() => {
      if (leaving.get(place) === end) leaving.delete(place);
    });
    leaving.set(place, end);
  }

  async function settled(): Promise<void> {
    await Promise.all([...[...pools.values()].map((pool) => pool.running), ...leaving.values()]);
  }

  return {
    set(services, everyMs) {
      const gone = new Map(pools);
      for (const config of services) {
        const made = describePool(config);
        const old = pools.get(config.name);
        if (old !== undefined && placeOf(old) === placeOf(made)) {
          gone.delete(config.name);
          replan(old, made);
        } else {
          pools.set(config.name, newPool(made));
        }
      }
      for (const [name, pool] of gone) {
        retire(pool);
        if (pools.get(name) === pool) pools.delete(name);
      }
      round(everyMs);
    },
    kick(cause, services) {
      if (services === undefined) for (const pool of pools.values()) kickOne(pool, cause);
      for (const name of services ?? []) {
        const pool = pools.get(name);
        if (pool !== undefined) kickOne(pool, cause);
      }
    },
    pools: () => pools,
    foresee(service, instead) {
      const pool = pools.get(service);
      if (pool === undefined || pool.memory === null) return null;
      return desire(pool, new Map([...viewsOf(pool), ...instead]));
    },
    settled,
    async stop() {
      stopped = true;
      cancelRound();
      for (const pool of pools.values()) pool.cancelTimer();
      await settled();
    },
  };
}
