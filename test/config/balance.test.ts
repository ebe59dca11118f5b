import { describe, expect, test } from 'vitest';
import { folder, problemsOf, useScratch, valid } from './scratch.ts';

useScratch();

const text = (balance: string, more = 'scheduler: wlc', monitors = '') => `
director: { reference: [10.10.3.1] }
servers: { edge1: { address: 10.10.3.20 }, edge2: { address: 10.10.3.21 } }
monitors: { wcs: { type: wcs, limits: { publishers: 50, hls: 20 } }, cpu: { type: cpu, via: local, limit: 90 }${monitors} }
watches:
  edges: { servers: [edge1, edge2], monitors: [wcs], alerts: [failover] }
  more: { servers: [edge1], monitors: [cpu${monitors === '' ? '' : ', own'}] }
virtual_services:
  playout: { fwmark: 1, ${more}, servers: [edge1, edge2], balance: ${balance} }
alerts: { failover: { type: ipvs } }
`;
/** The line is enough: where a value stands in it is no part of what is tested. */
const withoutColumn = (line: string) => line.replace(/^(\d+):\d+/, '$1');
const warnings = (...given: Parameters<typeof text>) =>
  valid(text(...given)).warnings.map((line) => withoutColumn(line.replace(`${folder}/understudy.yaml:`, '')));

describe('balance', () => {
  test('has a default for everything but `by`', () => {
    expect(valid(text('{ by: [hls] }')).config.services.get('playout')?.balance).toEqual({
      by: ['hls'],
      everyMs: 15_000,
      dryRun: false,
    });
    expect(valid(text('{ by: [hls], every: 1m, dry_run: true }')).config.services.get('playout')?.balance).toEqual({
      by: ['hls'],
      everyMs: 60_000,
      dryRun: true,
    });
  });

  test.each([
    ['{}', '9: missing key `by`, expected a list of names such as [cpu, band_out]'],
    ['{ by: [] }', '9: expected at least one name, got an empty list'],
    ['{ by: cpu }', '9: expected a list of names such as [cpu, band_out], got `cpu`'],
    ['{ by: [hls, hls] }', '9: duplicate `hls`, expected each name once'],
    ['{ by: [hls], every: 1s }', '9: expected at least 3s, got `1s`'],
    ['{ by: [hls], dry_run: 1 }', '9: expected true or false, got `1`'],
    ['{ by: [hls], evrey: 5s }', '9: unknown key `evrey`, did you mean `every`?'],
  ])('%s is invalid', (balance, message) => expect(problemsOf(text(balance)).map(withoutColumn)).toEqual([message]));

  test.each(['[hls]', '[wcs]', '[wcs/hls, publishers]', '[publishers, cpu]', '[hls, load5]', '[hls, cpu/load5]'])(
    'by %s has somebody to tell',
    (by) => expect(warnings(`{ by: ${by} }`)).toEqual([]),
  );

  test('warns of a scheduler that ignores weights', () => {
    expect(warnings('{ by: [hls] }', 'scheduler: rr')).toEqual([
      '9: `scheduler: rr` ignores weights, so `balance` has no effect, expected one such as wlc',
    ]);
  });

  test('warns of a word that no monitor of the pool has a limit for', () => {
    expect(warnings('{ by: [hls, band_out, publisher] }')).toEqual([
      '9: no monitor of the servers of pool `playout` has a limit for `band_out`, expected one of publishers, hls, load5',
      '9: no monitor of the servers of pool `playout` has a limit for `publisher`, did you mean `publishers`?',
    ]);
  });

  test('accepts a word that may appear in the verdicts of a monitor', () => {
    expect(warnings('{ by: [hls, conns] }', 'scheduler: wlc', ', own: { type: tcp, port: 80, expect: load }')).toEqual(
      [],
    );
  });

  test('warns of a server without a measure', () => {
    expect(warnings('{ by: [cpu] }')).toEqual([
      '9: pool `playout` cannot see how full `edge2` is: no monitor of it has a limit for cpu',
    ]);
  });

  test('warns once of a check whose interval is too long', () => {
    expect(warnings('{ by: [hls, cpu], every: 6s }')).toEqual([
      '4: expected an interval of at most 4s, got `5s`: pool `playout` weighs its servers by it every 6s',
    ]);
  });
});
