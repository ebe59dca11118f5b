import type { Verdict } from '../../src/plugin/plugin.ts';
import { fail, unknown } from '../shared/verdicts.ts';
import { ageOf, judgeFreshness, type ListMemory } from './freshness.ts';
import type { MediaList } from './playlist.ts';
import { type Found, fetchList, glance, lead, type Site } from './walk.ts';

export interface Wish {
  readonly variants: 'one' | 'all';
  readonly segment: 'newest' | 'none';
  readonly stale: number;
  /** The meaning of a list that declares itself complete. */
  readonly complete: 'ok' | 'fail';
  /** State of this server's lists, by position in the list of variants: `` for the first list, `0`, `0/1`. */
  readonly memory: Map<string, ListMemory>;
}

/** A list of variants may refer to lists of variants, but no deeper. */
const maxDepth = 2;
/** Further lists are skipped: all lists share one deadline. */
const maxLists = 20;

/** One verdict for each list that was followed to its segments. */
export async function judgeStream(
  site: Site,
  url: URL,
  wish: Wish,
  place = '',
  depth = 0,
): Promise<readonly Verdict[]> {
  const result = await fetchList(site, url);
  if ('verdict' in result) {
    const { status, verdict } = result;
    const known = [...wish.memory].filter(([other]) => isWithin(other, place));
    if ((status !== 404 && status !== 410) || known.length === 0) return [named(verdict, place)];
    for (const [other, before] of known) wish.memory.set(other, { ...before, gone: true });
    // A server with cleanup removes the list when publishing ends.
    return [named(fail(`list is gone: ${verdict.summary}`, verdict.detail), place)];
  }
  const { list } = result.found;
  if (list.kind === 'media') return [named(await judgeMedia(site, { ...result.found, list }, wish, place), place)];
  if (depth === maxDepth) return [fail(`expected at most ${maxDepth} levels of lists, got more`)];

  const all = wish.variants === 'one' ? list.variants : [...list.variants, ...list.renditions];
  const leads = all.slice(0, maxLists).map((uri, at) => ({ at, to: lead(site, uri, result.found.url) }));
  if (leads.some(({ to }) => to === 'broken')) return [named(fail('list is broken: a variant without a URI'), place)];
  const here = leads.flatMap(({ at, to }) => (to instanceof URL ? [{ at, to }] : []));
  if (here.length === 0) return [named(unknown('variants on another server'), place)];
  const verdicts: Verdict[] = [];
  for (const { at, to } of wish.variants === 'one' ? here.slice(0, 1) : here) {
    const inside = place === '' ? `${at}` : `${place}/${at}`;
    verdicts.push(...(await judgeStream(site, to, wish, inside, depth + 1)));
  }
  return verdicts;
}

async function judgeMedia(site: Site, found: Found<MediaList>, wish: Wish, place: string): Promise<Verdict> {
  const { list, url, answer } = found;
  const nowMs = site.context.clock.monoMs();
  const ageS = ageOf(answer.header('date'), answer.header('last-modified'), list.endsAtMs);
  const sight = { path: url.pathname, nowMs, ageS, patience: wish.stale, mayEnd: wish.complete === 'ok' };
  const { memory, verdict } = judgeFreshness(wish.memory.get(place), list, sight);
  wish.memory.set(place, memory);
  const measures = {
    sequence: list.sequence,
    segments: list.count,
    target_s: list.targetS,
    unchanged_s: Math.round((nowMs - memory.sinceMs) / 1000),
  };
  const judged = { ...verdict, measures };
  if (verdict.status === 'fail' || wish.segment === 'none' || list.newest === null) return judged;

  const notes = [verdict.detail];
  const pieces = [
    ...(list.map === null ? [] : [{ piece: list.map, what: 'map' }]),
    { piece: list.newest, what: 'newest segment' },
  ];
  for (const { piece, what } of pieces) {
    const result = await glance(site, url, piece, what);
    if ('verdict' in result) return { ...result.verdict, measures };
    notes.push(result.note);
  }
  return { ...judged, detail: notes.filter((note) => note !== undefined).join('; ') };
}

/** True for the position itself or one below it. */
function isWithin(other: string, place: string): boolean {
  return place === '' || other === place || other.startsWith(`${place}/`);
}

function named(verdict: Verdict, place: string): Verdict {
  if (place === '') return verdict;
  return { ...verdict, detail: [`variant ${place}`, verdict.detail].filter((part) => part !== undefined).join(': ') };
}

const badness: Readonly<Record<Verdict['status'], number>> = { ok: 0, unknown: 1, overloaded: 2, fail: 3 };

/** The first finding with the worst status. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  const worst = verdicts.reduce<Verdict | null>(
    (left, right) => (left !== null && badness[left.status] >= badness[right.status] ? left : right),
    null,
  );
  return worst ?? fail('list is broken: no variants');
}
