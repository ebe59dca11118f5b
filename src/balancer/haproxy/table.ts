/**
 * A backend's server lines as a pool. A line in maintenance is not in it, a draining one has weight 0. Lines that are
 * for none of our servers, and those marked `backup`, are HAProxy's own business.
 */
import {
  entryKey,
  type HaproxyAddress,
  type LiveEntry,
  type ServiceSpec,
  type TableHand,
  type TableService,
} from '../../core/table.ts';
import { admin, type ServerLine } from './lines.ts';
import type { HaproxyPool, Seat } from './seats.ts';

export type LineState = 'ready' | 'drain' | 'maint';

/** What we know of a backend beside what HAProxy says. */
export interface Known {
  /** The state that we gave a line last. */
  readonly set: ReadonlyMap<string, LineState>;
  /** The weight that we wish for a line whose agent gives it another. */
  readonly weights: ReadonlyMap<string, number>;
  /** Entries whose line got another address while they had streams, by entry key. */
  readonly moved: ReadonlyMap<string, Moved>;
}

export interface Moved {
  readonly address: string;
  readonly port: number;
  readonly line: string;
  /** Of the line when it got the other address: no more of them can be left. */
  readonly conns: number;
}

/** How viewers are spread and how packets go is HAProxy's own; the words only fill the place. */
export function haproxySpec(at: HaproxyAddress): ServiceSpec {
  return { at, scheduler: 'haproxy', persistenceS: null, persistencePrefix: 32 };
}

export function tableService(pool: HaproxyPool, lines: readonly ServerLine[], known: Known): TableService {
  const entries = new Map<string, LiveEntry>();
  const hands = new Map<string, TableHand>();
  const selfWeighed = new Set<string>();
  for (const { seat, line } of seated(pool, lines)) {
    const entry = entryOf(seat, line, known);
    const hand = handOn(line, known);
    if (hand !== null) {
      const canBeCovered = seat.backups.some((backup) => hasLine(pool, lines, backup));
      for (const { address, port } of [seat, entry])
        hands.set(entryKey({ address, port }), { hold: hand, canBeCovered });
    }
    if (line.hasAgent) selfWeighed.add(entryKey(entry));
    if (isInMaint(line)) continue;
    const same = entries.get(entryKey(entry));
    entries.set(entryKey(entry), same === undefined ? entry : sum(same, entry));
  }
  for (const [key, { address, port, line, conns }] of known.moved) {
    const now = lines.find(({ name }) => name === line)?.conns ?? 0;
    const left = Math.min(conns, now);
    if (!entries.has(key))
      entries.set(key, { address, port, forward: 'nat', weight: 0, activeConns: left, inactiveConns: 0 });
  }
  return {
    spec: haproxySpec(pool.at),
    entries: [...entries.values()],
    hands,
    ...(selfWeighed.size === 0 ? {} : { selfWeighed }),
  };
}

/** The lines that are ours to set, with the seats that they are for. */
export function seated(
  { seats }: HaproxyPool,
  lines: readonly ServerLine[],
): readonly { readonly seat: Seat; readonly line: ServerLine }[] {
  const byName = new Map(lines.map((line) => [line.name, line]));
  return seats.flatMap((seat) => {
    const line = byName.get(seat.line);
    return line === undefined || (line.isLastResort && !seat.isMember) ? [] : [{ seat, line }];
  });
}

/**
 * What somebody else did to the line, an agent of HAProxy's included. A maintenance that stands in the file is no
 * hand, unless we had set the line ready since.
 */
export function handOn(line: ServerLine, { set }: Pick<Known, 'set'>): 'drain' | 'disable' | null {
  const ours = set.get(line.name);
  const has = (bits: number): boolean => (line.admin & bits) !== 0;
  if (has(admin.inheritedMaint | admin.unresolved)) return 'disable';
  if (has(admin.forcedMaint) && ours !== 'maint' && !(has(admin.configuredMaint) && ours === undefined))
    return 'disable';
  if (has(admin.inheritedDrain)) return 'drain';
  return has(admin.forcedDrain) && ours !== 'drain' ? 'drain' : null;
}

/** What `set server ... state` set last, ours or another's. */
export function stateOf(line: ServerLine): LineState {
  if ((line.admin & admin.forcedMaint) !== 0) return 'maint';
  return (line.admin & admin.forcedDrain) !== 0 ? 'drain' : 'ready';
}

export function isInMaint({ admin: bits }: ServerLine): boolean {
  return (bits & (admin.forcedMaint | admin.inheritedMaint | admin.unresolved)) !== 0;
}

export function isDraining({ admin: bits }: ServerLine): boolean {
  return (bits & (admin.forcedDrain | admin.inheritedDrain)) !== 0;
}

function hasLine(pool: HaproxyPool, lines: readonly ServerLine[], address: string): boolean {
  return seated(pool, lines).some(({ seat }) => !seat.isMember && seat.address === address);
}

function entryOf(seat: Seat, line: ServerLine, { weights }: Known): LiveEntry {
  const wished = line.hasAgent ? (weights.get(line.name) ?? line.weight) : line.weight;
  return {
    address: line.address,
    port: seat.port === 0 ? 0 : line.port,
    forward: 'nat',
    weight: isDraining(line) ? 0 : wished,
    activeConns: line.conns,
    inactiveConns: 0,
  };
}

function sum(one: LiveEntry, other: LiveEntry): LiveEntry {
  const [weight, activeConns] = [one.weight + other.weight, one.activeConns + other.activeConns];
  return { ...one, weight, activeConns };
}
