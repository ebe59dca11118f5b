import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLooks, type Wishes } from '../../../monitors/nginx-rtmp/judge.ts';
import { type Memory, nothingYet, remember } from '../../../monitors/nginx-rtmp/memory.ts';
import type { RtmpStat, RtmpStream } from '../../../monitors/nginx-rtmp/stat.ts';

const wishes: Wishes = { streams: ['live/a'], stallMs: 5000, settleS: 10, limits: {} };

function stream(more: Partial<RtmpStream> = {}): RtmpStream {
  const at = { ageMs: 60_000, bytesIn: 1000, timestamp: 60_000 };
  return { name: 'a', kind: 'live', ...at, bwIn: 2_000_000, bwOut: 0, clients: 1, publishing: true, ...more };
}

function stat(streams: readonly RtmpStream[], more: Partial<RtmpStat> = {}): RtmpStat {
  return { pid: 1, uptimeS: 100, bwIn: 2_000_000, bwOut: 0, applications: [{ name: 'live', streams }], ...more };
}

/** One check after the other, a look each; the verdict of the last. */
function lastOf(looks: readonly RtmpStat[], more: Partial<Wishes> = {}) {
  let memory: Memory = nothingYet;
  for (const look of looks) memory = remember(memory, look);
  return judgeLooks(memory, looks.slice(-1), { ...wishes, ...more });
}

/** A stream that got its last byte at 60 s, looked at later. */
const frozenAt = (ageMs: number) => stat([stream({ ageMs })]);

describe('a stream', () => {
  it.each<[sentence: string, looks: readonly RtmpStat[], status: string, summary: string]>([
    ['that has a bandwidth at the first look moves', [stat([stream()])], 'ok', 'streams are moving'],
    [
      'that is young and without a bandwidth cannot be judged at the first look',
      [stat([stream({ ageMs: 3000, bwIn: 0 })])],
      'unknown',
      'no earlier look to compare with: live/a',
    ],
    [
      'that is old and without a bandwidth has stalled',
      [stat([stream({ bwIn: 0 })])],
      'fail',
      'stream stalled: live/a',
    ],
    [
      'that got bytes between two looks moves',
      [frozenAt(60_000), stat([stream({ ageMs: 61_000, bytesIn: 1001 })])],
      'ok',
      'streams are moving',
    ],
    [
      'that got a newer timestamp moves',
      [frozenAt(60_000), stat([stream({ ageMs: 61_000, timestamp: 61_000 })])],
      'ok',
      'streams are moving',
    ],
    [
      'whose bandwidth is still 0 but that got bytes moves',
      [stat([stream({ ageMs: 1000, bwIn: 0 })]), stat([stream({ ageMs: 1100, bwIn: 0, bytesIn: 1001 })])],
      'ok',
      'streams are moving',
    ],
    ['that is quiet for a moment has not stalled', [frozenAt(60_000), frozenAt(64_900)], 'ok', 'streams are moving'],
    [
      'that is quiet for as long as the limit has stalled, whatever its bandwidth says',
      [frozenAt(60_000), frozenAt(65_000)],
      'fail',
      'stream stalled: live/a',
    ],
    [
      'that is quiet through many quick looks has stalled',
      [60, 61, 62, 63, 64, 65].map((s) => frozenAt(s * 1000)),
      'fail',
      'stream stalled: live/a',
    ],
    [
      'that moves again has not stalled',
      [frozenAt(60_000), frozenAt(70_000), stat([stream({ ageMs: 71_000, bytesIn: 2000 })])],
      'ok',
      'streams are moving',
    ],
    [
      'that was made anew moves, though its counters went down',
      [frozenAt(60_000), stat([stream({ ageMs: 500, bytesIn: 10, timestamp: 20, bwIn: 0 })])],
      'ok',
      'streams are moving',
    ],
    [
      'whose publisher went while a player waits is told',
      [stat([stream({ publishing: false })])],
      'fail',
      'publisher gone: live/a',
    ],
    ['that is not listed is missing', [stat([])], 'fail', 'stream missing: live/a'],
    [
      'of another application is not it',
      [stat([], { applications: [{ name: 'other', streams: [stream()] }] })],
      'fail',
      'stream missing: live/a',
    ],
    [
      'that nginx is too young for is held against nobody',
      [stat([], { uptimeS: 9 })],
      'unknown',
      'nginx has just started, not there yet: live/a',
    ],
    [
      'that is played on demand needs no publisher',
      [stat([stream({ kind: 'play', publishing: false, bwIn: 0 })])],
      'ok',
      'streams are moving',
    ],
  ])('%s', (_sentence, looks, status, summary) => {
    expect(lastOf(looks)).toMatchObject({ status, summary });
  });

  it('of two that are configured under one name counts with the better one', () => {
    const twice = [
      { name: 'live', streams: [stream({ publishing: false })] },
      { name: 'live', streams: [stream()] },
    ];
    expect(lastOf([stat([], { applications: twice })])).toMatchObject({ status: 'ok' });
  });

  it('may be any of its application', () => {
    const any = { streams: ['live/*'] };
    expect(lastOf([stat([stream({ name: 'x', publishing: false }), stream({ name: 'y' })])], any)).toMatchObject({
      status: 'ok',
    });
    expect(lastOf([stat([])], any)).toMatchObject({ status: 'fail', summary: 'stream missing: live/*' });
  });

  it('is named with what is wrong with it, and how long nothing came in is detail', () => {
    const streams = ['live/a', 'live/b', 'live/c'];
    const looks = [60_000, 66_500].map((ageMs) => stat([stream({ ageMs }), stream({ name: 'b', publishing: false })]));
    const verdict = lastOf(looks, { streams });
    expect(verdict.summary).toBe('stream missing: live/c; publisher gone: live/b; stream stalled: live/a');
    expect(verdict.detail).toContain('nothing came in for 6.5 s');
  });

  it('is one of a few that are named when many are missing', () => {
    const streams = Array.from({ length: 9 }, (_, at) => `live/${at}`);
    expect(lastOf([stat([])], { streams }).summary).toBe(
      'stream missing: live/0, live/1, live/2, live/3, live/4 and 4 more',
    );
  });
});

