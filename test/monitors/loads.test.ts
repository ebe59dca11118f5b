/** What weights can go by: what a monitor says beforehand that it holds against limits, and what its verdicts bring. */
import { describe, expect, it } from 'vitest';
import { monitors } from '../../monitors/index.ts';
import { judgeLooks } from '../../monitors/nginx-rtmp/judge.ts';
import { nothingYet, remember } from '../../monitors/nginx-rtmp/memory.ts';
import { judgeLoad, toLimits } from '../../monitors/wcs/load.ts';
import { readVerdict } from '../../src/config/plugins/guard.ts';
import { parseWcsStats } from '../../src/formats/wcs.ts';

function loadsOf(type: string, options: object): readonly string[] | null | undefined {
  const monitor = monitors.get(type);
  return monitor?.loads?.(monitor.options.parse(options));
}

describe('the loads of a monitor', () => {
  it.each<[string, object, readonly string[]]>([
    ['wcs', {}, []],
    [
      'wcs',
      { limits: { publishers: 100, band_out: 0, 'core.core_threads': 2000 } },
      ['publishers', 'core.core_threads'],
    ],
    ['nginx_rtmp', { limits: { subscribers: 10, band_in: 0 } }, ['subscribers']],
    ['rtsp', {}, []],
  ])('of type %s with %j are %j', (type, options, names) => expect(loadsOf(type, options)).toEqual(names));

  it('of a processor is its one limit', () => expect(loadsOf('cpu', { via: 'local' })).toHaveLength(1));
});

describe('a plugin from outside', () => {
  it('has its limits looked at like its measures', () => {
    const said = { status: 'ok', summary: 'answers', measures: { conns: 5, rtt: '1' } };
    expect(readVerdict({ ...said, limits: { conns: 10, rtt: 0, disk: '9' } })).toEqual({
      status: 'ok',
      summary: 'answers',
      measures: { conns: 5 },
      limits: { conns: 10 },
    });
    expect(readVerdict({ ...said, limits: 'many' })).not.toHaveProperty('limits');
  });
});

describe('a verdict', () => {
  it('of WCS has the limits of what was measured, reached or not', () => {
    const stats = parseWcsStats('{"streams_hls": 9, "core_threads": 40}');
    if (stats === null) return expect.unreachable();
    const judged = judgeLoad(stats, toLimits({ hls: 5 }));
    expect(judged).toMatchObject({ status: 'overloaded', measures: { hls: 9 }, limits: { hls: 5 } });
    expect(judgeLoad(stats, toLimits({ hls: 50 }))).toMatchObject({ status: 'ok', limits: { hls: 50 } });
    expect(judgeLoad(stats, toLimits({}))).not.toHaveProperty('limits');
    expect(judgeLoad(stats, toLimits({ hls: 0 }))).not.toHaveProperty('limits');
  });

  it('of nginx-rtmp has them, but for several workers that each show a part', () => {
    const look = (pid: number, uptimeS: number) => ({ pid, uptimeS, bwIn: 0, bwOut: 5e7, applications: [] });
    const wishes = { streams: [], stallMs: 5000, settleS: 0, limits: { band_out: 100 } };
    const given = {
      ...wishes,
      minClients: undefined,
      maxClients: undefined,
      minBandIn: undefined,
      maxBandOut: undefined,
    };
    const one = [look(1, 100)];
    const alone = one.reduce(remember, nothingYet);
    expect(judgeLooks(alone, one, given)).toMatchObject({ measures: { band_out: 50 }, limits: { band_out: 100 } });
    const two = [look(1, 100), look(2, 100), look(1, 101)];
    const several = two.reduce(remember, nothingYet);
    expect(judgeLooks(several, two, given)).not.toHaveProperty('limits');
  });
});
