/**
 * Who belongs in a pool, and why. The rules, in the order they are applied:
 * members by their status and the hand on them; stand-ins for those that are out; stand-ins that are no longer
 * needed leave; and last, nothing may take the pool below `minPooled`.
 */
import type { Status } from './model.ts';
import { Seating } from './seating.ts';
import { type Entry, entriesByKey, entryKey, type Forward, hostPort, type TableService } from './table.ts';

export interface PoolRule {
  readonly members: readonly Member[];
  readonly forward: Forward;
  /** How many must stay pooled, whatever happens. */
  readonly minPooled: number;
  /** A recovered member waits this long behind its stand-in; null: until a hand brings it back. */
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
  /** A hand asked for it back: no waiting behind the stand-in. */
  readonly returnNow: boolean;
}

/** What a pool remembers between two decisions. */
export interface PoolMemory {
  /** Member → its stand-in. */
  readonly standIns: ReadonlyMap<string, string>;
  /** Servers kept pooled although they should not be (law 3). */
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

/** Where one server stands in one pool. */
export interface Place {
  readonly server: string;
  readonly role: 'member' | 'backup';
  readonly standsInFor: readonly string[];
  readonly address: string;
  readonly port: number;
  /** null: not in the table. */
  readonly weight: number | null;
  readonly reason: Reason;
  /** Its weight is a hand's. */
  readonly pinned?: true;
}

export interface PoolDecision {
  readonly places: readonly Place[];
  readonly entries: readonly Entry[];
  readonly memory: PoolMemory;
  /** Monotonic ms at which time alone would change the decision; null: never. */
  readonly nextMs: number | null;
}

export interface PoolInput {
  readonly rule: PoolRule;
  readonly servers: ReadonlyMap<string, ServerView>;
  /** The virtual service as read from the table; undefined: not there. */
  readonly actual: TableService | undefined;
  readonly memory: PoolMemory;
  /** Server for which the backup stands in in another pool, or null. */
  readonly busyFor: (backup: string) => string | null;
  readonly nowMs: number;
}

export function desirePool(input: PoolInput): PoolDecision {
  const { rule, nowMs } = input;
  const seat = new Seating(input);
  for (const member of rule.members) seat.member(member);
  for (const member of rule.members) seat.keepStandIn(member);
  for (const member of rule.members) seat.findStandIn(member);
  seat.backups();
  seat.keepEnough();
  const places = seat.places();

  const waiting = rule.members.filter((m) => seat.reasonOf(m.server) === 'recovered, waits to fail back');
  const due = waiting.flatMap((m) => {
    const since = input.servers.get(m.server)?.okSinceMs;
    return since == null || rule.failBackAfterMs === null ? [] : [since + rule.failBackAfterMs];
  });
  return {
    places,
    entries: entriesOf(places, rule.forward),
    memory: { standIns: seat.standIns, kept: seat.kept },
    nextMs: due.length === 0 ? null : Math.max(nowMs, Math.min(...due)),
  };
}

function entriesOf(places: readonly Place[], forward: Forward): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const { address, port, weight } of places) {
    if (weight === null) continue;
    const entry: Entry = { address, port, weight, forward };
    entries.set(entryKey(entry), entry);
  }
  return [...entries.values()];
}

/** What the table says of swaps made before we started: a member that is out while its backup is pooled. */
export function adoptPool(
  rule: PoolRule,
  servers: ReadonlyMap<string, Pick<ServerView, 'address' | 'shared'>>,
  actual: TableService | undefined,
): PoolMemory {
  const standIns = new Map<string, string>();
  const used = new Set<string>();
  const found = entriesByKey(actual);
  const pooled = (server: string, port: number): boolean => {
    const address = servers.get(server)?.address;
    return address !== undefined && (found.get(hostPort(address, port))?.weight ?? 0) > 0;
  };
  const free = (backup: string): boolean => !used.has(backup) || servers.get(backup)?.shared === true;
  for (const { server, port, backups } of rule.members) {
    if (pooled(server, port)) continue;
    const standIn = backups.find((b) => free(b) && pooled(b, port));
    if (standIn === undefined) continue;
    used.add(standIn);
    standIns.set(server, standIn);
  }
  return { standIns, kept: new Set() };
}
