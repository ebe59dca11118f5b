/** What the files of balancers have in common: pools of servers with checks. `compose.ts` makes our document of it. */
import type { Forward, Protocol } from '../../core/table.ts';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface Cluster {
  readonly head: readonly string[];
  /** Its name; null: that of the host. */
  readonly director: string | null;
  readonly pools: readonly Pool[];
  readonly mail: MailWish | null;
}

export type PoolAddress =
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: 4 | 6 | null }
  | { readonly kind: Protocol; readonly address: string; readonly port: number };

export interface Pool {
  readonly name: string;
  /** null: a pool of a balancer that is not ours to steer; its servers are watched all the same. */
  readonly at: PoolAddress | null;
  readonly scheduler: string | null;
  readonly persistenceS: number | null;
  readonly persistencePrefix: number | null;
  readonly forward: Forward;
  readonly members: readonly Member[];
  readonly standIns: readonly StandIn[];
  readonly comments: readonly string[];
  readonly place: Place;
}

export interface Member {
  /** null: the file has no name for it. */
  readonly name: string | null;
  readonly address: string;
  /** null: that of the pool. */
  readonly port: number | null;
  readonly weight: number;
  /** null: it is meant to have none. */
  readonly checks: readonly CheckWish[] | null;
  readonly comments: readonly string[];
  readonly place: Place;
}

/** Stands in for every member of its pool. */
export interface StandIn {
  readonly name: string | null;
  readonly address: string;
  readonly port: number | null;
  /** null: those of the members. */
  readonly checks: readonly CheckWish[] | null;
  readonly comments: readonly string[];
  readonly place: Place;
}

/** A monitor that has no name yet; equal ones become one. */
export interface CheckWish {
  readonly name: string;
  /** `type` first, then its options and times, in the order in which they are to be written. */
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface MailWish {
  readonly to: readonly string[];
  readonly from: string;
  readonly smtp: string;
  readonly timeoutMs: number | null;
  /** Between reminders; null: our default. */
  readonly alertevery: string | null;
}
