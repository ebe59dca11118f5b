import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Status } from '../../../src/api/control.ts';
import { columnsOf, type Look, paint } from '../../../src/cli/render/look.ts';
import { statusLines } from '../../../src/cli/render/status.ts';
import { badNight, check, incident, place, server, service, status } from '../../http/fake-control.ts';

const look: Look = { width: 80, unicode: true, colour: false, timeZone: 'UTC' };
const shown = (of: Status, change: Partial<Look> = {}) =>
  `${statusLines(of, { ...look, ...change })
    .map((line) => paint(line, { ...look, ...change }))
    .join('\n')}\n`;

describe('the status', () => {
  test.each([
    ['quiet', status(), 80],
    ['quiet', status(), 120],
    ['bad-night', badNight(), 80],
    ['bad-night', badNight(), 120],
  ])('of a %s night looks as drawn', async (name, of, width) => {
    await expect(shown(of, { width })).toMatchFileSnapshot(`golden/${name}-${width}.txt`);
  });

  test('is ASCII where the locale is not UTF-8, in the same columns', async () => {
    const text = shown(badNight(), { unicode: false });
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    await expect(text).toMatchFileSnapshot('golden/bad-night-ascii.txt');
  });

  test('gives up the address and the bar before it cuts a check', () => {
    const checks = ['rtsp', 'rtmp', 'wcs', 'cpu'].map((name) => check(name));
    const servers = [server('edge-amsterdam-1', '2001:db8:0:0:1234::20', { checks })];
    const text = shown(status({ servers, services: [service([place('edge-amsterdam-1', '2001:db8:0:0:1234::20')])] }));
    expect(text).toContain('rtsp✔ rtmp✔ wcs✔ cpu✔');
    expect(text).not.toContain('2001:db8');
  });

  test('says what the daemon itself suffers from', () => {
    const text = shown(
      status({
        director: { ...status().director, configError: 'understudy.yaml:3:1: unknown key `sevrers`' },
        problems: [
          { kind: 'frozen', text: '10.10.3.1 does not answer either', sinceMs: status().director.nowMs - 61_000 },
        ],
        services: [
          service([place('edge1', '10.10.3.20')], {
            problem: 'ipvsadm: Permission denied',
            lastDrift: { atMs: status().director.nowMs - 5000, text: 'removed 10.9.9.9:0' },
          }),
        ],
      }),
    );
    expect(text).toContain('all 3 servers ok - tables frozen');
    expect(text).toContain('▲ frozen  10.10.3.1 does not answer either            1m 1s');
    expect(text).toContain('▲ config  understudy.yaml:3:1: unknown key `sevrers`');
    expect(text).toContain('  ▲ ipvsadm: Permission denied');
    expect(text).toContain('  drift repaired 5s ago: removed 10.9.9.9:0');
  });

  test('shows a pinned weight, by whom and until when, also while it waits', () => {
    const { nowMs } = status().director;
    const pin = { server: 'edge1', service: 'playout', weight: 30, atMs: nowMs - 60_000, why: 'half', by: 'anna' };
    const laid = { ...pin, untilMs: nowMs + 3_600_000 };
    const text = shown(
      status({
        services: [
          service([
            place('edge1', '10.10.3.20', { actualWeight: 30, desiredWeight: 30, pin: { ...laid, inForce: true } }),
            place('edge2', '10.10.3.21', {
              actualWeight: 0,
              desiredWeight: 0,
              why: 'overloaded',
              pin: { ...laid, server: 'edge2', untilMs: null, inForce: false },
            }),
          ]),
        ],
        servers: [
          server('edge1', '10.10.3.20', { pins: [laid, { ...laid, service: 'vod', weight: 7 }] }),
          server('edge2', '10.10.3.21', { pins: [{ ...laid, server: 'edge2', untilMs: null }] }),
        ],
      }),
      { width: 120 },
    );
    expect(text).toContain('all 2 servers ok - playout runs on 1 of 2 - 2 pinned manually');
    expect(text).toMatch(/edge1 +10\.10\.3\.20 +pinned 30\/1 /);
    expect(text).toContain('      pinned to 30 in playout by anna 1m ago, until 04:16 (1h left): half\n');
    expect(text).toContain(
      '      pinned to 7 in vod by anna 1m ago, until 04:16 (1h left): half (it is not in that pool)\n',
    );
    expect(text).toMatch(/edge2 +10\.10\.3\.21 +0\/1 /);
    expect(text).toContain('      pinned to 30 in playout by anna 1m ago, until unpinned: half\n      overloaded\n');
    expect(text).not.toContain('all checks ok');
  });

  test('shows what the load made of each weight, of its base, and why', () => {
    const why = 'has 52 % of its base 100: cpu 62 %, smoothed 58 %, pool 57 %: level with the pool, weight 52 stays';
    const balanced = { weight: 52, base: 100, multiplier: 0.52, dryRun: false, why };
    const balance = { by: ['cpu', 'band_out'], everyMs: 15_000, dryRun: false };
    const one = place('edge1', '10.10.3.20', { desiredWeight: 52, actualWeight: 52, balanced });
    const text = shown(status({ services: [service([one], { balance })] }), { width: 160 });
    expect(text).toContain('balanced by cpu, band_out');
    expect(text).toContain('52/100');
    expect(text).toContain(`      ${why}`);
    const dry = { ...balanced, dryRun: true, why: `dry run, it would ${why}` };
    const plain = place('edge1', '10.10.3.20', { balanced: dry });
    const said = shown(status({ services: [service([plain], { balance: { ...balance, dryRun: true } })] }), {
      width: 160,
    });
    expect(said).toContain('balanced by cpu, band_out (dry run)');
    expect(said).toContain('1/1');
    expect(said).toContain('dry run, it would');
  });

  test('names who acknowledged, and why', () => {
    const ack = { by: 'bo', why: 'disk is being changed', atMs: 0 };
    expect(shown(status({ incidents: [incident({ ack })] }))).toContain('acked by bo: disk is being changed');
  });

  test('shows a failing server that stays in the table, and a weight that is not in sync', () => {
    const places = [
      place('edge1', '10.10.3.20', { keptFailing: true, why: 'kept: min_pooled is 1' }),
      place('edge2', '10.10.3.21', { desiredWeight: 0 }),
    ];
    const text = shown(
      status({ services: [service(places)], servers: [server('edge1', '10.10.3.20', { status: 'fail' })] }),
    );
    expect(text).toContain('✖ FAIL kept');
    expect(text).toContain('      kept: min_pooled is 1\n');
    expect(text).toContain('      table not in sync: weight 1, to be weight 0\n');
    // edge2 is in a pool and not among the servers: a daemon that contradicts itself is shown as it is.
    expect(text).toContain('? unknown');
  });
});