describe('a new pid', () => {
  const otherPid = (more: Partial<RtmpStream>, uptimeS: number) => stat([stream(more)], { pid: 2, uptimeS });

  it('is a restart: counters begin again, and nothing is compared', () => {
    const looks = [frozenAt(60_000), otherPid({ ageMs: 2000, bytesIn: 5, bwIn: 0 }, 3)];
    expect(lastOf(looks)).toMatchObject({ status: 'unknown', summary: 'no earlier look to compare with: live/a' });
  });

  it('after which the stream does not come back is a failure once nginx has settled', () => {
    const gone = (uptimeS: number) => stat([], { pid: 2, uptimeS });
    expect(lastOf([frozenAt(60_000), gone(9)])).toMatchObject({ status: 'unknown' });
    expect(lastOf([frozenAt(60_000), gone(9), gone(10)])).toMatchObject({
      status: 'fail',
      summary: 'stream missing: live/a',
    });
  });

  it('of a worker that ran before shows several workers: what is not seen may be in another', () => {
    const verdict = lastOf([frozenAt(60_000), stat([], { pid: 2, uptimeS: 101 })]);
    expect(verdict).toMatchObject({ status: 'unknown', summary: 'several workers answer, each shows its own part' });
    expect(verdict.detail).toContain('not seen this time: live/a');
    expect(verdict.detail).toContain('worker_processes 1');
    expect(verdict.measures).toBeUndefined();
  });

  it('that comes and goes shows several workers, whatever their uptimes', () => {
    const two = stat([], { pid: 2, uptimeS: 20 });
    expect(lastOf([frozenAt(60_000), two, frozenAt(61_000), two])).toMatchObject({ status: 'unknown' });
  });

  it('is forgotten when one worker answers for long', () => {
    const one = stat([]);
    const many = Array.from({ length: 50 }, () => one);
    expect(lastOf([one, stat([], { pid: 2 }), ...many])).toMatchObject({
      status: 'fail',
      summary: 'stream missing: live/a',
    });
  });

  it('does not hide a stream that is seen to have stalled in its own worker', () => {
    const other = stat([], { pid: 2, uptimeS: 101 });
    const looks = [frozenAt(60_000), other, frozenAt(66_000)];
    expect(lastOf(looks)).toMatchObject({ status: 'fail', summary: 'stream stalled: live/a' });
  });
});

