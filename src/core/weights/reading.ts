/** How full a server is, from its terms, and how long that may be believed. */
import type { ServerLoad, ServerMemory, Term, WeightSettings } from './model.ts';

/** A full network card is not cured by an idle processor, so the fullest term speaks; more than this says nothing new. */
const utilisationCap = 1.5;
const staleTicks = 3;
const blindTicks = 12;
const alphaRising = 0.3;
const alphaFalling = 0.15;

/** `fresh`: believed; `held`: old, so nothing is done about it; `blind`: so old that it says nothing. */
export interface Reading {
  readonly sight: 'fresh' | 'held' | 'blind';
  readonly utilisation: number | null;
  /** The fullest term; null: there is none. */
  readonly term: string | null;
  /** Of the newest term that counts. */
  readonly atMs: number | null;
  readonly ageMs: number;
}

/**
 * A term that fell silent still speaks when it was the fullest: the others being low does not make it low. Then
 * the whole reading is old.
 */
export function readTerms(
  { terms }: Pick<ServerLoad, 'terms'>,
  knownAtMs: number,
  { measureMs }: WeightSettings,
  nowMs: number,
): Reading {
  const blindMs = blindTicks * measureMs;
  const heard = terms.filter((term) => isSound(term) && nowMs - term.atMs <= blindMs);
  const fullest = heard.reduce<Term | null>(
    (most, term) => (most === null || isFuller(term, most) ? term : most),
    null,
  );
  if (fullest === null) {
    const ageMs = nowMs - knownAtMs;
    return { sight: ageMs > blindMs ? 'blind' : 'held', utilisation: null, term: null, atMs: null, ageMs };
  }
  const ageMs = Math.max(0, nowMs - fullest.atMs);
  return {
    sight: ageMs > staleTicks * measureMs ? 'held' : 'fresh',
    utilisation: utilisationOf(fullest),
    term: fullest.name,
    atMs: Math.min(nowMs, Math.max(...heard.map((term) => term.atMs))),
    ageMs,
  };
}

/** Takes a reading in, at most two in a tick. Up is believed sooner than down. */
export function smooth(
  memory: Pick<ServerMemory, 'smoothed' | 'readAtMs'>,
  reading: Reading,
  { measureMs }: WeightSettings,
): { readonly smoothed: number | null; readonly readAtMs: number | null; readonly taken: boolean } {
  const { smoothed, readAtMs } = memory;
  const { utilisation, atMs, sight } = reading;
  if (sight === 'blind') return { smoothed: null, readAtMs: null, taken: false };
  if (sight === 'held' || utilisation === null || atMs === null) return { smoothed, readAtMs, taken: false };
  if (smoothed === null || readAtMs === null) return { smoothed: utilisation, readAtMs: atMs, taken: true };
  const ticks = (atMs - readAtMs) / measureMs;
  if (ticks < 0.5) return { smoothed, readAtMs, taken: false };
  const alpha = utilisation > smoothed ? alphaRising : alphaFalling;
  // After a gap the new value counts for as many steps as were missed.
  const part = 1 - (1 - alpha) ** ticks;
  return { smoothed: smoothed + part * (utilisation - smoothed), readAtMs: atMs, taken: true };
}

function isSound({ value, limit, atMs }: Term): boolean {
  return Number.isFinite(value) && value >= 0 && Number.isFinite(limit) && limit > 0 && Number.isFinite(atMs);
}

/** By name where they are equally full, so that the order of terms says nothing. */
function isFuller(a: Term, b: Term): boolean {
  const [ofA, ofB] = [utilisationOf(a), utilisationOf(b)];
  return ofA === ofB ? a.name < b.name || (a.name === b.name && a.atMs > b.atMs) : ofA > ofB;
}

function utilisationOf({ value, limit }: Term): number {
  return Math.min(utilisationCap, value / limit);
}
