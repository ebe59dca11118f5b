/**
 * Who belongs in a pool, and why. The rules, in the order they are applied:
 * members by their status and the hand on them; stand-ins for those that are out; stand-ins that are no longer
 * needed leave; and last, nothing may take the pool below `minPooled`.
 */
import type { Status } from './model.ts';
import { type Entry, entryKey, type Forward, type TableService } from './table.ts';

export interface PoolRule {
  readonly members: readonly Member[];
  readonly forward: Forward;
  /** How many must stay pooled, whatever happens. */
  readonly minPooled: number;
  /** A recovered member waits this long behind its stand-in; null: until a hand brings it back. */
  readonly failBackAfterMs: number | null;
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
  | 'drained by hand'
  | 'disabled by hand'
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

  const waiting = rule.members.filter((m) => seat.reasonOf(m.server) === 'recovered, waits to fail back');
  const due = waiting.flatMap((m) => {
    const since = input.servers.get(m.server)?.okSinceMs;
    return since == null || rule.failBackAfterMs === null ? [] : [since + rule.failBackAfterMs];
  });
  return {
    places: seat.places(),
    entries: seat.entries(),
    memory: { standIns: seat.standIns, kept: seat.kept },
    nextMs: due.length === 0 ? null : Math.max(nowMs, Math.min(...due)),
  };
}

/** What the table says of swaps made before we started: a member that is out while its backup is pooled. */
export function adoptPool(
  rule: PoolRule,
  servers: ReadonlyMap<string, Pick<ServerView, 'address'>>,
  actual: TableService | undefined,
): PoolMemory {
  const standIns = new Map<string, string>();
  const used = new Set<string>();
  const pooled = (server: string, port: number): boolean => weightIn(actual, servers.get(server)?.address, port) > 0;
  for (const { server, port, backups } of rule.members) {
    if (pooled(server, port)) continue;
    const standIn = backups.find((b) => !used.has(b) && pooled(b, port));
    if (standIn === undefined) continue;
    used.add(standIn);
    standIns.set(server, standIn);
  }
  return { standIns, kept: new Set() };
}

function weightIn(actual: TableService | undefined, address: string | undefined, port: number): number {
  return actual?.entries.find((e) => e.address === address && e.port === port)?.weight ?? -1;
}

type Seat = Omit<Place, 'address'>;

function isPooled(seat: Seat): boolean {
  return (seat.weight ?? 0) > 0;
}

/** The table of one decision while it is being made. */
class Seating {
  readonly standIns = new Map<string, string>();
  readonly kept = new Set<string>();
  readonly #input: PoolInput;
  readonly #seats = new Map<string, Seat>();

  constructor(input: PoolInput) {
    this.#input = input;
  }

  member(member: Member): void {
    const { server, port } = member;
    const [weight, reason] = this.#seatOf(member);
    this.#seats.set(server, { server, role: 'member', standsInFor: [], port, weight, reason });
  }

  #seatOf({ server, weight, port }: Member): readonly [weight: number | null, reason: Reason] {
    const view = this.#view(server);
    const found = this.#found(server, port);
    const drained = found >= 0 ? 0 : null;
    if (view.hold === 'disable') return [null, 'disabled by hand'];
    if (view.status === 'fail') return [null, 'failing'];
    if (view.hold === 'drain') return [drained, 'drained by hand'];
    if (view.status === 'untested') return [found >= 0 ? found : null, 'not tested yet'];
    if (view.status === 'overloaded') return [drained, 'overloaded'];
    if (this.#waits(view, port)) return [drained, 'recovered, waits to fail back'];
    return [weight, 'ok'];
  }

  /** A recovered member stays behind its stand-in while that one is good and the hold-down runs. */
  #waits(view: ServerView, port: number): boolean {
    const { memory, rule, nowMs } = this.#input;
    const standIn = memory.standIns.get(view.name);
    if (standIn === undefined || view.returnNow || view.okSinceMs === null) return false;
    if (!this.#holds(standIn, port)) return false;
    return rule.failBackAfterMs === null || nowMs - view.okSinceMs < rule.failBackAfterMs;
  }

