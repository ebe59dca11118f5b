/**
 * Keeps the kernel's packet marks right: at the start, after a reload, when a hand changes a client, and again every few
 * seconds. Nothing waits for it but who changes a client.
 */

import { Refusal } from '../../api/control.ts';
import type { Difference, PacketFilter } from '../../classify/packet-filter.ts';
import type { ClassifyConfig } from '../../config/config.ts';
import { type ClientOverride, type Marking, marksNothing } from '../../core/marks.ts';
import type { Clock, Log } from '../../ports.ts';
import { errorText } from '../../text.ts';
import type { Clients, Foreseen } from './clients.ts';
import { createKeeper } from './keeper.ts';

export type Backend = ClassifyConfig['backend'];
type Kind = PacketFilter['kind'];

export interface MarkerState {
  /** null: not known yet. */
  readonly kind: Kind | null;
  /** Wall time since when the kernel marks as it should; null: it is not known to. */
  readonly rightSinceMs: number | null;
  /** Wall time of the last look that found out how it is. */
  readonly lookedMs: number | null;
  readonly problem: { readonly text: string; readonly sinceMs: number } | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
}

export interface Marker {
  /** The wish changed as a whole: makes it so as soon as it can. */
  set(backend: Backend, everyMs: number): void;
  /**
   * One client: `foresee` is asked when its turn has come. Resolves to what `accept` gave; rejects with Refusal, and then
   * nothing has changed.
   */
  change<T>(foresee: () => Foreseen<T>): Promise<T>;
  state(): MarkerState;
  /** As in the state, but monotonic ms. */
  rightSinceMonoMs(): number | null;
  /** Leaves the marks as they are. */
  stop(): Promise<void>;
}

/** Differences that are told one by one. */
const toldDifferences = 3;

