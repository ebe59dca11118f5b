import { mbit } from './judge-streams.ts';
import type { RtmpStat } from './stat.ts';

export const totalNames = ['publishers', 'subscribers', 'band_in', 'band_out'] as const;
export type TotalName = (typeof totalNames)[number];
export type Totals = Readonly<Record<TotalName, number>>;
export type TotalLimits = Readonly<Partial<Record<TotalName, number | undefined>>>;

/** Totals of the worker that answered. Bandwidths are in Mbit/s. */
export function totalsOf(stat: RtmpStat): Totals {
  const streams = stat.applications.flatMap((application) => application.streams);
  const publishers = streams.filter(({ publishing }) => publishing).length;
  const clients = streams.reduce((sum, stream) => sum + stream.clients, 0);
  return {
    publishers,
    subscribers: Math.max(0, clients - publishers),
    band_in: mbit(stat.bwIn),
    band_out: mbit(stat.bwOut),
  };
}

export function reachedLimits(totals: Totals, limits: TotalLimits): readonly TotalName[] {
  return totalNames.filter((name) => totals[name] >= (limits[name] ?? Infinity));
}

/** The limits above 0, which can be partly used up. */
export function limitsOf(limits: TotalLimits): Readonly<Record<string, number>> {
  const set = totalNames.map((name) => [name, limits[name] ?? 0] as const);
  return Object.fromEntries(set.filter(([, limit]) => limit > 0));
}

export function describeTotals(totals: Totals, limits: TotalLimits): string {
  const parts = totalNames.map((name) => {
    const limit = limits[name];
    return limit === undefined ? `${name} ${totals[name]}` : `${name} ${totals[name]} of ${limit}`;
  });
  return parts.join(', ');
}
