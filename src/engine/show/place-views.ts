/** One real server of a virtual service as the API shows it. */

import type { PlaceStatus } from '../../api/control.ts';
import type { Hold, Pin } from '../../core/model.ts';
import type { Member, Place } from '../../core/pool.ts';
import { entriesByKey, entryKey, type LiveEntry } from '../../core/table.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';
import { withReason } from '../../text.ts';
import type { PoolWeights, ServerWeight } from '../steer/weigher.ts';
import type { ServerRecord } from '../watch/board.ts';

/** Of one pool, for all of its places. */
export interface LookUp {
  readonly entries: ReadonlyMap<string, LiveEntry>;
  readonly members: ReadonlyMap<string, Member>;
  /** Backup → the members it is there for. */
  readonly backed: ReadonlyMap<string, readonly string[]>;
}

export function lookUpOf({ rule, actual }: PoolRecord): LookUp {
  const backed = new Map<string, string[]>();
  for (const { server, backups } of rule.members) {
    for (const backup of backups) {
      const known = backed.get(backup);
      if (known === undefined) backed.set(backup, [server]);
      else known.push(server);
    }
  }
  const members = new Map(rule.members.map((member) => [member.server, member]));
  return { entries: entriesByKey(actual), members, backed };
}

/** What overrides the configured weights and places of a pool. */
export interface WeightSources {
  readonly weights: PoolWeights | null;
  /** By server. */
  readonly pins: ReadonlyMap<string, Pin>;
  readonly hold: (server: string) => Hold | null;
}

export function placeStatus(
  place: Place,
  lookUp: LookUp,
  server: ServerRecord | undefined,
  { weights, pins, hold }: WeightSources,
): PlaceStatus {
  const entry = lookUp.entries.get(entryKey(place));
  const weighed = (place.weight ?? 0) > 0 ? weights?.weights.get(place.server) : undefined;
  const pin = pins.get(place.server);
  const backs = lookUp.backed.get(place.server) ?? [];
  const servesFor = place.standsInFor.length > 0 ? place.standsInFor : backs;
  const standsInFor = place.role === 'member' ? [] : servesFor;
  return {
    server: place.server,
    address: place.address,
    role: place.role,
    standsInFor: standsInFor.length === 0 ? null : standsInFor.join(', '),
    configuredWeight: lookUp.members.get(place.server)?.weight ?? 0,
    desiredWeight: place.weight,
    actualWeight: entry?.weight ?? null,
    activeConns: entry?.activeConns ?? 0,
    inactiveConns: entry?.inactiveConns ?? 0,
    keptFailing: place.reason === 'kept although failing',
    why: why(place, server, hold),
    ...(weighed === undefined || weights === null
      ? {}
      : { balanced: { ...weighed, dryRun: weights.dryRun, why: weightText(weighed, weights.dryRun) } }),
    ...(pin === undefined ? {} : { pin: { ...pin, inForce: place.pinned === true } }),
  };
}

/** One line: what became of the configured weight, and why. */
export function weightText({ multiplier, base, why: reason }: ServerWeight, dryRun: boolean): string {
  const part = `${Math.round(multiplier * 100)} % of its base ${base}`;
  return dryRun ? `dry run, it would have ${part}: ${reason}` : `has ${part}: ${reason}`;
}

/** One line: the rule that put it there, and the fact behind the rule. */
export function why(place: Place, server: ServerRecord | undefined, holdOf: (server: string) => Hold | null): string {
  const bad = server?.checks.find((check) => check.state.status === 'fail' || check.state.status === 'overloaded');
  const hold = holdOf(place.server);
  const fact = bad === undefined ? '' : `: ${bad.config.monitor.name} ${bad.summary}`;
  switch (place.reason) {
    case 'stands in':
      return `stands in for ${place.standsInFor.join(' and ')}`;
    case 'failing':
    case 'overloaded':
    case 'kept although failing':
    case 'kept although overloaded':
    case 'spare, not eligible':
      return `${place.reason}${fact}`;
    case 'drained manually':
    case 'disabled manually':
      return `${place.reason}${hold === null ? ', in the balancer itself' : withReason(hold.why)}`;
    default:
      return place.reason;
  }
}
