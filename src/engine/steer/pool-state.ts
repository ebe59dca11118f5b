/** A pool with what only the reconciler knows of it. */

import type { PoolPlan, PoolRecord } from '../../pools/pool-record.ts';
import type { Cancel } from '../../ports.ts';
import type { Causes } from './causes.ts';

export const firstBackOffMs = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Pool extends Mutable<PoolRecord> {
  running: Promise<void> | null;
  /** Causes since the last decision. */
  readonly fresh: Causes;
  /** Causes that were decided upon, until the table is in sync. */
  readonly causes: Causes;
  backOffMs: number;
  cancelTimer: Cancel;
  /** No longer in the configuration: a run under way ends without changing the table again. */
  gone: boolean;
}

/** The new configuration of a pool that stays in its place. */
export function replan(pool: Pool, { config, rule, spec, key, names }: PoolPlan): void {
  pool.config = config;
  pool.rule = rule;
  pool.spec = spec;
  pool.key = key;
  pool.names = names;
}

/** Two pools with the same place would be the same virtual service. */
export function placeOf({ config, key }: Pick<PoolRecord, 'config' | 'key'>): string {
  return `${config.balancer} ${key}`;
}

export function newPool(made: PoolPlan): Pool {
  return {
    ...made,
    memory: null,
    decision: null,
    actual: undefined,
    readMs: null,
    problem: null,
    lastDrift: null,
    running: null,
    fresh: new Map(),
    causes: new Map(),
    backOffMs: firstBackOffMs,
    cancelTimer: () => {},
    gone: false,
  };
}
