/** The pools in which each backup stands in, so that none is in two places (law 4). */
import type { PoolMemory } from '../core/pool.ts';

export interface StandIns<Pool> {
  /** `memory` null: the pool was removed. */
  set(pool: Pool, memory: PoolMemory | null): void;
  /** The member for which the backup stands in in another pool, or null. */
  busyFor(pool: Pool, backup: string): string | null;
}

export function createStandIns<Pool>(): StandIns<Pool> {
  const known = new Map<Pool, PoolMemory>();
  const places = new Map<string, Map<Pool, string>>();
  return {
    set(pool, memory) {
      for (const backup of known.get(pool)?.standIns.values() ?? []) {
        const taken = places.get(backup);
        taken?.delete(pool);
        if (taken?.size === 0) places.delete(backup);
      }
      if (memory === null) known.delete(pool);
      else known.set(pool, memory);
      for (const [member, backup] of memory?.standIns ?? []) {
        const taken = places.get(backup) ?? new Map<Pool, string>();
        places.set(backup, taken.set(pool, taken.get(pool) ?? member));
      }
    },
    busyFor(pool, backup) {
      for (const [other, member] of places.get(backup) ?? []) if (other !== pool) return member;
      return null;
    },
  };
}
