import type { Band, Link } from './facts.ts';

/** One link at one point in time. */
export interface LinkReading {
  readonly atMs: number;
  readonly link: Link;
  /** Seconds since the machine started; null: unknown. */
  readonly upS: number | null;
}

/** What is remembered about one target between polls. */
export interface BandMemory {
  readonly base: LinkReading;
  /** Over the last interval that was long enough; null before the first. */
  readonly band: Band | null;
}

/** A shorter interval would say little about the next one. */
const shortestStretchMs = 500;
/** SNMP agents may read their counters at intervals and answer from a cache in between. */
const standStillMs = 45_000;
/** A rate that no link reaches: the 32-bit counters did not wrap, they were reset. */
const fastestMbit = 400_000;

/**
 * Adds a reading. Of readings close together (a check and its second attempt) the first stays the base; so it does
 * while counters stand still, which may only be cached.
 */
export function rememberBand(memory: BandMemory | undefined, now: LinkReading): BandMemory {
  if (memory === undefined) return { base: now, band: null };
  const { base } = memory;
  const stretchMs = now.atMs - base.atMs;
  const restarted = now.upS !== null && base.upS !== null && now.upS < base.upS;
  if (restarted || now.link.name !== base.link.name) return { base: now, band: null };
  const [received, sent] = [grown(base.link, now.link, 'received'), grown(base.link, now.link, 'sent')];
  if (received === null || sent === null) return { base: now, band: null };
  const stoodStill = received === 0 && sent === 0 && stretchMs < standStillMs && memory.band !== null;
  if (stretchMs < shortestStretchMs || stoodStill) return memory;
  // 8 bits per octet; bits per millisecond are kbit/s.
  const band = { in: (received * 8) / stretchMs / 1000, out: (sent * 8) / stretchMs / 1000 };
  return band.in > fastestMbit || band.out > fastestMbit ? { base: now, band: null } : { base: now, band };
}

/** null: the counter was reset. */
function grown(before: Link, now: Link, which: 'received' | 'sent'): number | null {
  const octets = now[which] - before[which];
  if (octets >= 0) return octets;
  return now.wrapsAt === undefined || before.wrapsAt !== now.wrapsAt ? null : octets + now.wrapsAt;
}

/**
 * The named interface; else the chosen one; else the one that carried most, where a bond or bridge comes before its
 * parts. The selection is kept as long as the interface exists: `kept` is its name.
 */
export function linkFrom(links: readonly Link[], wanted: string | null, kept: string | null): Link | null {
  if (wanted !== null) return links.find(({ name }) => name === wanted) ?? null;
  const busy = links.filter(({ isIdle }) => isIdle !== true);
  const byLoad = busy.toSorted(
    (left, right) => right.received + right.sent - (left.received + left.sent) || (left.name < right.name ? -1 : 1),
  );
  return links.find(({ isChosen }) => isChosen === true) ?? busy.find(({ name }) => name === kept) ?? byLoad[0] ?? null;
}
