/**
 * Decides who belongs in a pool, and why. The rules in order: members by their status and manual override; stand-ins for
 * members that are out; stand-ins that are no longer needed leave; and last, nothing takes the pool below `minPooled`.
 */
import type { Place, PoolDecision, PoolInput, PoolMemory, PoolRule, ServerView } from './pool-words.ts';
import { Seating } from './seating.ts';
import { type Entry, entriesByKey, entryKey, type Forward, hostPort, type TableService } from './table.ts';

export type * from './pool-words.ts';

export function desirePool(input: PoolInput): PoolDecision {
  const { rule, nowMs } = input;
  const seating = new Seating(input);
  for (const member of rule.members) seating.placeMember(member);
  for (const member of rule.members) seating.keepStandIn(member);
  for (const member of rule.members) seating.findStandIn(member);
  seating.placeBackups();
  seating.keepEnough();
  const places = seating.places();

  const waiting = rule.members.filter((m) => seating.reasonOf(m.server) === 'recovered, waits to fail back');
  const due = waiting.flatMap((m) => {
    const since = input.servers.get(m.server)?.okSinceMs;
    return since == null || rule.failBackAfterMs === null ? [] : [since + rule.failBackAfterMs];
  });
  return {
    places,
    entries: entriesOf(places, rule.forward),
    memory: { standIns: seating.standIns, kept: seating.kept },
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

/** Swaps from before the start, as the table shows them: a member that is out while its backup is pooled. */
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
