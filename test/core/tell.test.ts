import { describe, expect, it } from 'vitest';
import { type Incident, type Problem, turn } from '../../src/core/incident.ts';
import type { CheckId } from '../../src/core/model.ts';
import { nothingTold, remember, type TellMemory, tell } from '../../src/core/tell.ts';

const rule = { alertafterMs: 0, alerteveryMs: 3_600_000, numalerts: null, upalert: true };
const open: Incident = {
  id: 'i1',
  server: 'edge1',
  openedMs: 1000,
  closedMs: null,
  status: 'fail',
  problems: [],
  summary: 'rtsp refused',
  ack: null,
};
const told = (change: object = {}) => ({
  count: 1,
  last: { atMs: 2000, status: 'fail', summary: 'rtsp refused', ...change } as const,
  recovered: false,
  relapses: 0,
});
const flapping = { ...told(), relapses: 2 };
const since = (sinceMs: number) => [
  { check: 'edge1/rtsp', status: 'fail', summary: 'refused', detail: '', sinceMs } as const,
];
const ack = { by: 'op', why: '', atMs: 3000 };

describe('tell', () => {
  it.each([
    ['sends the first at once', rule, nothingTold, open, false, 2000, { send: 'down', because: 'first' }],
    [
      'waits for alertafter',
      { ...rule, alertafterMs: 5000 },
      nothingTold,
      open,
      false,
      2000,
      { hold: 'alertafter', untilMs: 6000 },
    ],
    [
      'sends after alertafter',
      { ...rule, alertafterMs: 5000 },
      nothingTold,
      open,
      false,
      6000,
      { send: 'down', because: 'first' },
    ],
    [
      'says overloaded',
      rule,
      nothingTold,
      { ...open, status: 'overloaded' },
      false,
      2000,
      { send: 'overloaded', because: 'first' },
    ],
    ['holds until alertevery', rule, told(), open, false, 3000, { hold: 'alertevery', untilMs: 3_602_000 }],
    ['reminds at alertevery', rule, told(), open, false, 3_602_000, { send: 'reminder', because: 'alertevery' }],
    [
      'does not remind without alertevery',
      { ...rule, alerteveryMs: null },
      told(),
      open,
      false,
      9e12,
      { hold: 'told', untilMs: null },
    ],
    [
      'sends a changed summary at once',
      rule,
      told({ summary: 'rtmp refused' }),
      open,
      false,
      3000,
      { send: 'changed', because: 'summary changed' },
    ],
    [
      'sends when overload becomes failure',
      rule,
      told({ status: 'overloaded' }),
      { ...open, ack },
      false,
      3000,
      { send: 'down', because: 'worsened' },
    ],
    [
      'is quiet when acknowledged',
      rule,
      told({ summary: 'x' }),
      { ...open, ack },
      false,
      9e12,
      { hold: 'acked', untilMs: null },
    ],
    ['keeps to numalerts', { ...rule, numalerts: 1 }, told(), open, false, 9e12, { hold: 'numalerts', untilMs: null }],
    ['is quiet about a disabled server', rule, nothingTold, open, true, 2000, { hold: 'disabled', untilMs: null }],
    [
      'tells the recovery, acknowledged or not',
      rule,
      told(),
      { ...open, ack, closedMs: 5000 },
      false,
      5000,
      { send: 'recovered', because: 'recovered' },
    ],
    [
      'tells the recovery of a server disabled meanwhile',
      rule,
      told(),
      { ...open, closedMs: 5000 },
      true,
      5000,
      { send: 'recovered', because: 'recovered' },
    ],
    [
      'does not tell the recovery of what was not told',
      rule,
      nothingTold,
      { ...open, closedMs: 5000 },
      false,
      5000,
      { hold: 'no alert sent', untilMs: null },
    ],
    [
      'keeps upalert off',
      { ...rule, upalert: false },
      told(),
      { ...open, closedMs: 5000 },
      false,
      5000,
      { hold: 'upalert off', untilMs: null },
    ],
    [
      'tells the recovery once',
      rule,
      { ...told(), recovered: true },
      { ...open, closedMs: 5000 },
      false,
      5000,
      { hold: 'told', untilMs: null },
    ],
    [
      'tells a relapse at once, with alertafter counted from it',
      { ...rule, alertafterMs: 5000 },
      { ...told(), count: 0, recovered: true },
      { ...open, problems: since(90_000) },
      false,
      95_000,
      { send: 'down', because: 'relapsed' },
    ],
    [
      'waits for alertafter of a relapse',
      { ...rule, alertafterMs: 5000 },
      { ...told(), count: 0, recovered: true },
      { ...open, problems: since(90_000) },
      false,
      94_999,
      { hold: 'alertafter', untilMs: 95_000 },
    ],
    [
      'waits a minute with the relapse of a flapping server',
      rule,
      { ...flapping, count: 0, recovered: true },
      { ...open, problems: since(90_000) },
      false,
      149_999,
      { hold: 'flapping', untilMs: 150_000 },
    ],
    [
      'tells the relapse of a flapping server that lasts',
      rule,
      { ...flapping, count: 0, recovered: true },
      { ...open, problems: since(90_000) },
      false,
      150_000,
      { send: 'down', because: 'relapsed' },
    ],
    [
      'waits a minute with the recovery of a flapping server',
      rule,
      flapping,
      { ...open, closedMs: 5000 },
      false,
      64_999,
      { hold: 'flapping', untilMs: 65_000 },
    ],
    [
      'waits longer the more often it recovered in vain',
      rule,
      { ...flapping, relapses: 4 },
      { ...open, closedMs: 5000 },
      false,
      65_000,
      { hold: 'flapping', untilMs: 245_000 },
    ],
    [
      'tells the recovery of a flapping server that lasts',
      rule,
      flapping,
      { ...open, closedMs: 5000 },
      false,
      65_000,
      { send: 'recovered', because: 'recovered' },
    ],
    [
      'holds the other words of a flapping server',
      rule,
      flapping,
      { ...open, summary: 'rtsp no answer', problems: since(50_000) },
      false,
      60_000,
      { hold: 'flapping', untilMs: 110_000 },
    ],
    [
      'reminds of a flapping server at alertevery',
      rule,
      flapping,
      { ...open, problems: since(3_600_000) },
      false,
      3_602_000,
      { send: 'reminder', because: 'alertevery' },
    ],
    [
      'counts numalerts anew after a recovery that was told',
      { ...rule, numalerts: 1 },
      { ...told(), count: 0, recovered: true },
      { ...open, problems: since(90_000) },
      false,
      90_000,
      { send: 'down', because: 'relapsed' },
    ],
  ] as const)('%s', (_, r, memory, incident, disabled, nowMs, expected) => {
    expect(tell(r, memory, incident, disabled, nowMs)).toEqual(expected);
  });
});

