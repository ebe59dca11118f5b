/** What the files of balancers have in common: pools of servers with checks. `compose.ts` makes our document of it. */
import type { Forward, Protocol } from '../../../src/core/table.ts';

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
  readonly mail: MailSettings | null;
}

export type PoolAddress =
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: 4 | 6 | null }
  | { readonly kind: Protocol; readonly address: string; readonly port: number };

export interface Backend {
  readonly kind: 'haproxy';
  readonly backend: string;
  /** null: our default. */
  readonly socket: string | null;
  /** False: it has names that cannot be said on the socket, so HAProxy goes on keeping it and its servers are watched. */
  readonly isSteered: boolean;
}

/** Whether a virtual service is made of it. */
export function isSteered(at: PoolAddress | Backend): boolean {
  return at.kind !== 'haproxy' || at.isSteered;
}

/** Whether it is one of IPVS. */
export function isAddress(at: PoolAddress | Backend): at is PoolAddress {
  return at.kind !== 'haproxy';
}

/** What a pool is apart from its servers. */
export interface PoolTraits {
  readonly name: string;
  /** Where viewers connect to. */
  readonly at: PoolAddress | Backend;
  /** null: our default. */
  readonly scheduler: string | null;
  /** null: none. */
  readonly persistenceS: number | null;
  /** null: each viewer is one. */
  readonly persistencePrefix: number | null;
  readonly forward: Forward;
}

export interface Pool extends PoolTraits {
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
  readonly checks: readonly CheckDraft[] | null;
  readonly comments: readonly string[];
  readonly place: Place;
  /** Its name in HAProxy. */
  readonly line?: string;
}

/** Stands in for every member of its pool. */
export interface StandIn {
  readonly name: string | null;
  readonly address: string;
  readonly port: number | null;
  /** null: those of the members. */
  readonly checks: readonly CheckDraft[] | null;
  readonly comments: readonly string[];
  readonly place: Place;
  readonly line?: string;
}

/** A monitor that has no name yet; equal ones become one. */
export interface CheckDraft {
  readonly name: string;
  /** `type` first, then its options and times, in the order in which they are to be written. */
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface MailSettings {
  readonly to: readonly string[];
  readonly from: string;
  /** In the order in which they are tried. */
  readonly smtp: string | readonly string[];
  readonly timeoutMs: number | null;
  /** Between reminders; null: our default. */
  readonly alertevery: string | null;
}
