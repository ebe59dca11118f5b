import type { Band, Link } from './facts.ts';

/** One link at one moment. */
export interface LinkReading {
  readonly atMs: number;
  readonly link: Link;
  /** Seconds since the machine started; null: not known. */
  readonly upS: number | null;
}

/** The memory of one target between two polls. */
export interface BandMemory {
  readonly base: LinkReading;
  /** Over the last stretch that was long enough; null before there was one. */
  readonly band: Band | null;
}

/** A shorter stretch would say little of the next. */
const shortestStretchMs = 500;
/** Agents of SNMP may read their counters only now and then, and answer from memory in between. */
const standStillMs = 45_000;
/** Mbit/s that no link carries: the counters of 32 bits did not wrap, they began anew. */
const fastestMbit = 400_000;

/**
 * Takes a reading in. Of readings close together (a check and its twin) the first stays the base, and so it does while
 * counters stand still that may only not have been read anew.
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
  // 8 bits in an octet; bits in a millisecond are kbit/s.
  const band = { in: (received * 8) / stretchMs / 1000, out: (sent * 8) / stretchMs / 1000 };
  return band.in > fastestMbit || band.out > fastestMbit ? { base: now, band: null } : { base: now, band };
}

/** null: the counter began anew. */
function grown(before: Link, now: Link, which: 'received' | 'sent'): number | null {
  const octets = now[which] - before[which];
  if (octets >= 0) return octets;
  return now.wrapsAt === undefined || before.wrapsAt !== now.wrapsAt ? null : octets + now.wrapsAt;
}

/**
 * The named one; else the chosen one; else the one that carried most, which a bond or a bridge did before its parts. What was
 * taken once stays so as long as it is there: `kept` is its name.
 */
export function linkFrom(links: readonly Link[], wanted: string | null, kept: string | null): Link | null {
  if (wanted !== null) return links.find(({ name }) => name === wanted) ?? null;
  const busy = links.filter(({ isIdle }) => isIdle !== true);
  const byLoad = busy.toSorted(
    (left, right) => right.received + right.sent - (left.received + left.sent) || (left.name < right.name ? -1 : 1),
  );
  return links.find(({ isChosen }) => isChosen === true) ?? busy.find(({ name }) => name === kept) ?? byLoad[0] ?? null;
}
