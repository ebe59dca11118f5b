import type { Verdict } from '../../src/plugin/plugin.ts';
import { fail, ok, unknown } from '../shared/verdicts.ts';
import type { MediaList } from './playlist.ts';

/** What is kept of one list between two checks. */
export interface ListMemory {
  readonly key: ListKey;
  /** Monotonic ms when this key was first seen. */
  readonly sinceMs: number;
  /** True once it changed, or its age showed that it is live. */
  readonly live: boolean;
  /** True after it answered 404. */
  readonly gone: boolean;
}

/** A key that changes whenever something is added. */
interface ListKey {
  /** The URL of the list, without its query. */
  readonly path: string;
  readonly sequence: number;
  readonly count: number;
  /** The URL of the newest segment, without its query, which may hold a changing token. */
  readonly uri: string;
}

export interface Sight {
  readonly path: string;
  readonly nowMs: number;
  /** The age of the list as reported by the server; null: not reported. Caches may rewrite it, so it is no proof alone. */
  readonly ageS: number | null;
  /** A list is stale after this many target durations without a change. */
  readonly patience: number;
  /** True if a complete list is a recording, and not a live stream that has ended. */
  readonly mayEnd: boolean;
}

export interface Freshness {
  readonly memory: ListMemory;
  readonly verdict: Verdict;
}

export function judgeFreshness(memory: ListMemory | undefined, list: MediaList, sight: Sight): Freshness {
  const { nowMs, ageS, patience } = sight;
  const key: ListKey = {
    path: sight.path,
    sequence: list.sequence,
    count: list.count,
    uri: (list.newest?.uri ?? '').replace(/[?#].*$/, ''),
  };
  const staleS = patience * Math.max(1, list.targetS);
  const unmoved = memory !== undefined && isSame(memory.key, key);
  const same = unmoved && !memory.gone;
  const sinceMs = same ? memory.sinceMs : nowMs;
  const stillS = Math.round((nowMs - sinceMs) / 1000);
  const old = ageS !== null && ageS > staleS;
  const live = same ? memory.live : (memory !== undefined && !unmoved) || (ageS !== null && !old);
  const next = { key, sinceMs, live, gone: false };
  const say = (verdict: Verdict): Freshness => ({ memory: next, verdict });
  const restarted = memory !== undefined && key.sequence < memory.key.sequence;
  const facts = `sequence ${list.sequence}, ${list.count} segments, target ${list.targetS} s`;
  const detail = restarted ? `${facts}; restarted: the sequence was ${memory.key.sequence}` : facts;

  if (list.complete) return say(sight.mayEnd ? ok('list is complete', detail) : fail('list has ended', detail));
  if (nowMs - sinceMs > staleS * 1000) {
    const words = list.count === 0 ? 'list has no segments' : 'list is stale';
    return say(fail(words, `unchanged for ${stillS} s; ${detail}`));
  }
  if (list.count === 0) return say(unknown('list has no segments yet', detail));
  if (live) return say(ok('list is fresh', detail));
  if (!old) return say(unknown('list not seen to move yet', detail));
  return say(
    unknown('list looks stale, not seen to move yet', `changed ${Math.round(ageS)} s ago by its age; ${detail}`),
  );
}

/**
 * Servers with personal lists and segments for each viewer change all URIs with every check: then only the sequence
 * and the count can be compared.
 */
function isSame(before: ListKey, now: ListKey): boolean {
  const unmoved = before.sequence === now.sequence && before.count === now.count;
  return unmoved && (before.path !== now.path || before.uri === now.uri);
}

/** The age of a list by `Date` and `Last-Modified`, or else by the encoder's clock; in seconds. */
export function ageOf(
  date: string | undefined,
  lastModified: string | undefined,
  endsAtMs: number | null,
): number | null {
  const nowMs = Date.parse(date ?? '');
  if (Number.isNaN(nowMs)) return null;
  const modifiedMs = Date.parse(lastModified ?? '');
  const changedMs = Number.isNaN(modifiedMs) ? endsAtMs : modifiedMs;
  return changedMs === null ? null : Math.max(0, (nowMs - changedMs) / 1000);
}
