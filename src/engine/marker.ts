/**
 * Keeps the kernel's packet marks right: at the start, after a reload, when a hand changes a client, and again every few
 * seconds. Nothing waits for it but who changes a client.
 */
import type { Difference, PacketFilter } from '../classify/packet-filter.ts';
import type { ClassifyConfig } from '../config/config.ts';
import { type ClientOverride, type Marking, marksNothing } from '../core/marks.ts';
import { Refusal } from '../http/api.ts';
import type { Clock, Log } from '../ports.ts';
import type { Clients, Foreseen } from './clients.ts';
import { createKeeper } from './keeper.ts';

export type Backend = ClassifyConfig['backend'];

export interface MarkerState {
  /** null: not known yet. */
  readonly kind: PacketFilter['kind'] | null;
  /** Wall time since when the kernel marks as it should; null: it is not known to. */
  readonly rightSinceMs: number | null;
  /** Wall time of the last look that found out how it is. */
  readonly lookedMs: number | null;
  readonly trouble: { readonly text: string; readonly sinceMs: number } | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
}

export interface Marker {
  /** The wish changed as a whole: makes it so as soon as it can. */
  set(backend: Backend, everyMs: number): void;
  /** One client: `foresee` is asked when its turn has come. Rejects with Refusal, and then nothing has changed. */
  change(foresee: () => Foreseen): Promise<void>;
  state(): MarkerState;
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
  readonly onChange: () => void;
}): Marker {
  const { clock, log, packetFilter, clients, remark, onChange } = options;
  let backend: Backend = 'auto';
  /** Chosen for the back end of that name. */
  let chosen: { readonly backend: Backend; readonly filter: PacketFilter } | null = null;
  /** Marked packets until another kind took over. */
  let former: PacketFilter | null = null;
  /** Something was wished for in the life of this process, so there may be something of ours. */
  let touched = false;
  /** What the kernel is known to do. */
  let right: Marking | null = null;
  let rightSinceMs: number | null = null;
  let lookedMs: number | null = null;
  let lastDrift: MarkerState['lastDrift'] = null;
  const keeper = createKeeper({ clock, log, what: 'packet marks', look, onLooked: onChange });

  async function look(): Promise<number> {
    const marking = clients.marking();
    if (marksNothing(marking)) {
      await clearOurs();
      return 0;
    }
    touched = true;
    const filter = await choose();
    const startedMs = clock.monoMs();
    const found = marking === right ? await filter.differences(marking) : null;
    const tookMs = found === null ? 0 : clock.monoMs() - startedMs;
    // Whoever changed the wish meanwhile has asked for another look.
    if (clients.marking() !== marking) return tookMs;
    if (found !== null) lookedMs = clock.wallMs();
    if (found !== null && found.length > 0) noteDrift(found);
    if (found === null || found.length > 0) await apply(filter, marking);
    await clearFormer();
    return tookMs;
  }

  async function choose(): Promise<PacketFilter> {
    if (chosen?.backend === backend) return chosen.filter;
    const wanted = backend;
    const filter = await packetFilter(wanted);
    if (chosen !== null && chosen.filter.kind !== filter.kind) {
      former = chosen.filter;
      right = null;
      rightSinceMs = null;
    }
    chosen = { backend: wanted, filter };
    return filter;
  }

  async function apply(filter: PacketFilter, marking: Marking): Promise<void> {
    right = null;
    rightSinceMs = null;
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
    rightSinceMs ??= lookedMs;
  }

  /** A packet that both kinds mark gets the same mark twice, so the old one goes last. */
  async function clearFormer(): Promise<void> {
    if (former === null) return;
    const took = await former.clear();
    log.info({ kind: former.kind, took }, 'the former packet filter is cleared');
    former = null;
  }

  async function clearOurs(): Promise<void> {
    if (!touched) return;
    await clearFormer();
    const took = await (await choose()).clear().catch(nothingIfMissing);
    touched = false;
    right = null;
    rightSinceMs = null;
    lookedMs = null;
    log.info({ took }, 'packet marks are taken away');
    if (took.length > 0) remark('marks', `nothing is to be marked any more, taken away: ${took.join(', ')}`);
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

  async function changeOne(foresee: () => Foreseen): Promise<void> {
    const before = clients.marking();
    const { override, marking, accept } = foresee();
    const settled = right === before;
    try {
      if (!marksNothing(marking) && !(settled && marking === before)) {
        touched = true;
        const filter = await choose();
        if (settled && right === before) await changeOrApply(filter, override, marking);
        else await apply(filter, marking);
      }
    } catch (error) {
      throw new Refusal(`nothing was changed, the packet filter refused: ${messageOf(error)}`);
    }
    accept();
    if (right !== null && clients.marking() === marking) noteRight(marking);
  }

  /** The quick way supposes that what we made is there still. */
  async function changeOrApply(filter: PacketFilter, override: ClientOverride, marking: Marking): Promise<void> {
    try {
      await filter.change([override], marking);
    } catch (error) {
      await apply(filter, marking);
      tellDrift(`the packet filter was not as it was made, all was applied again: ${messageOf(error)}`);
    }
  }

  return {
    set(next, everyMs) {
      backend = next;
      keeper.every(marksNothing(clients.marking()) ? null : everyMs);
      if (touched || !marksNothing(clients.marking())) keeper.kick();
    },
    async change(foresee) {
      try {
        await keeper.alone(() => changeOne(foresee));
      } finally {
        if (keeper.trouble() !== null || right !== clients.marking()) keeper.kick();
        onChange();
      }
    },
    state: () => ({
      kind: chosen?.filter.kind ?? null,
      rightSinceMs,
      lookedMs,
      trouble: keeper.trouble(),
      lastDrift,
    }),
    stop: () => keeper.stop(),
  };
}

/** By its kind: the packet filter is handed in, not imported. */
function nothingIfMissing(error: unknown): readonly string[] {
  if (error instanceof Error && 'kind' in error && error.kind === 'missing') return [];
  throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
