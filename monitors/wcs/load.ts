import type { Verdict } from '../../src/plugin.ts';
import { ok, unknown } from '../shared/verdicts.ts';
import { groupName, type WcsStats } from './stats.ts';

export const loadNames = ['publishers', 'subscribers', 'hls', 'band_in', 'band_out', 'cpu'] as const;
export type LoadName = (typeof loadNames)[number];

/** By the name of a load, or of a counter as `group.key`. */
export type Limits = ReadonlyMap<string, number>;

export function toLimits(limits: Readonly<Record<string, number | undefined>>): Limits {
  return new Map(
    Object.entries(limits).flatMap(([name, limit]) => (limit === undefined ? [] : [[name, limit] as const])),
  );
}

export function isCounter(name: string): boolean {
  return /^\w+\.\w+$/.test(name);
}

interface Sum {
  readonly group: string;
  readonly keys: readonly string[];
  /** Counted when there; old and new servers do not have them. */
  readonly optional?: readonly string[];
}

/**
 * Bandwidth is in Mbit/s, and only there with `global_bandwidth_check_enabled=true` on the server. `cpu` is percent, and
 * the share of the whole machine; not every version has it.
 */
const sums: Readonly<Record<LoadName, Sum>> = {
  publishers: {
    group: 'stream',
    keys: ['streams_webrtc_in', 'streams_rtmp_in', 'streams_rtsp_in', 'streams_rtsp_push_in'],
    optional: ['streams_rtmfp_in'],
  },
  subscribers: {
    group: 'stream',
    keys: [
      'streams_webrtc_out',
      'streams_rtmp_out',
      'streams_rtmp_client_out',
      'streams_rtsp_out',
      'streams_websocket_out',
    ],
    optional: ['streams_rtmfp_out'],
  },
  hls: { group: 'stream', keys: ['streams_hls'] },
  band_in: { group: 'network', keys: ['global_bandwidth_in'] },
  band_out: { group: 'network', keys: ['global_bandwidth_out'] },
  cpu: { group: 'system', keys: ['system_java_cpu_usage'] },
};

/** A known load at its limit outweighs a load that is not known; a load that is not known is never taken for 0. */
export function judgeLoad(stats: WcsStats, limits: Limits): Verdict {
  const measures: Record<string, number> = {};
  const full: Record<string, number> = {};
  const reached: string[] = [];
  const readings: string[] = [];
  let unreadable: string | null = null;

  for (const [name, sum] of [...Object.entries(sums), ...countersIn(limits)]) {
    const limit = limits.get(name);
    const load = total(stats, sum);
    if (typeof load === 'string') {
      if (limit !== undefined) unreadable ??= load;
      continue;
    }
    measures[name] = load;
    if (limit !== undefined && limit > 0) full[name] = limit;
    readings.push(limit === undefined ? `${name} ${load}` : `${name} ${load} of ${limit}`);
    if (limit !== undefined && load >= limit) reached.push(name);
  }

  const detail = readings.join(', ');
  const figures = { measures, ...(Object.keys(full).length === 0 ? {} : { limits: full }) };
  if (reached.length > 0) {
    return { status: 'overloaded', summary: `limit reached: ${reached.join(', ')}`, detail, ...figures };
  }
  if (unreadable !== null) return unknown(unreadable, detail);
  if (readings.length === 0) return unknown('expected WCS statistics, got none of their keys');
  return { ...ok('below its limits', detail), ...figures };
}

function countersIn(limits: Limits): readonly (readonly [name: string, sum: Sum])[] {
  return [...limits.keys()].filter(isCounter).map((name) => {
    const [group = '', key = ''] = name.split('.');
    return [name, { group: groupName(group), keys: [key] }] as const;
  });
}

/** A text says which key could not be read. */
function total(stats: WcsStats, { group, keys, optional = [] }: Sum): number | string {
  let sum = 0;
  for (const key of keys) {
    const value = stats.find(group, key);
    if (typeof value === 'string')
      return `expected a number for ${key}, got ${value === 'missing' ? 'none' : 'something else'}`;
    sum += value;
  }
  for (const key of optional) {
    const value = stats.find(group, key);
    if (typeof value === 'number') sum += value;
  }
  // Sums of decimals such as 21.374, free of binary dust.
  return Math.round(sum * 1000) / 1000;
}
