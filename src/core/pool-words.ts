/** The words of a decision about a pool. */
import type { Status } from './model.ts';
import type { Entry, Forward, TableService } from './table.ts';

export interface PoolRule {
  readonly members: readonly Member[];
  readonly forward: Forward;
  /** How many must stay pooled in any case. */
  readonly minPooled: number;
  /** A recovered member waits this long while its stand-in serves, in ms; null: until an operator enables it. */
  readonly failBackAfterMs: number | null;
  /** The largest weight of its table; 65535 if absent. */
  readonly heaviest?: number;
}

export interface Member {
  readonly server: string;
  readonly weight: number;
  readonly port: number;
  readonly backups: readonly string[];
}

export interface ServerView {
  readonly name: string;
  readonly address: string;
  readonly status: Status;
  /** Monotonic ms since when it has been ok without a break; null when it is not. */
  readonly okSinceMs: number | null;
  readonly hold: 'drain' | 'disable' | null;
  /** May stand in for several members. */
  readonly shared: boolean;
  /** An operator wants it back without waiting. */
  readonly returnNow: boolean;
}

/** What a pool remembers between two decisions. */
export interface PoolMemory {
  /** Member → its stand-in. */
  readonly standIns: ReadonlyMap<string, string>;
  /** Servers kept pooled although failing or overloaded (law 3). */
  readonly kept: ReadonlySet<string>;
}

export type Reason =
  | 'ok'
  | 'failing'
  | 'overloaded'
  | 'drained manually'
  | 'disabled manually'
  | 'not tested yet'
  | 'the table was not read yet'
  | 'recovered, waits to fail back'
  | 'stands in'
  | 'spare'
  | 'spare, not eligible'
  | 'stands in elsewhere'
  | 'leaving, streams finish'
  | 'kept as found until the members are tested'
  | 'kept although failing'
  | 'kept although overloaded';

/** The place of one server in one pool. */
export interface Place {
  readonly server: string;
  readonly role: 'member' | 'backup';
  readonly standsInFor: readonly string[];
  readonly address: string;
  readonly port: number;
  /** null: not in the table. */
  readonly weight: number | null;
  readonly reason: Reason;
  /** An operator pinned its weight. */
  readonly pinned?: true;
}

export interface PoolDecision {
  readonly places: readonly Place[];
  readonly entries: readonly Entry[];
  readonly memory: PoolMemory;
  /** Monotonic ms at which the decision changes with time alone; null: never. */
  readonly nextMs: number | null;
}

export interface PoolInput {
  readonly rule: PoolRule;
  readonly servers: ReadonlyMap<string, ServerView>;
  /** The virtual service as read from the table; undefined: not there. */
  readonly actual: TableService | undefined;
  readonly memory: PoolMemory;
  /** The member for which the backup stands in in another pool, or null. */
  readonly busyFor: (backup: string) => string | null;
  readonly nowMs: number;
}
