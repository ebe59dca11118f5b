/** A decision with other weights for those that are pooled, in its places and in its entries alike. */
import type { PoolDecision } from './pool.ts';
import { type Entry, entryKey } from './table.ts';

export function reweighed(decision: PoolDecision, weightFor: (server: string, weight: number) => number): PoolDecision {
  const changed = new Map<string, number>();
  const places = decision.places.map((place) => {
    const { weight, server } = place;
    if (weight === null || weight === 0) return place;
    const next = weightFor(server, weight);
    if (next === weight) return place;
    changed.set(entryKey(place), next);
    return { ...place, weight: next };
  });
  if (changed.size === 0) return decision;
  const entries = decision.entries.map((entry): Entry => {
    return { ...entry, weight: changed.get(entryKey(entry)) ?? entry.weight };
  });
  return { ...decision, places, entries };
}
