/** Reads what a Flashphoner WCS reports at `/?action=stat`, as JSON or text. Values are numbers or decimal strings. */
import { isRecord, parseJson } from './json.ts';

export interface WcsStats {
  /** Searches the group first and then everywhere, since versions put keys in different groups. */
  find(group: string, key: string): StatValue;
}

export type StatValue = number | 'missing' | 'not a number';

type Groups = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/** null: neither format. */
export function parseWcsStats(body: string): WcsStats | null {
  const text = body.replace(/^\uFEFF/, '').trim();
  const groups = text.startsWith('{') ? fromJson(text) : fromText(text);
  if (groups === null) return null;
  return {
    find(group, key) {
      const own = groups.get(group);
      if (own?.has(key)) return toNumber(own.get(key));
      for (const others of groups.values()) if (others.has(key)) return toNumber(others.get(key));
      return 'missing';
    },
  };
}

function fromJson(text: string): Groups | null {
  const document = parseJson(text);
  if (!isRecord(document)) return null;
  const loose = new Map<string, unknown>();
  const groups = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [name, value] of Object.entries(document)) {
    if (isRecord(value)) groups.set(groupName(name), new Map(Object.entries(value)));
    else loose.set(name, value);
  }
  return groups.set('', loose);
}

/** A heading such as `-----Stream Stats-----` names a group by its first word; other lines are `key=value`. */
function fromText(text: string): Groups | null {
  const groups = new Map<string, Map<string, unknown>>();
  let current = new Map<string, unknown>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const heading = /^-+\s*(\w+)/.exec(line);
    if (heading !== null) {
      const name = groupName(heading[1] ?? '');
      current = groups.get(name) ?? new Map<string, unknown>();
      groups.set(name, current);
      continue;
    }
    // A heading must come first, so that a stray `a=b` in another page is no statistic.
    if (groups.size === 0) return null;
    // Lines without `=` are skipped.
    const pair = /^(\w+)\s*=(.*)$/.exec(line);
    if (pair !== null) current.set(pair[1] ?? '', pair[2]);
  }
  return [...groups.values()].some((group) => group.size > 0) ? groups : null;
}

/** `streams_stats` in JSON is `Stream Stats` in text. */
export function groupName(name: string): string {
  return name
    .toLowerCase()
    .replace(/_stats$/, '')
    .replace(/s$/, '');
}

function toNumber(value: unknown): StatValue {
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : 'not a number';
}

/** Counters that add up to one figure. */
export interface WcsSum {
  readonly group: string;
  readonly keys: readonly string[];
  /** Optional: some versions do not have them. */
  readonly optional?: readonly string[];
}

export type WcsFigure = 'publishers' | 'subscribers' | 'hls' | 'band_in' | 'band_out' | 'cpu';

/**
 * Bandwidth is in Mbit/s, and only present with `global_bandwidth_check_enabled=true` on the server. `cpu` is percent of the
 * whole machine; not every version has it.
 */
export const wcsSums: Readonly<Record<WcsFigure, WcsSum>> = {
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

/** A missing key never counts as 0: its name is returned instead. */
export function sumOf(
  stats: WcsStats,
  { group, keys, optional = [] }: WcsSum,
): number | { readonly lacking: string; readonly found: Exclude<StatValue, number> } {
  let sum = 0;
  for (const key of keys) {
    const value = stats.find(group, key);
    if (typeof value === 'string') return { lacking: key, found: value };
    sum += value;
  }
  for (const key of optional) {
    const value = stats.find(group, key);
    if (typeof value === 'number') sum += value;
  }
  // Sums of decimals such as 21.374, without binary rounding errors.
  return Math.round(sum * 1000) / 1000;
}
