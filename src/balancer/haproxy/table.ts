/**
 * A backend's server lines as a pool. A line in maintenance is left out, a draining line has weight 0. Lines that
 * belong to none of our servers, and lines marked `backup`, are ignored.
 */
import {
  type ExternalHold,
  entryKey,
  type HaproxyAddress,
  type LiveEntry,
  type ServiceSpec,
  type TableService,
} from '../../core/table.ts';
import { admin, type ServerLine } from './lines.ts';
import type { HaproxyPool, Seat } from './seats.ts';

export type LineState = 'ready' | 'drain' | 'maint';

/** What we know about a backend that HAProxy does not report. */
export interface Known {
  /** The state that we gave a line last. */
  readonly set: ReadonlyMap<string, LineState>;
  /** The desired weight of a line whose agent sets a different one. */
  readonly weights: ReadonlyMap<string, number>;
  /** Entries whose line got another address while they had streams, by entry key. */
  readonly moved: ReadonlyMap<string, Moved>;
}

export interface Moved {
  readonly address: string;
  readonly port: number;
  readonly line: string;
  /** Connections of the line when its address changed: the upper bound of those left. */
  readonly conns: number;
}

/** HAProxy decides scheduling and forwarding itself; these values are placeholders. */
export function haproxySpec(at: HaproxyAddress): ServiceSpec {
  return { at, scheduler: 'haproxy', persistenceS: null, persistencePrefix: 32 };
}

export function tableService(pool: HaproxyPool, lines: readonly ServerLine[], known: Known): TableService {
  const entries = new Map<string, LiveEntry>();
  const externalHolds = new Map<string, ExternalHold>();
  const selfWeighed = new Set<string>();
  for (const { seat, line } of seated(pool, lines)) {
    const entry = entryOf(seat, line, known);
    const hand = externalHoldOn(line, known);
    if (hand !== null) {
      const canBeCovered = seat.backups.some((backup) => hasLine(pool, lines, backup));
      for (const { address, port } of [seat, entry])
        externalHolds.set(entryKey({ address, port }), { hold: hand, canBeCovered });
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
    externalHolds,
    ...(selfWeighed.size === 0 ? {} : { selfWeighed }),
  };
}

/** The lines that we may set, each with its seat. */
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
 * An external change of the line, including one by an HAProxy agent. A maintenance written in the configuration file
 * does not count, unless we have set the line ready since.
 */
export function externalHoldOn(line: ServerLine, { set }: Pick<Known, 'set'>): 'drain' | 'disable' | null {
  const ours = set.get(line.name);
  const has = (bits: number): boolean => (line.admin & bits) !== 0;
  if (has(admin.inheritedMaint | admin.unresolved)) return 'disable';
  if (has(admin.forcedMaint) && ours !== 'maint' && !(has(admin.configuredMaint) && ours === undefined))
    return 'disable';
  if (has(admin.inheritedDrain)) return 'drain';
  return has(admin.forcedDrain) && ours !== 'drain' ? 'drain' : null;
}

/** The state that the last `set server ... state` set, whoever sent it. */
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
  const desired = line.hasAgent ? (weights.get(line.name) ?? line.weight) : line.weight;
  return {
    address: line.address,
    port: seat.port === 0 ? 0 : line.port,
    forward: 'nat',
    weight: isDraining(line) ? 0 : desired,
    activeConns: line.conns,
    inactiveConns: 0,
  };
}

function sum(one: LiveEntry, other: LiveEntry): LiveEntry {
  const [weight, activeConns] = [one.weight + other.weight, one.activeConns + other.activeConns];
  return { ...one, weight, activeConns };
}
