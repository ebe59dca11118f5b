/** A decision about a pool in the making: the place of each server, rule by rule, in the order in which pool.ts calls them. */

import type { Status } from './model.ts';
import type { Member, Place, PoolInput, Reason, ServerView } from './pool-words.ts';
import { entriesByKey, hostPort, type LiveEntry } from './table.ts';

type Seat = Omit<Place, 'address'>;

function isPooled(seat: Seat): boolean {
  return (seat.weight ?? 0) > 0;
}

const keptReason = {
  ok: 'ok',
  untested: 'kept although failing',
  fail: 'kept although failing',
  overloaded: 'kept although overloaded',
} as const satisfies Record<Status, Reason>;

export class Seating {
  readonly standIns = new Map<string, string>();
  readonly kept = new Set<string>();
  readonly #input: PoolInput;
  readonly #seats = new Map<string, Seat>();
  readonly #entries: ReadonlyMap<string, LiveEntry>;
  readonly #members: ReadonlyMap<string, Member>;
  /** Backup → its members, in order. */
  readonly #backed = new Map<string, Member[]>();
  /** Backup → the members it stands in for: `standIns` from the other side. */
  readonly #taken = new Map<string, Set<string>>();

  constructor(input: PoolInput) {
    this.#input = input;
    this.#entries = entriesByKey(input.actual);
    this.#members = new Map(input.rule.members.map((member) => [member.server, member]));
    for (const member of input.rule.members) {
      for (const backup of new Set(member.backups)) {
        const backed = this.#backed.get(backup);
        if (backed === undefined) this.#backed.set(backup, [member]);
        else backed.push(member);
      }
    }
  }

  placeMember(member: Member): void {
    const { server, port } = member;
    const [weight, reason] = this.#seatOf(member);
    this.#seats.set(server, { server, role: 'member', standsInFor: [], port, weight, reason });
  }

  #seatOf({ server, weight, port }: Member): readonly [weight: number | null, reason: Reason] {
    const view = this.#view(server);
    const found = this.#weightInTable(server, port);
    const drained = found >= 0 ? 0 : null;
    if (view.hold === 'disable') return [null, 'disabled manually'];
    if (view.status === 'fail') return [null, 'failing'];
    if (view.hold === 'drain') return [drained, 'drained manually'];
    if (view.status === 'untested') return [found >= 0 ? found : null, 'not tested yet'];
    if (view.status === 'overloaded') return [drained, 'overloaded'];
    if (this.#waits(view, port)) return [drained, 'recovered, waits to fail back'];
    return [weight, 'ok'];
  }

  /** A recovered member waits while its stand-in serves well and the hold-down lasts. */
  #waits(view: ServerView, port: number): boolean {
    const { memory, rule, nowMs } = this.#input;
    const standIn = memory.standIns.get(view.name);
    if (standIn === undefined || view.returnNow || view.okSinceMs === null) return false;
    if (!this.#isServing(standIn, port)) return false;
    return rule.failBackAfterMs === null || nowMs - view.okSinceMs < rule.failBackAfterMs;
  }

