/** A server at its limit, with hysteresis, and a pool of which too many are. */
import type { Player } from './learn.ts';
import type { ServerMemory } from './model.ts';
import type { Reading } from './reading.ts';

const enterAt = 0.95;
const leaveAt = 0.85;
const enterReadings = 3;
/** Mean of the others: below this they are sent viewers of an overloaded one, up to `leaveAt`. */
const roomAt = 0.8;

type Overload = Pick<ServerMemory, 'brimming' | 'overloaded'>;

export const notOverloaded: Overload = { brimming: 0, overloaded: false };

/** `taken`: the smoothed value is a new one. Without a new one nothing changes, but for a server that went blind. */
export function overloadOf(
  before: Overload,
  sight: Reading['sight'],
  smoothed: number | null,
  taken: boolean,
): Overload {
  if (sight === 'blind' || smoothed === null) return notOverloaded;
  if (!taken) return before;
  const brimming = smoothed >= enterAt ? Math.min(enterReadings, before.brimming + 1) : 0;
  return { brimming, overloaded: before.overloaded ? smoothed > leaveAt : brimming >= enterReadings };
}

/** Of the servers that are not overloaded; null: there is none that is heard. */
export function levelElsewhere(players: readonly Player[]): number | null {
  const others = players.filter((one) => one.pooled && !one.overloaded && one.level !== null);
  const levels = others.map(({ level }) => level ?? 0).sort((a, b) => a - b);
  return levels.length === 0 ? null : levels.reduce((sum, level) => sum + level, 0) / levels.length;
}

/**
 * To send a server's new viewers elsewhere helps only while elsewhere has room. In a pool that is full as a whole it
 * would push the next one over, and then the next.
 */
export function hasRoom(elsewhere: number | null, isRelieved: boolean): boolean {
  return elsewhere !== null && elsewhere < (isRelieved ? leaveAt : roomAt);
}

export function isPanic(overloaded: number, pooled: number): boolean {
  return overloaded * 2 > pooled;
}
