/**
 * Decides which server line carries which entry of a pool. A server uses its own line if HAProxy has one; else it
 * gets the line of a member that is out, with the address changed. Lines that an external change holds are left alone.
 */
import { type Entry, entryKey } from '../../core/table.ts';
import type { ServerLine } from './lines.ts';
import type { HaproxyPool, Seat } from './seats.ts';
import { externalHoldOn, type Known, type LineState, type Moved, seated } from './table.ts';

/** The desired state of a line. */
export interface Setting {
  readonly line: ServerLine;
  readonly state: LineState;
  /** null: unchanged. */
  readonly to: { readonly address: string; readonly port: number; readonly weight: number } | null;
}

export interface Assignment {
  /** Ordered so that capacity is added before it is removed. */
  readonly settings: readonly Setting[];
  /** Entries that have only streams left, on lines that now point to another address. */
  readonly moved: readonly Moved[];
  /** Entries that should get viewers and for which there is no line. */
  readonly unplaced: readonly Entry[];
}

type Place = { readonly seat: Seat; readonly line: ServerLine };

export function assign(
  pool: HaproxyPool,
  lines: readonly ServerLine[],
  known: Known,
  wanted: readonly Entry[],
): Assignment {
  const all = seated(pool, lines);
  const free = new Set(all.filter(({ line }) => externalHoldOn(line, known) === null));
  const settings: Setting[] = [];
  const put = (place: Place, { address, port, weight }: Entry): void => {
    free.delete(place);
    const state = weight > 0 ? 'ready' : 'drain';
    settings.push({ line: place.line, state, to: { address, port, weight } });
  };
  const [pooled, drained] = [wanted.filter(({ weight }) => weight > 0), wanted.filter(({ weight }) => weight === 0)];
  const homeless: Entry[] = [];
  for (const entry of pooled) {
    const own = [...free].find(({ seat }) => isHomeOf(seat, entry));
    if (own === undefined) homeless.push(entry);
    else put(own, entry);
  }
  const unplaced: Entry[] = [];
  for (const entry of homeless) {
    const place = bestOf([...free], entry, drained);
    if (place === undefined) unplaced.push(entry);
    else put(place, entry);
  }
  const moved: Moved[] = [];
  for (const entry of drained) {
    const carrier = all.find((place) => carries(place, entry));
    if (carrier !== undefined && free.has(carrier)) put(carrier, entry);
    // A line that was drained externally already has the desired state.
    else if (carrier === undefined || settings.some(({ line }) => line === carrier.line)) {
      moved.push(movedFrom(carrier, known, entry));
    }
  }
  for (const { line } of free) settings.push({ line, state: 'maint', to: null });
  const rank: Readonly<Record<LineState, number>> = { ready: 0, drain: 1, maint: 2 };
  return { settings: settings.toSorted((a, b) => rank[a.state] - rank[b.state]), moved, unplaced };
}

/** Prefers the line that it already has, then that of a member it backs up; a line with finishing streams comes last. */
function bestOf(free: readonly Place[], entry: Entry, drained: readonly Entry[]): Place | undefined {
  const rank = (place: Place): number => {
    if (carries(place, entry)) return 0;
    const isBusy = drained.some((one) => carries(place, one));
    return 1 + (place.seat.backups.includes(entry.address) ? 0 : 2) + (isBusy ? 1 : 0);
  };
  const usable = free.filter((place) => place.seat.isMember || carries(place, entry));
  return usable.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** A stand-in may be reached on the member's port instead of its own. */
function isHomeOf({ address, port, isMember }: Seat, entry: Entry): boolean {
  return address === entry.address && (port === entry.port || !isMember);
}

/** Port 0 matches any port of the line. */
function carries({ line }: Place, { address, port }: Entry): boolean {
  return line.address === address && (port === 0 || line.port === port);
}

function movedFrom(carrier: Place | undefined, { moved }: Known, entry: Entry): Moved {
  const { address, port } = entry;
  if (carrier !== undefined) return { address, port, line: carrier.line.name, conns: carrier.line.conns };
  return moved.get(entryKey(entry)) ?? { address, port, line: '', conns: 0 };
}
