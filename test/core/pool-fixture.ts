import {
  desirePool,
  type Member,
  type PoolDecision,
  type PoolInput,
  type PoolMemory,
  type ServerView,
} from '../../src/core/pool.ts';
import type { TableService } from '../../src/core/table.ts';

export const nothing: PoolMemory = { standIns: new Map(), kept: new Set() };

export function server(name: string, change: Partial<ServerView> = {}): ServerView {
  const address = `10.0.0.${[...name].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 250, 7)}`;
  return { name, address, status: 'ok', okSinceMs: 0, hold: null, shared: false, returnNow: false, ...change };
}

export function member(name: string, backups: readonly string[] = ['spare'], weight = 1): Member {
  return { server: name, weight, port: 0, backups };
}

/** What the table holds after a decision was applied. */
export function applied(decision: PoolDecision, conns: (address: string) => number = () => 0): TableService {
  return {
    spec: { at: { kind: 'fwmark', mark: 1, family: 4 }, scheduler: 'rr', persistenceS: null, persistencePrefix: 32 },
    entries: decision.entries.map((e) => ({ ...e, activeConns: conns(e.address), inactiveConns: 0 })),
  };
}

export function input(
  members: readonly Member[],
  views: readonly ServerView[],
  change: Partial<PoolInput> = {},
): PoolInput {
  return {
    rule: { members, forward: 'dr', minPooled: 1, failBackAfterMs: 30_000 },
    servers: new Map(views.map((v) => [v.name, v])),
    actual: undefined,
    memory: nothing,
    busyFor: () => null,
    nowMs: 100_000,
    ...change,
  };
}

/** `edge1=1 spare=-` : every place with its weight, in the order of the decision. */
export function picture(decision: PoolDecision): string {
  return decision.places.map((p) => `${p.server}=${p.weight ?? '-'}`).join(' ');
}

export function decideTwice(first: PoolInput, change: (before: PoolDecision) => Partial<PoolInput>): PoolDecision {
  const before = desirePool(first);
  return desirePool({ ...first, actual: applied(before), memory: before.memory, ...change(before) });
}
