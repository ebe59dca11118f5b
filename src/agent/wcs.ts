/** What a Flashphoner WCS says at `/?action=stat`, as JSON or as text; values are numbers or decimal strings. */
import type { CountedName } from './limits.ts';
import { type Reading, withoutFigures } from './reading.ts';

interface Sum {
  readonly keys: readonly string[];
  /** Counted when there: versions differ. */
  readonly optional: readonly string[];
}

const sums: Readonly<Record<CountedName, Sum>> = {
  publishers: {
    keys: ['streams_webrtc_in', 'streams_rtmp_in', 'streams_rtsp_in', 'streams_rtsp_push_in'],
    optional: ['streams_rtmfp_in'],
  },
  subscribers: {
    keys: [
      'streams_webrtc_out',
      'streams_rtmp_out',
      'streams_rtmp_client_out',
      'streams_rtsp_out',
      'streams_websocket_out',
    ],
    optional: ['streams_rtmfp_out'],
  },
  hls: { keys: ['streams_hls'], optional: [] },
};

/** A key that is not there is never taken for 0. */
export function readWcs(body: string): Reading {
  const text = body.replace(/^\uFEFF/, '').trim();
  const values = text.startsWith('{') ? fromJson(text) : fromText(text);
  if (values === null) return withoutFigures(Object.keys(sums), 'no WCS statistics');
  const figures: Record<string, number> = {};
  const missing: Record<string, string> = {};
  for (const [name, { keys, optional }] of Object.entries(sums)) {
    const lacking = keys.find((key) => toNumber(values.get(key)) === null);
    const present = optional.filter((key) => toNumber(values.get(key)) !== null);
    if (lacking !== undefined) missing[name] = `no ${lacking}`;
    else figures[name] = [...keys, ...present].reduce((sum, key) => sum + (toNumber(values.get(key)) ?? 0), 0);
  }
  return { figures, missing };
}

/** The keys of all groups; their own group comes first, since versions differ in where they put a key. */
function fromJson(text: string): ReadonlyMap<string, unknown> | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(document)) return null;
  const groups = Object.entries(document).filter(([, group]) => isRecord(group));
  groups.sort(([one], [other]) => Number(other === 'streams_stats') - Number(one === 'streams_stats'));
  const values = new Map<string, unknown>();
  for (const [key, value] of [
    ...groups.flatMap(([, group]) => Object.entries(group as object)),
    ...Object.entries(document),
  ]) {
    if (!values.has(key)) values.set(key, value);
  }
  return values;
}

/** A heading is `-----Stream Stats-----`, everything else `key=value`. */
function fromText(text: string): ReadonlyMap<string, unknown> | null {
  const values = new Map<string, unknown>();
  let headings = 0;
  for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
    const pair = /^(\w+)\s*=(.*)$/.exec(line);
    if (/^-+\s*\w/.test(line)) headings += 1;
    // Headings come first, so that a stray `a=b` in a page of another kind is no statistic.
    else if (pair === null || headings === 0) return null;
    else if (!values.has(pair[1] ?? '')) values.set(pair[1] ?? '', pair[2]);
  }
  return headings === 0 ? null : values;
}

function toNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\s*\d{1,15}(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
