/** What the reconciler keeps of a pool beside what it shows. */
import type { Cancel } from '../../ports.ts';
import type { Causes } from './causes.ts';
import type { PoolPlan, PoolRecord } from './pool-record.ts';

export const firstBackOffMs = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Pool extends Mutable<PoolRecord> {
  running: Promise<void> | null;
  /** Came in since the last decision. */
  readonly fresh: Causes;
  /** Decided upon, and not yet seen right in the table. */
  readonly causes: Causes;
  backOffMs: number;
  cancelTimer: Cancel;
  /** No longer in the configuration: a run under way ends without touching the table again. */
  gone: boolean;
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