describe('looks that were taken at the same time', () => {
  it('find a stream in whichever worker has it', () => {
    const looks = [stat([], { pid: 2 }), stat([stream()])];
    const memory = looks.reduce(remember, nothingYet);
    expect(judgeLooks(memory, looks, wishes)).toMatchObject({ status: 'ok', summary: 'streams are moving' });
  });

  it('may arrive in any order: a look that is a little older shows no stream made anew', () => {
    expect(lastOf([frozenAt(60_000), frozenAt(66_000), frozenAt(65_995)])).toMatchObject({ status: 'fail' });
  });
});

describe('limits', () => {
  const busy = stat([stream({ clients: 11, bwOut: 9_000_000 })], { bwIn: 2_000_000, bwOut: 9_500_000 });

  it.each<[sentence: string, more: Partial<Wishes>, status: string, summary: string]>([
    ['not reached', { limits: { subscribers: 11, band_out: 9.6 } }, 'ok', 'streams are moving'],
    ['of subscribers', { limits: { subscribers: 10 } }, 'overloaded', 'limit reached: subscribers'],
    ['of publishers', { limits: { publishers: 1 } }, 'overloaded', 'limit reached: publishers'],
    ['of bandwidth', { limits: { band_in: 2, band_out: 9.5 } }, 'overloaded', 'limit reached: band_in, band_out'],
    ['of clients of a stream', { maxClients: 11 }, 'overloaded', 'limit reached: live/a'],
    ['of bandwidth of a stream', { maxBandOut: 9 }, 'overloaded', 'limit reached: live/a'],
    ['of the fewest clients', { minClients: 12 }, 'fail', 'too few clients: live/a'],
    ['of the least bandwidth', { minBandIn: 2.1 }, 'fail', 'too little bandwidth comes in: live/a'],
  ])('%s', (_sentence, more, status, summary) => {
    expect(lastOf([busy], more)).toMatchObject({ status, summary });
  });

  it('reached do not hide a stream that is missing', () => {
    const verdict = lastOf([stat([], { bwOut: 1e9 })], { limits: { band_out: 1 } });
    expect(verdict).toMatchObject({ status: 'fail', summary: 'stream missing: live/a' });
  });

  it('are measured on the whole server', () => {
    expect(lastOf([busy]).measures).toEqual({ publishers: 1, subscribers: 10, band_in: 2, band_out: 9.5 });
  });

  it('of a part are not known to be kept, but are known to be reached', () => {
    const looks = [busy, { ...busy, pid: 2, uptimeS: 200 }];
    expect(lastOf(looks, { limits: { subscribers: 11 } })).toMatchObject({
      status: 'unknown',
      summary: 'several workers answer, each shows its own part',
    });
    expect(lastOf(looks, { limits: { subscribers: 10 } })).toMatchObject({ status: 'overloaded' });
  });

  it('of the least bandwidth wait for the mean over 10 s', () => {
    const young = stat([stream({ ageMs: 9000, bwIn: 1000 })]);
    expect(lastOf([young], { minBandIn: 1 })).toMatchObject({ status: 'unknown' });
  });
});

describe('no looks', () => {
  it('make a server fail that only restarted or was seen in parts', () => {
    const look = fc.record({
      pid: fc.constantFrom(1, 2),
      uptimeS: fc.nat(300),
      ageMs: fc.nat(100_000),
      bytesIn: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 30 }), (looks) => {
        const stats = looks.map(({ pid, uptimeS, ...at }) => stat([stream(at)], { pid, uptimeS }));
        const verdict = lastOf(stats);
        expect(['ok', 'fail', 'unknown']).toContain(verdict.status);
        if (verdict.status === 'fail') expect(verdict.summary).toBe('stream stalled: live/a');
        for (const value of Object.values(verdict.measures ?? {})) expect(value).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 50 },
    );
  });
});