  keepStandIn(member: Member): void {
    const standIn = this.#input.memory.standIns.get(member.server);
    if (standIn === undefined || !this.#isOut(member) || !member.backups.includes(standIn)) return;
    if (this.#isServing(standIn, member.port) && this.#isAvailable(standIn, member.server))
      this.#assignStandIn(standIn, member);
  }

  /** True for a stand-in that is ok, or that was found pooled and is untested. */
  #isServing(standIn: string, port: number): boolean {
    const { status, hold } = this.#view(standIn);
    return hold === null && (status === 'ok' || (status === 'untested' && this.#weightInTable(standIn, port) > 0));
  }

  /** An untested member gets no stand-in, and only a backup that is ok becomes one. */
  findStandIn(member: Member): void {
    if (!this.#isOut(member) || this.standIns.has(member.server)) return;
    if (this.#view(member.server).status === 'untested') return;
    const standIn = member.backups.find((b) => this.#view(b).status === 'ok' && this.#isAvailable(b, member.server));
    if (standIn !== undefined) this.#assignStandIn(standIn, member);
  }

  #assignStandIn(standIn: string, { server }: Member): void {
    this.standIns.set(server, standIn);
    const taken = this.#taken.get(standIn);
    if (taken === undefined) this.#taken.set(standIn, new Set([server]));
    else taken.add(server);
  }

  /** A stand-in for several members gets the sum of their weights, up to the largest that the table accepts. */
  placeBackups(): void {
    const { heaviest = 65_535 } = this.#input.rule;
    for (const [backup, backed] of this.#backed) {
      const standsFor = backed.filter((m) => this.standIns.get(m.server) === backup);
      const port = standsFor[0]?.port ?? backed[0]?.port ?? 0;
      const standsInFor = standsFor.map((m) => m.server);
      const seat =
        standsFor.length > 0
          ? {
              weight: Math.min(
                heaviest,
                standsFor.reduce((sum, m) => sum + m.weight, 0),
              ),
              reason: 'stands in' as const,
            }
          : this.#placeIdleBackup(backup, backed, port);
      this.#seats.set(backup, { server: backup, role: 'backup', standsInFor, port, ...seat });
    }
  }

  #placeIdleBackup(backup: string, backed: readonly Member[], port: number): { weight: number | null; reason: Reason } {
    const { busyFor } = this.#input;
    const view = this.#view(backup);
    const found = this.#weightInTable(backup, port);
    if (found >= 0 && view.status !== 'fail' && view.hold !== 'disable') {
      const asFound = view.status !== 'overloaded' && view.hold === null;
      const unseen = view.status === 'untested' || backed.some((m) => this.#view(m.server).status === 'untested');
      if (asFound && unseen) {
        return { weight: found, reason: 'kept as found until the members are tested' };
      }
      if ((this.#entry(backup, port)?.activeConns ?? 0) > 0) return { weight: 0, reason: 'leaving, streams finish' };
    }
    if (view.hold !== null)
      return { weight: null, reason: view.hold === 'drain' ? 'drained manually' : 'disabled manually' };
    if (view.status === 'untested') return { weight: null, reason: 'not tested yet' };
    if (view.status !== 'ok') return { weight: null, reason: 'spare, not eligible' };
    return { weight: null, reason: busyFor(backup) === null ? 'spare' : 'stands in elsewhere' };
  }

  /** Law 3: to reach `minPooled`, first recovered servers return early, then overloaded ones stay, then failing ones still in the table. */
  keepEnough(): void {
    const { rule, memory } = this.#input;
    const enough = Math.min(rule.minPooled, rule.members.length);
    const isKept = (seat: Seat): number => (memory.kept.has(seat.server) ? 0 : 1);
    const candidates = [...this.#seats.values()]
      .filter((seat) => !isPooled(seat) && this.#view(seat.server).hold === null && this.#mayStay(seat))
      .sort((a, b) => this.#badness(a) - this.#badness(b) || isKept(a) - isKept(b));
    let pooled = [...this.#seats.values()].filter(isPooled).length;
    for (const seat of candidates) {
      if (pooled >= enough) return;
      const { status } = this.#view(seat.server);
      const own = this.#members.get(seat.server)?.weight;
      const weight = own ?? Math.max(1, this.#weightInTable(seat.server, seat.port));
      const kept: Seat = { ...seat, weight, reason: keptReason[status] };
      this.#seats.set(seat.server, kept);
      if (isPooled(kept)) pooled += 1;
      if (status !== 'ok') this.kept.add(seat.server);
    }
  }

  #mayStay(seat: Seat): boolean {
    const { status } = this.#view(seat.server);
    const found = this.#weightInTable(seat.server, seat.port);
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

  #isOut(member: Member): boolean {
    const seat = this.#seats.get(member.server);
    return seat === undefined || !isPooled(seat);
  }

  #isAvailable(backup: string, member: string): boolean {
    const view = this.#view(backup);
    if (view.hold !== null) return false;
    if (view.shared) return true;
    const elsewhere = this.#input.busyFor(backup);
    if (elsewhere !== null && elsewhere !== member) return false;
    const taken = this.#taken.get(backup);
    return taken === undefined || (taken.size === 1 && taken.has(member));
  }

  #weightInTable(server: string, port: number): number {
    return this.#entry(server, port)?.weight ?? -1;
  }

  #entry(server: string, port: number): LiveEntry | undefined {
    return this.#entries.get(hostPort(this.#view(server).address, port));
  }

  #view(server: string): ServerView {
    const view = this.#input.servers.get(server);
    if (view === undefined) throw new RangeError(`expected a server of the configuration, got \`${server}\``);
    return view;
  }
}