  keepStandIn(member: Member): void {
    const standIn = this.#input.memory.standIns.get(member.server);
    if (standIn === undefined || !this.#isOut(member) || !member.backups.includes(standIn)) return;
    if (this.#holds(standIn, member.port) && this.#free(standIn, member.server))
      this.standIns.set(member.server, standIn);
  }

  /** A stand-in that is at work: ok, or found pooled and not seen yet. */
  #holds(standIn: string, port: number): boolean {
    const { status, hold } = this.#view(standIn);
    return hold === null && (status === 'ok' || (status === 'untested' && this.#found(standIn, port) > 0));
  }

  /** Nobody stands in for a member that was not seen yet; nobody steps in unless seen and ok. */
  findStandIn(member: Member): void {
    if (!this.#isOut(member) || this.standIns.has(member.server)) return;
    if (this.#view(member.server).status === 'untested') return;
    const standIn = member.backups.find((b) => this.#view(b).status === 'ok' && this.#free(b, member.server));
    if (standIn !== undefined) this.standIns.set(member.server, standIn);
  }

  backups(): void {
    const { rule } = this.#input;
    for (const backup of new Set(rule.members.flatMap((m) => m.backups))) {
      const backed = rule.members.filter((m) => m.backups.includes(backup));
      const standsFor = backed.filter((m) => this.standIns.get(m.server) === backup);
      const port = standsFor[0]?.port ?? backed[0]?.port ?? 0;
      const standsInFor = standsFor.map((m) => m.server);
      const seat =
        standsFor.length > 0
          ? { weight: standsFor.reduce((sum, m) => sum + m.weight, 0), reason: 'stands in' as const }
          : this.#idle(backup, backed, port);
      this.#seats.set(backup, { server: backup, role: 'backup', standsInFor, port, ...seat });
    }
  }

  #idle(backup: string, backed: readonly Member[], port: number): { weight: number | null; reason: Reason } {
    const { actual, busyFor } = this.#input;
    const view = this.#view(backup);
    const found = this.#found(backup, port);
    if (found >= 0 && view.status !== 'fail' && view.hold !== 'disable') {
      const asFound = view.status !== 'overloaded' && view.hold === null;
      const unseen = view.status === 'untested' || backed.some((m) => this.#view(m.server).status === 'untested');
      if (asFound && unseen) {
        return { weight: found, reason: 'kept as found until the members are tested' };
      }
      const entry = actual?.entries.find((e) => e.address === view.address && e.port === port);
      if ((entry?.activeConns ?? 0) > 0) return { weight: 0, reason: 'leaving, streams finish' };
    }
    if (view.hold !== null)
      return { weight: null, reason: view.hold === 'drain' ? 'drained by hand' : 'disabled by hand' };
    if (view.status === 'untested') return { weight: null, reason: 'not tested yet' };
    if (view.status !== 'ok') return { weight: null, reason: 'spare, not eligible' };
    return { weight: null, reason: busyFor(backup) === null ? 'spare' : 'stands in elsewhere' };
  }

  /** Law 3: the recovered come back early, then the overloaded stay, then the failing that are still in the table. */
  keepEnough(): void {
    const { rule, memory } = this.#input;
    const enough = Math.min(rule.minPooled, rule.members.length);
    const isKept = (seat: Seat): number => (memory.kept.has(seat.server) ? 0 : 1);
    const candidates = [...this.#seats.values()]
      .filter((seat) => !isPooled(seat) && this.#view(seat.server).hold === null && this.#mayStay(seat))
      .sort((a, b) => this.#badness(a) - this.#badness(b) || isKept(a) - isKept(b));
    for (const seat of candidates) {
      if ([...this.#seats.values()].filter(isPooled).length >= enough) return;
      const { status } = this.#view(seat.server);
      const own = rule.members.find((m) => m.server === seat.server)?.weight;
      const weight = own ?? Math.max(1, this.#found(seat.server, seat.port));
      const reason = status === 'ok' ? 'ok' : status === 'fail' ? 'kept although failing' : 'kept although overloaded';
      this.#seats.set(seat.server, { ...seat, weight, reason });
      if (status !== 'ok') this.kept.add(seat.server);
    }
  }

  #mayStay(seat: Seat): boolean {
    const { status } = this.#view(seat.server);
    const found = this.#found(seat.server, seat.port);
    if (status === 'fail') return found > 0 || this.#input.memory.kept.has(seat.server);
    if (status === 'overloaded') return seat.role === 'member' || found >= 0;
    return status === 'ok' && seat.role === 'member';
  }

  #badness(seat: Seat): number {
    return ['ok', 'overloaded', 'fail'].indexOf(this.#view(seat.server).status);
  }

  reasonOf(server: string): Reason | undefined {
    return this.#seats.get(server)?.reason;
  }

  places(): readonly Place[] {
    return [...this.#seats.values()].map((seat) => ({ ...seat, address: this.#view(seat.server).address }));
  }

  entries(): readonly Entry[] {
    const entries = new Map<string, Entry>();
    for (const { address, port, weight } of this.places()) {
      if (weight === null) continue;
      const entry: Entry = { address, port, weight, forward: this.#input.rule.forward };
      entries.set(entryKey(entry), entry);
    }
    return [...entries.values()];
  }

  #isOut(member: Member): boolean {
    const seat = this.#seats.get(member.server);
    return seat === undefined || !isPooled(seat);
  }

  #free(backup: string, member: string): boolean {
    const view = this.#view(backup);
    if (view.hold !== null) return false;
    if (view.shared) return true;
    const elsewhere = this.#input.busyFor(backup);
    if (elsewhere !== null && elsewhere !== member) return false;
    return [...this.standIns].every(([other, taken]) => taken !== backup || other === member);
  }

  #found(server: string, port: number): number {
    return weightIn(this.#input.actual, this.#view(server).address, port);
  }

  #view(server: string): ServerView {
    const view = this.#input.servers.get(server);
    if (view === undefined) throw new RangeError(`expected a server of the configuration, got \`${server}\``);
    return view;
  }
}