/** Bytes that servers, relays and people can put into a status. */
const hostile = fc.string({ unit: 'binary', maxLength: 60 });

test('fits any width and never speaks to the terminal, whatever the texts are', () => {
  fc.assert(
    fc.property(hostile, hostile, fc.integer({ min: 20, max: 200 }), fc.boolean(), (text, name, width, unicode) => {
      const night = badNight();
      const affected: Status = {
        ...night,
        problems: [{ kind: 'mail', text, sinceMs: 0 }],
        servers: night.servers.map((one) => ({
          ...one,
          hold: { server: one.name, kind: 'drain', atMs: 0, untilMs: null, why: text, by: name },
          checks: [check(name, { status: 'fail', summary: text })],
        })),
        incidents: [incident({ server: name, summary: text, ack: { by: name, why: text, atMs: 0 } })],
        mail: { waiting: 1, oldestMs: null, badRecipients: [{ recipient: name, error: text, atMs: 0 }] },
      };
      const wide = { ...look, width, unicode };
      for (const line of statusLines(affected, wide)) {
        const painted = paint(line, wide);
        expect(columnsOf(painted)).toBeLessThanOrEqual(width);
        expect(painted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }
    }),
    { numRuns: 200 },
  );
});

describe('the marks', () => {
  const marks = {
    kind: 'nftables',
    groups: 2,
    clients: 20_003,
    overrides: 3,
    paths: 0,
    inSyncSinceMs: status().director.nowMs - 3_600_000,
    problem: null,
    lastDrift: null,
  } as const;

  test('are one line while they are right', () => {
    expect(shown(status({ marks }))).toContain(
      '\nmarks  nftables  20,003 clients (3 manual), 2 groups, in sync since 02:16\n',
    );
    const small = { ...marks, clients: 1, overrides: 0, groups: 1, paths: 2 };
    expect(shown(status({ marks: small }))).toContain('1 client, 1 group, 2 VIP paths, in sync since 02:16\n');
  });

  test('say what is wrong with them, and what was repaired', () => {
    const { nowMs } = status().director;
    const bad = {
      ...marks,
      kind: null,
      inSyncSinceMs: null,
      problem: 'nft: Operation not permitted',
      lastDrift: { atMs: nowMs - 5000, text: '- client 10.0.0.7 mark 2' },
    };
    const text = shown(status({ marks: bad }));
    expect(text).toContain('marks  no packet filter yet  20,003 clients (3 manual), 2 groups, not in sync\n');
    expect(text).toContain('  ▲ nft: Operation not permitted\n  drift repaired 5s ago: - client 10.0.0.7 mark 2\n');
  });
});
