/** The limits of a video server: words of the command line, keys of the configuration, units. */

import { showText } from '../config/show.ts';
import { didYouMean } from '../config/suggest.ts';

export const limitNames = ['cpu', 'publishers', 'subscribers', 'hls', 'band_in', 'band_out', 'memory', 'disk'] as const;
export type LimitName = (typeof limitNames)[number];
export type Limits = Readonly<Partial<Record<LimitName, number>>>;

/** Counted by the video server itself; everything else comes from the kernel. */
export const countedNames = ['publishers', 'subscribers', 'hls'] as const satisfies readonly LimitName[];
export type CountedName = (typeof countedNames)[number];

/** Bandwidth is in Mbit/s, `cpu`, `memory` and `disk` in percent. */
export const usualLimits: Limits = {
  cpu: 90,
  publishers: 100,
  subscribers: 100,
  hls: 100,
  band_in: 100,
  band_out: 100,
};

const percent: readonly LimitName[] = ['cpu', 'memory', 'disk'];

/** As typed: `band-in`. */
export function wordOf(name: string): string {
  return name.replaceAll('_', '-');
}

/** `cpu 93% of 90%`, `band-out 104.2 of 100 Mbit/s`, `publishers 100 of 100`. */
export function wordLoad(name: LimitName, value: number, limit: number): string {
  if (percent.includes(name)) return `${wordOf(name)} ${value}% of ${limit}%`;
  return `${wordOf(name)} ${value} of ${limit}${name.startsWith('band') ? ' Mbit/s' : ''}`;
}

export type WordsRead = { readonly limits: Readonly<Record<string, number>> } | { readonly wrong: string };

/** Parses `cpu 70 publishers 100`: pairs of a word and its limit, in any order. The values are validated elsewhere. */
export function readWords(words: readonly string[]): WordsRead {
  const known = limitNames.map(wordOf);
  const limits: Record<string, number> = {};
  for (let at = 0; at < words.length; at += 2) {
    const word = words[at] ?? '';
    const number = words[at + 1];
    if (!known.includes(word)) {
      return { wrong: `expected one of ${known.join(', ')}, got ${showText(word)}${didYouMean(word, known)}` };
    }
    const name = word.replaceAll('-', '_');
    if (name in limits) return { wrong: `${word}: expected one limit, got two` };
    if (number === undefined) return { wrong: `${word}: expected a limit after it, got nothing` };
    if (!/^\d{1,12}(\.\d{1,6})?$/.test(number)) return { wrong: `${word}: expected a number, got ${showText(number)}` };
    limits[name] = Number(number);
  }
  return { limits };
}
