import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assign } from '../../../src/balancer/haproxy/assign.ts';
import type { ServerLine } from '../../../src/balancer/haproxy/lines.ts';
import type { HaproxyPool, Seat } from '../../../src/balancer/haproxy/seats.ts';
import { externalHoldOn, type Known, type LineState, tableService } from '../../../src/balancer/haproxy/table.ts';
import { type Entry, entryKey } from '../../../src/core/table.ts';

const at = { kind: 'haproxy', socket: '/run/haproxy/admin.sock', backend: 'rtmp' } as const;
const nothing: Known = { set: new Map(), weights: new Map(), moved: new Map() };

function line(name: string, address: string, over: Partial<ServerLine> = {}): ServerLine {
  const plain = { admin: 0, isUp: true, isChecked: false, hasAgent: false, isLastResort: false, conns: 0 };
  return { name, address, port: 1935, weight: 1, ...plain, ...over };
}

function entry(address: string, weight = 1, port = 0): Entry {
  return { address, port, forward: 'nat', weight };
}

const seats: readonly Seat[] = [
  { line: 'a', address: '10.0.0.1', port: 0, isMember: true, backups: ['10.0.0.9'] },
  { line: 'b', address: '10.0.0.2', port: 0, isMember: true, backups: ['10.0.0.8'] },
  { line: 'c', address: '10.0.0.3', port: 0, isMember: true, backups: [] },
  { line: 's8', address: '10.0.0.8', port: 0, isMember: false, backups: [] },
  { line: 's9', address: '10.0.0.9', port: 0, isMember: false, backups: [] },
];
const pool: HaproxyPool = { at, seats };
const members = [line('a', '10.0.0.1'), line('b', '10.0.0.2'), line('c', '10.0.0.3')];

function placed(wanted: readonly Entry[], lines = members, known = nothing): readonly string[] {
  return assign(pool, lines, known, wanted).settings.map(({ line: { name }, state, to }) => {
    return `${name} ${state}${to === null ? '' : ` ${to.address}`}`;
  });
}

test('a stand-in gets the line of a member that it backs up', () => {
  const wanted = [entry('10.0.0.3'), entry('10.0.0.8'), entry('10.0.0.9')];
  expect(placed(wanted)).toEqual(['c ready 10.0.0.3', 'b ready 10.0.0.8', 'a ready 10.0.0.9']);
});

test('a stand-in rather gets a line of nobody than one on which streams are to finish', () => {
  expect(placed([entry('10.0.0.1', 0), entry('10.0.0.3'), entry('10.0.0.8')])).toEqual([
    'c ready 10.0.0.3',
    'b ready 10.0.0.8',
    'a drain 10.0.0.1',
  ]);
});

test('a stand-in stays where it is', () => {
  const moved = [line('a', '10.0.0.1'), line('b', '10.0.0.2'), line('c', '10.0.0.9')];
  expect(placed([entry('10.0.0.2'), entry('10.0.0.9')], moved)).toEqual([
    'b ready 10.0.0.2',
    'c ready 10.0.0.9',
    'a maint',
  ]);
});

test('two members with one address are told apart by their ports', () => {
  const twins: HaproxyPool = {
    at,
    seats: [
      { line: 'a', address: '10.0.0.1', port: 1935, isMember: true, backups: [] },
      { line: 'b', address: '10.0.0.1', port: 1936, isMember: true, backups: [] },
    ],
  };
  const lines = [line('a', '10.0.0.1'), line('b', '10.0.0.1', { port: 1936 })];
  const { settings } = assign(twins, lines, nothing, [entry('10.0.0.1', 1, 1936)]);
  expect(settings.map(({ line: { name }, state }) => `${name} ${state}`)).toEqual(['b ready', 'a maint']);
  expect(tableService(twins, lines, nothing).entries.map(entryKey)).toEqual(['10.0.0.1:1935', '10.0.0.1:1936']);
});

test('whatever is there and whatever is wanted: each line once, none of another hand, nobody forgotten', () => {
  const addresses = seats.map(({ address }) => address);
  const states = fc.constantFrom<LineState | undefined>('ready', 'drain', 'maint', undefined);
  const lines = fc.subarray(seats.slice()).chain((some) =>
    fc.tuple(
      ...some.map((seat) =>
        fc
          .record({
            address: fc.oneof(fc.constant(seat.address), fc.constantFrom(...addresses, '10.6.6.6')),
            admin: fc.constantFrom(0, 0, 0, 1, 4, 5, 8, 2, 32),
            isLastResort: fc.boolean(),
            conns: fc.nat(9),
            set: states,
          })
          .map(({ set, ...rest }) => ({ set, line: line(seat.line, seat.address, rest) })),
      ),
    ),
  );
  const wanted = fc.uniqueArray(fc.tuple(fc.constantFrom(...addresses), fc.nat(3)), { selector: ([one]) => one });
  fc.assert(
    fc.property(lines, wanted, (some, wishes) => {
      const set = new Map(
        some.flatMap(({ set: state, line: { name } }) => (state === undefined ? [] : [[name, state]])),
      );
      const known: Known = { ...nothing, set };
      const entries = wishes.map(([address, weight]) => entry(address, weight));
      const all = some.map((one) => one.line);
      const { settings, moved, unplaced } = assign(pool, all, known, entries);
      const names = settings.map((one) => one.line.name);
      expect(new Set(names).size).toBe(names.length);
      for (const { line: one } of settings) {
        expect(externalHoldOn(one, known)).toBeNull();
        if (one.isLastResort) expect(['a', 'b', 'c']).toContain(one.name);
      }
      const carried = settings.flatMap(({ to }) => (to === null ? [] : [to.address]));
      expect(new Set(carried).size).toBe(carried.length);
      const reached = [...carried, ...unplaced.map(({ address }) => address)];
      for (const { address, weight } of entries) if (weight > 0) expect(reached).toContain(address);
      for (const one of moved) expect(entries).toContainEqual(entry(one.address, 0));
    }),
  );
});