describe('remember', () => {
  it.each([
    ['down recovered', 0],
    ['down reminder recovered', 0],
    ['overloaded down recovered', 0],
    ['down recovered down', 1],
    ['overloaded recovered overloaded', 1],
    ['overloaded down eased down', 1],
    ['down recovered down recovered down reminder', 2],
  ])('%s: %i relapses', (story, relapses) => {
    let memory: TellMemory = nothingTold;
    for (const word of story.split(' ')) {
      const status = word === 'overloaded' || word === 'eased' ? 'overloaded' : 'fail';
      const kind = word === 'recovered' ? 'recovered' : 'changed';
      memory = remember(memory, kind, { status, summary: '' }, 1);
    }
    expect(memory.relapses).toBe(relapses);
  });
});

describe('turn', () => {
  const id = (server: string, atMs: number) => `${atMs}-${server}`;
  const rtsp = { check: 'edge1/rtsp', status: 'fail', summary: 'refused', detail: '', sinceMs: 1000 } as const;
  const cpu = {
    check: 'edge1/cpu',
    status: 'overloaded',
    summary: 'load5 over limit',
    detail: '',
    sinceMs: 500,
  } as const;
  const edge1 = (problems: readonly Problem[], unseen: readonly CheckId[] = []) => ({
    server: 'edge1',
    problems,
    unseen,
  });

  it('opens with the first bad check, and names it', () => {
    const incident = turn(null, edge1([rtsp]), 2000, id);
    expect(incident).toMatchObject({ id: '2000-edge1', openedMs: 1000, summary: 'rtsp refused', status: 'fail' });
  });

  it('is led by the first failing check, not by an overloaded one', () => {
    const incident = turn(null, edge1([rtsp, cpu]), 2000, id);
    expect(incident).toMatchObject({ summary: 'rtsp refused', status: 'fail', problems: [cpu, rtsp] });
  });

  it('stays the same incident while it worsens, eases and recovers', () => {
    const first = turn(null, edge1([cpu]), 2000, id);
    const worse = turn(first, edge1([cpu, rtsp]), 3000, id);
    const better = turn(worse, edge1([cpu]), 4000, id);
    const well = turn(better, edge1([]), 5000, id);
    expect(
      [first, worse, better, well].map((incident) => [incident?.id, incident?.status, incident?.closedMs]),
    ).toEqual([
      ['2000-edge1', 'overloaded', null],
      ['2000-edge1', 'fail', null],
      ['2000-edge1', 'overloaded', null],
      ['2000-edge1', 'overloaded', 5000],
    ]);
  });

  it('stays open after a restart until every check was seen', () => {
    const first = turn(null, edge1([rtsp]), 2000, id);
    expect(turn(first, edge1([], ['edge1/rtsp']), 3000, id)).toEqual(first);
    expect(turn(first, edge1([]), 3000, id)?.closedMs).toBe(3000);
  });

  it('keeps its lead and its beginning through a restart in which another check is seen bad first', () => {
    const wcs = { check: 'edge1/wcs', status: 'fail', summary: 'refused', detail: '', sinceMs: 9000 } as const;
    const first = turn(null, edge1([rtsp]), 2000, id);
    const again = turn(first, edge1([wcs], ['edge1/rtsp']), 9000, id);
    expect(again).toMatchObject({ summary: 'rtsp refused', problems: [rtsp, wcs] });
    const seen = turn(again, edge1([wcs, { ...rtsp, sinceMs: 9100 }]), 9200, id);
    expect(seen).toMatchObject({ summary: 'rtsp refused', problems: [rtsp, wcs] });
  });
});
