import { describe, expect, test } from 'vitest';
import { columnOf, columns, monitorName } from '../lab/matrix/columns.ts';
import { type Cell, expected } from '../lab/matrix/expected.ts';
import { faults } from '../lab/matrix/faults.ts';
import { isBreathless, isComplete, judgeCell, type Look, patienceMs, type Seen } from '../lab/matrix/judge.ts';

const look = (atMs: number, status: Look['status'], words = ''): Look => ({ atMs, status, words });
const frozen: Cell = { verdict: 'fail', words: 'list is stale', withinMs: 10_000 };
const blind: Cell = { verdict: 'unknown', words: /^no CPU reading: /, withinMs: 5000 };
const fine = look(1000, 'ok', 'list is fresh');
const stale = look(6000, 'fail', 'list is stale');

const rows: readonly {
  readonly name: string;
  readonly cell?: Cell;
  readonly seen: Seen;
  readonly problem: string | null;
}[] = [
  { name: 'what stays ok as it should', seen: { looks: [fine], changes: [] }, problem: null },
  {
    name: 'a false fail',
    seen: { looks: [fine, stale], changes: [stale] },
    problem: 'false fail: expected ok, got `list is stale`',
  },
  {
    name: 'a check that does not run',
    seen: { looks: [], changes: [] },
    problem: 'expected looks that say ok, got none',
  },
  {
    name: 'a monitor that went blind',
    seen: { looks: [fine, look(2000, 'unknown', 'late'), look(3000, 'unknown', 'late')], changes: [] },
    problem: 'expected ok, got unknown: `late`',
  },
  {
    name: 'one look that could not tell',
    seen: { looks: [fine, look(2000, 'unknown', 'late'), look(3000, 'ok')], changes: [] },
    problem: null,
  },
  { name: 'a fault that is seen', cell: frozen, seen: { looks: [fine, stale], changes: [stale] }, problem: null },
  {
    name: 'a false ok',
    cell: frozen,
    seen: { looks: [fine], changes: [] },
    problem: 'false ok: expected fail `list is stale`',
  },
  {
    name: 'a fault that is seen too late',
    cell: { ...frozen, withinMs: 5999 },
    seen: { looks: [stale], changes: [stale] },
    problem: 'expected within 5999 ms, got after 6000 ms',
  },
  {
    name: 'other words',
    cell: frozen,
    seen: { looks: [], changes: [look(1, 'fail', 'refused')] },
    problem: 'expected the words `list is stale`, got `refused`',
  },
  {
    name: 'another verdict',
    cell: frozen,
    seen: { looks: [], changes: [look(1, 'overloaded', 'limit reached: hls')] },
    problem: 'expected fail, got overloaded: `limit reached: hls`',
  },
  {
    name: 'a recovery while the fault lasts',
    cell: frozen,
    seen: { looks: [], changes: [stale, look(8000, 'ok', 'list is fresh')] },
    problem: 'expected it to stay fail, got ok: `list is fresh`',
  },
  {
    name: 'a monitor that cannot tell, as it should',
    cell: blind,
    seen: { looks: [1000, 2000].map((atMs) => look(atMs, 'unknown', 'no CPU reading: refused')), changes: [] },
    problem: null,
  },
  {
    name: 'a failure where nobody can tell',
    cell: blind,
    seen: { looks: [], changes: [look(1, 'fail', 'refused')] },
    problem: 'expected unknown, got fail: `refused`',
  },
];

describe('a cell of the fault matrix', () => {
  test.each(rows)('$name', ({ cell, seen, problem }) => {
    expect(judgeCell('hls', seen, cell).problem).toBe(problem);
  });
});

test('a row is complete when all has moved that has to', () => {
  const row = { hls: frozen, 'cpu snmp': blind };
  const moved = judgeCell('hls', { looks: [stale], changes: [stale] }, frozen);
  const waiting = judgeCell('cpu snmp', { looks: [fine], changes: [] }, blind);
  const still = judgeCell('ping', { looks: [fine], changes: [] });
  expect(isComplete(row, [moved, waiting, still])).toBe(false);
  expect(isComplete({ hls: frozen }, [moved, still])).toBe(true);
  expect(patienceMs(row)).toBe(10_000);
});

test('every column has a name of its own in the configuration', () => {
  expect(new Set(columns.map(({ name }) => monitorName(name))).size).toBe(columns.length);
  for (const { name } of columns) expect(columnOf(monitorName(name))).toBe(name);
});

test('every fault moves something, and leaves ping alone unless the host is gone', () => {
  for (const { name } of faults) {
    expect(Object.keys(expected[name]).length, name).toBeGreaterThan(0);
    expect('ping' in expected[name], name).toBe(name === 'link down');
  }
});

test('every column but tcp ones is moved by a fault that is no death of its process', () => {
  const crude = new Set(['process killed', 'process stopped', 'link down', 'port dropped', 'port rejected']);
  const moved = new Set(
    faults.filter(({ name }) => !crude.has(name)).flatMap(({ name }) => Object.keys(expected[name])),
  );
  const blind = columns.map(({ name }) => name).filter((name) => !moved.has(name));
  expect(blind).toEqual(['tcp', 'udp', 'ping', 'rtsp tcp', 'rtmp tcp', 'cpu snmp', 'command exit', 'command nagios']);
});

test('a guest that is out of breath gets more time, and its looks say nothing', () => {
  const late = look(5000, 'unknown', 'list is stale, but our own timers were late');
  const seen = { looks: [late, late, stale], changes: [stale] };
  expect(isBreathless([seen])).toBe(true);
  expect(isBreathless([{ looks: [fine], changes: [] }])).toBe(false);
  const hasty = { ...frozen, withinMs: 5999 };
  expect(judgeCell('hls', seen, hasty).problem).toBe('expected within 5999 ms, got after 6000 ms');
  expect(judgeCell('hls', seen, hasty, 2).problem).toBeNull();
  expect(judgeCell('hls', { looks: [fine, late, late], changes: [] }).problem).toBeNull();
});
