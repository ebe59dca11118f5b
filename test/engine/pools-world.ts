/** A reconciler over an in-memory table that takes its time, with servers that are what a test says. */
import { createMemoryBalancer, type MemoryTable } from '../../src/balancer/memory.ts';
import type { VirtualServiceConfig } from '../../src/config/config.ts';
import type { ServerView } from '../../src/core/pool.ts';
import { type Cause, createReconciler, type Reconciler } from '../../src/engine/steer/reconciler.ts';
import type { TableAction } from '../../src/store/store.ts';
import { type ManualClock, manualClock } from '../fake/clock.ts';

export interface PoolsWorld {
  readonly clock: ManualClock;
  readonly reconciler: Reconciler;
  readonly memory: MemoryTable;
  readonly actions: TableAction[];
  readonly drifts: string[];
  readonly counts: { reads: number; applies: number };
  /** How the balancer behaves: ms until a read or an apply is done, and whether it fails. */
  readonly balancer: { readMs: number; applyMs: number; unreadable: boolean; refuses: boolean };
  become(server: string, change: Partial<ServerView>): void;
  /** `10.0.0.1=1 10.0.0.3=0`, of one service. */
  table(key?: string): string;
}

/** Server `s<n>` has the address 10.0.0.<n>. */
export function service(change: Partial<VirtualServiceConfig> = {}): VirtualServiceConfig {
  return {
    name: 'playout',
    balancer: 'memory',
    at: { kind: 'fwmark', mark: 1, family: 4 },
    scheduler: 'rr',
    persistenceS: null,
    persistencePrefix: 32,
    forward: 'dr',
    members: ['s1', 's2'].map((server) => ({ server, weight: 1, port: 0, backups: ['s8', 's9'] })),
    minPooled: { count: 0 },
    failBack: { afterMs: 0 },
    ...change,
  };
}

export function because(server: string | null, text: string, sinceMs = 0): Cause {
  return { text, server, incidentId: server === null ? null : `incident-${server}`, sinceMs };
}

export function poolsWorld(): PoolsWorld {
  const clock = manualClock();
  const memory: MemoryTable = { table: new Map() };
  const real = createMemoryBalancer(memory);
  const views = new Map<string, ServerView>();
  const actions: TableAction[] = [];
  const drifts: string[] = [];
  const counts = { reads: 0, applies: 0 };
  const balancer = { readMs: 0, applyMs: 0, unreadable: false, refuses: false };
  const pass = (ms: number) => (ms === 0 ? Promise.resolve() : new Promise<void>((done) => clock.after(ms, done)));
  const healthy = (name: string): ServerView => {
    const address = `10.0.0.${name.slice(1)}`;
    return { name, address, status: 'ok', okSinceMs: 0, hold: null, shared: false, returnNow: false };
  };
  const view = (name: string): ServerView => views.get(name) ?? healthy(name);
  const reconciler = createReconciler({
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    balancer: () => ({
      async read() {
        counts.reads += 1;
        const table = await real.read();
        await pass(balancer.readMs);
        if (balancer.unreadable) throw new Error('no IPVS in the kernel');
        return table;
      },
      async apply(commands) {
        counts.applies += 1;
        const { refuses } = balancer;
        await pass(balancer.applyMs);
        if (refuses) throw new Error('ipvsadm refused');
        await real.apply(commands);
      },
    }),
    server: (_, name) => view(name),
    onActions: (done) => actions.push(...done),
    onChange: (_, drift) => drift !== null && drifts.push(drift),
  });
  return {
    clock,
    reconciler,
    memory,
    actions,
    drifts,
    counts,
    balancer,
    become(server, change) {
      views.set(server, { ...view(server), ...change });
    },
    table(key = 'fwmark:1') {
      const entries = memory.table.get(key)?.entries;
      return entries?.map(({ address, weight }) => `${address}=${weight}`).join(' ') ?? 'no service';
    },
  };
}

/** With the services made right once. */
export async function settledWorld(services: readonly VirtualServiceConfig[] = [service()]): Promise<PoolsWorld> {
  const world = poolsWorld();
  world.reconciler.set(services, 5000);
  world.reconciler.kick(because(null, 'start'));
  await world.clock.advance(0);
  world.actions.splice(0);
  return world;
}
