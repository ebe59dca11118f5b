/**
 * Keeps the kernel's packet marks in sync: at the start, after a reload, when an operator changes a client, and again
 * every few seconds. Only an operator who changes a client waits for it.
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
  /** Wall time since when the marks are in sync; null: they are not, or it is not known. */
  readonly inSyncSinceMs: number | null;
  /** Wall time of the last reading. */
  readonly readMs: number | null;
  readonly problem: { readonly text: string; readonly sinceMs: number } | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
}

export interface Marker {
  /** The desired marks changed as a whole: applies them as soon as it can. */
  set(backend: Backend, everyMs: number): void;
  /**
   * Changes one client: `foresee` is called when its turn has come. Resolves to what `accept` returned; rejects with
   * Refusal, and then nothing has changed.
   */
  change<T>(foresee: () => Foreseen<T>): Promise<T>;
  state(): MarkerState;
  /** As in the state, in monotonic ms. */
  inSyncSinceMonoMs(): number | null;
  /** Leaves the marks unchanged. */
  stop(): Promise<void>;
}

/** This many differences are reported one by one. */
const reportedDifferences = 3;

export function createMarker(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly packetFilter: (backend: Backend) => Promise<PacketFilter>;
  readonly clients: Pick<Clients, 'marking'>;
  readonly remark: (kind: string, text: string) => void;
  /** Packet filters that may hold marks of ours since an earlier run. */
  readonly remembered: readonly Kind[];
  /** Stores that it may hold marks of ours from now on, or holds none any more. */
  readonly remember: (kind: Kind, marks: boolean) => void;
  readonly onChange: () => void;
}): Marker {
  const { clock, log, packetFilter, clients, remark, remember, onChange } = options;
  let backend: Backend = 'auto';
  /** The packet filter in use, and the setting it was chosen for. */
  let chosen: { readonly backend: Backend; readonly filter: PacketFilter } | null = null;
  /** Packet filters that may hold marks of ours; null: since an earlier run, and not opened yet. */
  const holders = new Map<Kind, PacketFilter | null>(options.remembered.map((kind) => [kind, null]));
  /** The marks that the kernel is known to set. */
  let applied: Marking | null = null;
  let inSyncSinceMonoMs: number | null = null;
  let readMs: number | null = null;
  let lastDrift: MarkerState['lastDrift'] = null;
  const keeper = createKeeper({ clock, log, what: 'packet marks', sync, onSynced: onChange });

  async function sync(): Promise<number> {
    const marking = clients.marking();
    if (marksNothing(marking)) {
      await clearOurs();
      return 0;
    }
    const filter = await choose();
    const startedMs = clock.monoMs();
    const found = marking === applied ? await filter.differences(marking) : null;
    const tookMs = found === null ? 0 : clock.monoMs() - startedMs;
    // Whatever changed the desired marks meanwhile has asked for another run.
    if (clients.marking() !== marking) return tookMs;
    if (found !== null) readMs = clock.wallMs();
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
      applied = null;
      inSyncSinceMonoMs = null;
    }
    chosen = { backend: wanted, filter };
    if (holders.has(filter.kind)) holders.set(filter.kind, filter);
    return filter;
  }

  async function apply(filter: PacketFilter, marking: Marking): Promise<void> {
    applied = null;
    inSyncSinceMonoMs = null;
    // Stored before it holds any, so that the marks a crash leaves are known.
    if (!holders.has(filter.kind)) remember(filter.kind, true);
    holders.set(filter.kind, filter);
    const startedMs = clock.monoMs();
    await filter.apply(marking);
    noteInSync(marking);
    const tookMs = Math.round(clock.monoMs() - startedMs);
    const { groups, clients: networks, paths } = marking;
    const counts = { groups: groups.length, clients: networks.length, paths: paths.length };
    log.info({ kind: filter.kind, ...counts, tookMs }, 'packet marks applied');
  }

  function noteInSync(marking: Marking): void {
    applied = marking;
    readMs = clock.wallMs();
    inSyncSinceMonoMs ??= clock.monoMs();
  }

  async function clearOurs(): Promise<void> {
    await clearHolders(null);
    applied = null;
    inSyncSinceMonoMs = null;
    readMs = null;
  }

  /** Clears all but the one in use. A packet that two of them mark gets the same mark twice, so the old one goes last. */
  async function clearHolders(marks: Kind | null): Promise<void> {
    for (const [kind, opened] of [...holders]) {
      if (kind === marks) continue;
      const removed = await clearHolder(kind, opened).catch(nothingIfMissing);
      holders.delete(kind);
      remember(kind, false);
      log.info({ kind, removed }, 'packet marks removed');
      const why = marks === null ? 'the configuration marks nothing any more' : `${marks} marks now`;
      if (removed.length > 0) remark('marks', `${why}, removed: ${removed.join(', ')}`);
    }
  }

  async function clearHolder(kind: Kind, opened: PacketFilter | null): Promise<readonly string[]> {
    const filter = opened ?? (await packetFilter(kind).catch(noneIfAbsent));
    return filter === null ? [] : filter.clear();
  }

  function noteDrift(found: readonly Difference[]): void {
    const more = found.length - reportedDifferences;
    const shown = found.slice(0, reportedDifferences).map(({ sign, text }) => `${sign} ${text}`);
    const others = more > 0 ? ` and ${more} more` : '';
    reportDrift(`drift repaired: the packet filter was changed externally: ${shown.join(', ')}${others}`);
  }

  function reportDrift(text: string): void {
    lastDrift = { atMs: clock.wallMs(), text };
    log.warn({}, text);
    remark('drift', text);
  }

  /** After a reload the marks are not in sync until they were applied. */
  function inSyncSince(): number | null {
    return applied === clients.marking() ? inSyncSinceMonoMs : null;
  }

  function wallOf(monoMs: number | null): number | null {
    return monoMs === null ? null : Math.round(clock.wallMs() - (clock.monoMs() - monoMs));
  }

  async function changeOne<T>(foresee: () => Foreseen<T>): Promise<T> {
    const before = clients.marking();
    const { override, marking, accept } = foresee();
    const settled = applied === before;
    try {
      if (!marksNothing(marking) && !(settled && marking === before)) {
        const filter = await choose();
        if (settled && applied === before) await changeOrApply(filter, override, marking);
        else await apply(filter, marking);
      }
    } catch (error) {
      throw new Refusal(`nothing was changed, the packet filter refused: ${errorText(error)}`);
    }
    const accepted = accept();
    if (applied !== null && clients.marking() === marking) noteInSync(marking);
    return accepted;
  }

  /** The quick change needs what we applied before; when it fails, all is applied again. */
  async function changeOrApply(filter: PacketFilter, override: ClientOverride, marking: Marking): Promise<void> {
    try {
      await filter.change([override], marking);
    } catch (error) {
      await apply(filter, marking);
      reportDrift(`the packet filter was not as we left it, all marks were applied again: ${errorText(error)}`);
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
        return await keeper.exclusive(() => changeOne(foresee));
      } finally {
        if (keeper.problem() !== null || applied !== clients.marking()) keeper.kick();
        onChange();
      }
    },
    state: () => ({
      kind: chosen?.filter.kind ?? null,
      inSyncSinceMs: wallOf(inSyncSince()),
      readMs,
      problem: keeper.problem(),
      lastDrift,
    }),
    inSyncSinceMonoMs: inSyncSince,
    stop: () => keeper.stop(),
  };
}

function nothingIfMissing(error: unknown): readonly string[] {
  if (kindOf(error) === 'missing') return [];
  throw error;
}

/** A packet filter whose program or kernel part is missing has no rules of ours. */
function noneIfAbsent(error: unknown): null {
  if (kindOf(error) === 'missing' || kindOf(error) === 'refused') return null;
  throw error;
}

/** The kind of a PacketFilterError, which comes from outside and is not imported. */
function kindOf(error: unknown): unknown {
  return error instanceof Error && 'kind' in error ? error.kind : null;
}