export function createMarker(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly packetFilter: (backend: Backend) => Promise<PacketFilter>;
  readonly clients: Pick<Clients, 'marking'>;
  readonly remark: (kind: string, text: string) => void;
  /** Packet filters that may hold marks of ours since an earlier run. */
  readonly remembered: readonly Kind[];
  /** From now on it may hold marks of ours, or holds none any more. */
  readonly remember: (kind: Kind, marks: boolean) => void;
  readonly onChange: () => void;
}): Marker {
  const { clock, log, packetFilter, clients, remark, remember, onChange } = options;
  let backend: Backend = 'auto';
  /** Chosen for the back end of that name. */
  let chosen: { readonly backend: Backend; readonly filter: PacketFilter } | null = null;
  /** Those that may hold marks of ours; null: since an earlier run, and not opened yet. */
  const holders = new Map<Kind, PacketFilter | null>(options.remembered.map((kind) => [kind, null]));
  /** What the kernel is known to do. */
  let right: Marking | null = null;
  let rightSinceMonoMs: number | null = null;
  let lookedMs: number | null = null;
  let lastDrift: MarkerState['lastDrift'] = null;
  const keeper = createKeeper({ clock, log, what: 'packet marks', look, onLooked: onChange });

  async function look(): Promise<number> {
    const marking = clients.marking();
    if (marksNothing(marking)) {
      await clearOurs();
      return 0;
    }
    const filter = await choose();
    const startedMs = clock.monoMs();
    const found = marking === right ? await filter.differences(marking) : null;
    const tookMs = found === null ? 0 : clock.monoMs() - startedMs;
    // Whoever changed the wish meanwhile has asked for another look.
    if (clients.marking() !== marking) return tookMs;
    if (found !== null) lookedMs = clock.wallMs();
    if (found !== null && found.length > 0) noteDrift(found);
    if (found === null || found.length > 0) await apply(filter, marking);
    await clearHolders(filter.kind);
    return tookMs;
  }

  async function choose(): Promise<PacketFilter> {
    if (chosen?.backend === backend) return chosen.filter;
    const wanted = backend;
    const filter = await packetFilter(wanted);
    if (chosen !== null && chosen.filter.kind !== filter.kind) {
      right = null;
      rightSinceMonoMs = null;
    }
    chosen = { backend: wanted, filter };
    if (holders.has(filter.kind)) holders.set(filter.kind, filter);
    return filter;
  }

  async function apply(filter: PacketFilter, marking: Marking): Promise<void> {
    right = null;
    rightSinceMonoMs = null;
    // Before it holds any: what a crash leaves behind shall be known.
    if (!holders.has(filter.kind)) remember(filter.kind, true);
    holders.set(filter.kind, filter);
    const startedMs = clock.monoMs();
    await filter.apply(marking);
    noteRight(marking);
    const tookMs = Math.round(clock.monoMs() - startedMs);
    const { groups, clients: networks, paths } = marking;
    const counts = { groups: groups.length, clients: networks.length, paths: paths.length };
    log.info({ kind: filter.kind, ...counts, tookMs }, 'packet marks are right');
  }

  function noteRight(marking: Marking): void {
    right = marking;
    lookedMs = clock.wallMs();
    rightSinceMonoMs ??= clock.monoMs();
  }

  async function clearOurs(): Promise<void> {
    await clearHolders(null);
    right = null;
    rightSinceMonoMs = null;
    lookedMs = null;
  }

  /** All but the one that marks. A packet that two of them mark gets the same mark twice, so the old one goes last. */
  async function clearHolders(marks: Kind | null): Promise<void> {
    for (const [kind, opened] of [...holders]) {
      if (kind === marks) continue;
      const took = await clearHolder(kind, opened).catch(nothingIfMissing);
      holders.delete(kind);
      remember(kind, false);
      log.info({ kind, took }, 'packet marks are taken away');
      const why = marks === null ? 'nothing is to be marked any more' : `${marks} marks now`;
      if (took.length > 0) remark('marks', `${why}, taken away: ${took.join(', ')}`);
    }
  }

  async function clearHolder(kind: Kind, opened: PacketFilter | null): Promise<readonly string[]> {
    const filter = opened ?? (await packetFilter(kind).catch(noneIfAbsent));
    return filter === null ? [] : filter.clear();
  }

  function noteDrift(found: readonly Difference[]): void {
    const more = found.length - toldDifferences;
    const shown = found.slice(0, toldDifferences).map(({ sign, text }) => `${sign} ${text}`);
    const others = more > 0 ? ` and ${more} more` : '';
    tellDrift(`the packet filter was changed by another hand, repaired: ${shown.join(', ')}${others}`);
  }

  function tellDrift(text: string): void {
    lastDrift = { atMs: clock.wallMs(), text };
    log.warn({}, text);
    remark('drift', text);
  }

  /** What a reload wishes for is not right before it was applied. */
  function rightSince(): number | null {
    return right === clients.marking() ? rightSinceMonoMs : null;
  }

  function wallOf(monoMs: number | null): number | null {
    return monoMs === null ? null : Math.round(clock.wallMs() - (clock.monoMs() - monoMs));
  }

  async function changeOne<T>(foresee: () => Foreseen<T>): Promise<T> {
    const before = clients.marking();
    const { override, marking, accept } = foresee();
    const settled = right === before;
    try {
      if (!marksNothing(marking) && !(settled && marking === before)) {
        const filter = await choose();
        if (settled && right === before) await changeOrApply(filter, override, marking);
        else await apply(filter, marking);
      }
    } catch (error) {
      throw new Refusal(`nothing was changed, the packet filter refused: ${errorText(error)}`);
    }
    const accepted = accept();
    if (right !== null && clients.marking() === marking) noteRight(marking);
    return accepted;
  }

  /** The quick way supposes that what we made is there still. */
  async function changeOrApply(filter: PacketFilter, override: ClientOverride, marking: Marking): Promise<void> {
    try {
      await filter.change([override], marking);
    } catch (error) {
      await apply(filter, marking);
      tellDrift(`the packet filter was not as it was made, all was applied again: ${errorText(error)}`);
    }
  }

  return {
    set(next, everyMs) {
      backend = next;
      keeper.every(marksNothing(clients.marking()) ? null : everyMs);
      if (holders.size > 0 || !marksNothing(clients.marking())) keeper.kick();
    },
    async change(foresee) {
      try {
        return await keeper.alone(() => changeOne(foresee));
      } finally {
        if (keeper.problem() !== null || right !== clients.marking()) keeper.kick();
        onChange();
      }
    },
    state: () => ({
      kind: chosen?.filter.kind ?? null,
      rightSinceMs: wallOf(rightSince()),
      lookedMs,
      problem: keeper.problem(),
      lastDrift,
    }),
    rightSinceMonoMs: rightSince,
    stop: () => keeper.stop(),
  };
}

function nothingIfMissing(error: unknown): readonly string[] {
  if (kindOf(error) === 'missing') return [];
  throw error;
}

/** A program that is not here, or a kernel without it, has no rules of ours. */
function noneIfAbsent(error: unknown): null {
  if (kindOf(error) === 'missing' || kindOf(error) === 'refused') return null;
  throw error;
}

/** Of a PacketFilterError: the packet filter is handed in, not imported. */
function kindOf(error: unknown): unknown {
  return error instanceof Error && 'kind' in error ? error.kind : null;
}
