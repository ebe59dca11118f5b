import { describe, expect, it } from 'vitest';
import { ageOf, judgeFreshness, type ListMemory } from '../../../monitors/hls/freshness.ts';
import type { MediaList } from '../../../monitors/hls/playlist.ts';

interface Look {
  readonly atS: number;
  readonly sequence?: number;
  readonly count?: number;
  readonly uri?: string;
  readonly path?: string;
  readonly ageS?: number;
  readonly complete?: boolean;
}

/** One verdict for each look at a list with a target of 2 s, so that it is stale after 6 s. */
function watch(...looks: readonly Look[]): string[] {
  let memory: ListMemory | undefined;
  return looks.map(
    ({ atS, sequence = 1, count = 5, uri = `${sequence}.ts`, path = '/a.m3u8', ageS, complete = false }) => {
      const list: MediaList = {
        kind: 'media',
        sequence,
        targetS: 2,
        count,
        complete,
        newest: count === 0 ? null : { uri, range: null, encrypted: false },
        map: null,
        endsAtMs: null,
      };
      const seen = judgeFreshness(memory, list, {
        path,
        nowMs: atS * 1000,
        ageS: ageS ?? null,
        patience: 3,
        mayEnd: true,
      });
      memory = seen.memory;
      return `${seen.verdict.status}: ${seen.verdict.summary}`;
    },
  );
}

const fresh = 'ok: list is fresh';
const stale = 'fail: list is stale';
const unseen = 'unknown: list not seen to move yet';

describe('a live list', () => {
  it('is fresh while it moves', () => {
    const looks = [1, 2, 3].map((sequence) => ({ atS: sequence * 2, sequence, ageS: 1 }));
    expect(watch(...looks)).toEqual([fresh, fresh, fresh]);
  });

  it('is stale three targets after its last change, and no earlier', () => {
    expect(watch({ atS: 0, ageS: 0 }, { atS: 6 }, { atS: 6.1 }, { atS: 60 })).toEqual([fresh, fresh, stale, stale]);
  });

  it('is fresh again once it moves', () => {
    expect(watch({ atS: 0, ageS: 0 }, { atS: 9 }, { atS: 10, sequence: 2 })).toEqual([fresh, stale, fresh]);
  });

  it('moves also when it only grows', () => {
    expect(watch({ atS: 0, ageS: 0 }, { atS: 9, count: 6 })).toEqual([fresh, fresh]);
  });

  it('moves also when only its newest URI does', () => {
    expect(watch({ atS: 0, ageS: 0 }, { atS: 9, uri: 'new.ts' })).toEqual([fresh, fresh]);
  });

  it('does not move by a new token', () => {
    expect(watch({ atS: 0, ageS: 0, uri: 'a.ts?t=1' }, { atS: 9, uri: 'a.ts?t=2' })).toEqual([fresh, stale]);
  });

  it('does not move by a session of its own in every URI', () => {
    const [first, second] = [
      { path: '/w1.m3u8', uri: 'w1_5.ts' },
      { path: '/w2.m3u8', uri: 'w2_5.ts' },
    ];
    expect(watch({ atS: 0, ageS: 0, ...first }, { atS: 9, ...second })).toEqual([fresh, stale]);
  });

  it('is not believed before it was seen to move, when its age says nothing', () => {
    expect(watch({ atS: 0 }, { atS: 2 }, { atS: 3, sequence: 2 })).toEqual([unseen, unseen, fresh]);
    expect(watch({ atS: 0 }, { atS: 7 })).toEqual([unseen, stale]);
  });

  it('is not condemned by its age alone', () => {
    const looks = 'unknown: list looks stale, not seen to move yet';
    expect(watch({ atS: 0, ageS: 28 }, { atS: 2, ageS: 30 }, { atS: 7, ageS: 35 })).toEqual([looks, looks, stale]);
    expect(watch({ atS: 0, ageS: 28 }, { atS: 2, sequence: 2, ageS: 28 })).toEqual([looks, fresh]);
  });

  it('may begin again, which is only noted', () => {
    const list: MediaList = {
      kind: 'media',
      sequence: 0,
      targetS: 2,
      count: 1,
      complete: false,
      newest: null,
      map: null,
      endsAtMs: null,
    };
    const memory: ListMemory = {
      key: { path: '/a', sequence: 900, count: 5, uri: '' },
      sinceMs: 0,
      live: true,
      gone: false,
    };
    const { verdict } = judgeFreshness(memory, list, { path: '/a', nowMs: 1, ageS: null, patience: 3, mayEnd: true });
    expect(verdict).toMatchObject({ status: 'ok', summary: 'list is fresh' });
    expect(verdict.detail).toContain('restarted: the sequence was 900');
  });

  it('has time to get its first segment', () => {
    const empty = { sequence: 0, count: 0 };
    expect(watch({ atS: 0, ...empty }, { atS: 7, ...empty })).toEqual([
      'unknown: list has no segments yet',
      'fail: list has no segments',
    ]);
  });
});

it('a list that comes back as it was proves nothing by that', () => {
  const list: MediaList = {
    kind: 'media',
    sequence: 1,
    targetS: 2,
    count: 1,
    complete: false,
    newest: { uri: '1.ts', range: null, encrypted: false },
    map: null,
    endsAtMs: null,
  };
  const sight = { path: '/a', nowMs: 9000, ageS: null, patience: 3, mayEnd: true };
  const memory: ListMemory = {
    key: { path: '/a', sequence: 1, count: 1, uri: '1.ts' },
    sinceMs: 0,
    live: true,
    gone: true,
  };
  expect(judgeFreshness(memory, list, sight).verdict).toMatchObject({
    status: 'unknown',
    summary: 'list not seen to move yet',
  });
});

it('a complete list is never stale', () => {
  const done = 'ok: list is complete';
  expect(watch({ atS: 0, complete: true }, { atS: 900, complete: true })).toEqual([done, done]);
});

describe('the age of a list', () => {
  const at = (second: number) => `Fri, 20 Nov 2026 23:52:${String(second).padStart(2, '0')} GMT`;
  const endMs = Date.parse(at(10));

  it.each([
    ['by its dates', at(28), at(0), null, 28],
    ['not below nothing', at(0), at(5), null, 0],
    ['by the encoder, when the server says nothing', at(28), undefined, endMs, 18],
    ['not by the encoder when the server knows', at(28), at(27), endMs, 1],
    ['unknown without a date', undefined, at(0), endMs, null],
    ['unknown with a broken one', 'soon', at(0), endMs, null],
    ['unknown without anything to compare', at(0), 'never', null, null],
  ])('is known %s', (_how, date, modified, endsAtMs, ageS) => {
    expect(ageOf(date, modified, endsAtMs)).toBe(ageS);
  });
});
