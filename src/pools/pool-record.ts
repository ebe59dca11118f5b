/** One virtual service with what is known and decided of it now. Only the engine's reconciler writes it. */
import type { VirtualServiceConfig } from '../config/config.ts';
import type { DesiredService } from '../core/plan.ts';
import type { PoolDecision, PoolMemory, PoolRule } from '../core/pool.ts';
import { type ServiceKey, type ServiceSpec, serviceKey, type TableService } from '../core/table.ts';
import { weightRanges } from '../core/weights/model.ts';

export interface PoolRecord {
  readonly config: VirtualServiceConfig;
  readonly rule: PoolRule;
  readonly spec: ServiceSpec;
  readonly key: ServiceKey;
  /** Members and backups, each once. */
  readonly names: readonly string[];
  readonly memory: PoolMemory | null;
  readonly decision: PoolDecision | null;
  readonly actual: TableService | undefined;
  /** Wall time of the last reading. */
  readonly readMs: number | null;
  readonly problem: { readonly text: string; readonly sinceMs: number } | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
}

/** The part that follows from the configuration alone. */
export type PoolPlan = Pick<PoolRecord, 'config' | 'rule' | 'spec' | 'key' | 'names'>;

export function describePool(config: VirtualServiceConfig): PoolPlan {
  const { at, scheduler, persistenceS, persistencePrefix, forward, members, minPooled, failBack } = config;
  const count = 'count' in minPooled ? minPooled.count : Math.ceil(minPooled.share * members.length);
  const failBackAfterMs = failBack === 'manual' ? null : failBack.afterMs;
  const range = config.balancer === 'haproxy' ? 'haproxy' : 'ipvs';
  return {
    config,
    rule: { members, forward, minPooled: count, failBackAfterMs, heaviest: weightRanges[range].most },
    spec: { at, scheduler, persistenceS, persistencePrefix },
    key: serviceKey(at),
    names: [...new Set(members.flatMap(({ server, backups }) => [server, ...backups]))],
  };
}

export function desired(pool: Pick<PoolRecord, 'spec'>, decision: PoolDecision): DesiredService {
  return { spec: pool.spec, entries: decision.entries };
}
