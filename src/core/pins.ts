/** Pinned weights, applied to a decision. A pin is for servers that get viewers, so the set of pooled servers stays. */
import type { PoolDecision, PoolRule } from './pool.ts';
import { reweighed } from './reweighed.ts';
import { entryKey, type TableService } from './table.ts';
import { weightRanges } from './weights/model.ts';

/** Server → the weight that a hand gave it in this pool. */
export type Pins = ReadonlyMap<string, number>;

export const noPins: Pins = new Map();

export interface PinnedPool {
  readonly rule: Pick<PoolRule, 'heaviest'>;
  readonly actual: Pick<TableService, 'selfWeighed'> | undefined;
}

/** A pool may have got another balancer since the hand was laid, and its table takes less. */
export function pinWithin(pin: number, { heaviest = weightRanges.ipvs.most }: Pick<PoolRule, 'heaviest'>): number {
  return Math.min(pin, heaviest);
}

export function withPins(decision: PoolDecision, { rule, actual }: PinnedPool, pins: Pins): PoolDecision {
  if (pins.size === 0) return decision;
  const inForce = new Map(
    decision.places.flatMap((place) => {
      const pin = (place.weight ?? 0) > 0 ? pins.get(place.server) : undefined;
      // What an agent says would undo it within seconds.
      if (pin === undefined || actual?.selfWeighed?.has(entryKey(place)) === true) return [];
      return [[place.server, pinWithin(pin, rule)] as const];
    }),
  );
  if (inForce.size === 0) return decision;
  const weighed = reweighed(decision, (server, weight) => inForce.get(server) ?? weight);
  const places = weighed.places.map((place) =>
    inForce.has(place.server) ? { ...place, pinned: true as const } : place,
  );
  return { ...weighed, places };
}
