/**
 * The integral: a server fuller than its pool loses a little of its share, an emptier one gains a little, again and
 * again, until they are level. Only ratios count, so it works at any load, and finds capacities that nobody told it.
 */
import type { Reading } from './reading.ts';

/** What the law goes by for one server of the pool, or one that is out of it and will be back. */
export interface Player {
  readonly server: string;
  readonly pooled: boolean;
  readonly pinned: boolean;
  readonly sight: Reading['sight'];
  readonly overloaded: boolean;
  /** Overloaded, and given the least weight for it: its level says nothing about its share. */
  readonly relieved: boolean;
  /** Smoothed utilisation; null: unknown. */
  readonly level: number | null;
  readonly share: number;
  readonly reached: number;
}

export const deadBand = 0.05;
export const leastShare = 0.05;
/** A returning server begins here: one that counts connections would send it every new viewer of the pool. */
export const entryShare = 0.1;
const largestRise = 1.25;
const largestFall = 0.8;
/** Of a server that is not heard any more, towards its base. */
const blindRise = 1.05;
/** Out of the pool a share may be larger than all in it, and keeps its ratio. */
const mostShare = 1 / leastShare;

/** A weight still on its way says nothing about the share it is on its way to. */
export function isComing({ reached, share }: Pick<Player, 'reached' | 'share'>): boolean {
  return reached < share * 0.99;
}

/** The mean of those that the law steers and whose weight is what it learned; null: there is nobody to compare with. */
export function poolLevel(players: readonly Player[]): number | null {
  const steered = players.filter((one) => isSteered(one) && one.sight === 'fresh' && one.level !== null);
  const settled = steered.filter((one) => !one.relieved && !isComing(one));
  // Summed in order of size: the order of servers must not change the last digit.
  const levels = (settled.length > 0 ? settled : steered).map(({ level }) => level ?? 0).sort((a, b) => a - b);
  return levels.length === 0 ? null : levels.reduce((sum, level) => sum + level, 0) / levels.length;
}

/**
 * In a panic nobody is lowered and nobody rises above 1: emptier servers are still given more, since they are all
 * the relief there is.
 */
export function learn(players: readonly Player[], gain: number, panic: boolean): readonly Player[] {
  const mean = poolLevel(players);
  return players.map((player) => {
    if (!isSteered(player)) return player;
    if (player.sight === 'blind') return panic ? player : backToBase(player);
    if (player.sight === 'held' || player.level === null || mean === null) return player;
    const difference = player.level - mean;
    if (Math.abs(difference) <= deadBand) return player;
    const factor = Math.min(largestRise, Math.max(largestFall, 1 - gain * difference));
    if (factor > 1 ? isComing(player) || player.relieved : panic) return player;
    const share = Math.max(leastShare, panic ? Math.min(1, player.share * factor) : player.share * factor);
    return { ...player, share, reached: isComing(player) ? player.reached : share };
  });
}

function backToBase(player: Player): Player {
  const share = player.share > 1 ? player.share : Math.min(1, player.share * blindRise);
  return { ...player, share, reached: isComing(player) ? player.reached : share };
}

/**
 * Makes the largest share of the pool 1, so that weights neither sink nor lose their resolution. While one is held
 * the others must not be scaled past it: then nobody gets above 1, and that is all.
 */
export function rescale(players: readonly Player[]): readonly Player[] {
  const steered = players.filter(isSteered);
  const largest = Math.max(...steered.map(({ share }) => share));
  const isHeld = players.some((one) => one.pooled && !one.pinned && one.sight === 'held');
  if (isHeld && steered.length > 1) {
    return players.map((one) =>
      isSteered(one) && one.share > 1 ? { ...one, share: 1, reached: Math.min(1, one.reached) } : one,
    );
  }
  if (steered.length === 0 || largest === 1) return players;
  return players.map((one) => {
    const share = Math.min(mostShare, Math.max(leastShare, one.share / largest));
    return { ...one, share, reached: Math.min(share, one.reached / largest) };
  });
}

/** One step of the way from the weight in force to the one learned. A fall is at once: `learn` has bounded it. */
export function approach(player: Player): Player {
  if (!isSteered(player) || player.relieved || player.sight === 'held') return player;
  return { ...player, reached: Math.min(player.share, player.reached * largestRise) };
}

function isSteered({ pooled, pinned }: Player): boolean {
  return pooled && !pinned;
}
