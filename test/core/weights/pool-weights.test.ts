import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place, PoolDecision, PoolRule, Reason } from '../../../src/core/pool.ts';
import type { LiveEntry, TableService } from '../../../src/core/table.ts';
import { defaultWeightSettings, noWeights, weightRanges } from '../../../src/core/weights/model.ts';
import {
  isReseated,
  loadsOf,
  seatNewcomers,
  withFoundWeights,
  withWeights,
} from '../../../src/core/weights/pool-weights.ts';

const names = ['edge1', 'edge2', 'edge3', 'spare'];
const addressOf = (name: string) => `10.0.0.${names.indexOf(name) + 1}`;

const rule: PoolRule = {
  members: ['edge1', 'edge2', 'edge3'].map((server) => ({ server, weight: 1, port: 0, backups: ['spare'] })),
  forward: 'dr',
  minPooled: 0,
  failBackAfterMs: 0,
};

type Seat = readonly [name: string, weight: number | null, reason?: Reason, standsInFor?: readonly string[]];

function decided(seats: readonly Seat[], standIns: readonly (readonly [string, string])[] = []): PoolDecision {
  const places = seats.map(([server, weight, reason = 'ok', standsInFor = []]): Place => {
    const role = server === 'spare' ? 'backup' : 'member';
    return { server, role, standsInFor, address: addressOf(server), port: 0, weight, reason };
  });
  const entries = places.flatMap(({ address, port, weight }) =>
    weight === null ? [] : [{ address, port, weight, forward: 'dr' as const }],
  );
  return { places, entries, memory: { standIns: new Map(standIns), kept: new Set() }, nextMs: null };
}

function table(weights: Readonly<Record<string, number>>, selfWeighed?: readonly string[]): TableService {
  const entries = Object.entries(weights).map(([name, weight]): LiveEntry => {
    return { address: addressOf(name), port: 0, weight, forward: 'dr', activeConns: 0, inactiveConns: 0 };
  });
  const spec = {
    at: { kind: 'fwmark', mark: 1, family: 4 },
    scheduler: 'wlc',
    persistenceS: null,
    persistencePrefix: 32,
  };
  const marked = selfWeighed?.map((name) => `${addressOf(name)}:0`);
  return {
    spec: spec as TableService['spec'],
    entries,
    ...(marked === undefined ? {} : { selfWeighed: new Set(marked) }),
  };
}

const picture = ({ places }: PoolDecision) =>
  places.map(({ server, weight }) => `${server}=${weight ?? '-'}`).join(' ');

function firstLook(decision: PoolDecision, actual: TableService | undefined) {
  const loads = loadsOf({ rule, decision, actual }, noWeights, null, false, () => []);
  return seatNewcomers(noWeights, loads, defaultWeightSettings, 0).memory;
}

describe('what the law is told of a pool', () => {
  const told = (
    seats: Parameters<typeof decided>,
    before: Parameters<typeof loadsOf>[2] = null,
    actual?: TableService,
  ) => loadsOf({ rule, decision: decided(...seats), actual }, noWeights, before, false, () => []);

  it('a stand-in has the weight of all that it stands in for, at once', () => {
    const seats: Seat[] = [
      ['edge1', null, 'failing'],
      ['edge2', null, 'failing'],
      ['edge3', 1],
      ['spare', 2, 'stands in', ['edge1', 'edge2']],
    ];
    expect(
      told([seats]).map(({ server, weight, atOnce, standIn, pooled }) => [server, weight, atOnce, standIn, pooled]),
    ).toEqual([
      ['edge1', 1, false, false, false],
      ['edge2', 1, false, false, false],
      ['edge3', 1, false, false, true],
      ['spare', 2, true, true, true],
    ]);
  });

  it('a backup that never stood in is not in it', () => {
    expect(
      told([
        [
          ['edge1', 1],
          ['spare', null, 'spare'],
        ],
      ]).map(({ server }) => server),
    ).toEqual(['edge1']);
  });

  it('a member that relieves its stand-in comes at once, and any other slowly', () => {
    const before = { standIns: new Map([['edge1', 'spare']]), kept: new Set<string>() };
    const loads = told(
      [
        [
          ['edge1', 1],
          ['edge2', 1],
          ['spare', 0, 'leaving, streams finish'],
        ],
      ],
      before,
    );
    expect(loads.map(({ server, atOnce }) => [server, atOnce])).toEqual([
      ['edge1', true],
      ['edge2', false],
    ]);
  });

  it('a server whose agent tells its weight is left out', () => {
    const loads = told(
      [
        [
          ['edge1', 1],
          ['edge2', 1],
        ],
      ],
      null,
      table({ edge1: 1, edge2: 1 }, ['edge2']),
    );
    expect(loads.map(({ server }) => server)).toEqual(['edge1']);
  });
});

describe('the weights in a decision', () => {
  it('are those of the table at the first look, in a scale that is fine enough', () => {
    const seats = decided([
      ['edge1', 1],
      ['edge2', 1],
      ['edge3', 1],
    ]);
    expect(picture(withWeights(seats, firstLook(seats, table({ edge1: 1, edge2: 1, edge3: 1 }))))).toBe(
      'edge1=100 edge2=100 edge3=100',
    );
    expect(picture(withWeights(seats, firstLook(seats, table({ edge1: 100, edge2: 52, edge3: 30 }))))).toBe(
      'edge1=100 edge2=52 edge3=30',
    );
  });

  it('leave all alone that get no viewers', () => {
    const seats = decided([
      ['edge1', 7, 'not tested yet'],
      ['edge2', 0, 'overloaded'],
      ['edge3', null, 'failing'],
    ]);
    const made = withWeights(seats, firstLook(seats, table({ edge1: 7, edge2: 0 })));
    expect(picture(made)).toBe('edge1=100 edge2=0 edge3=-');
  });

  it('between two ticks only who comes gets one, and everybody else keeps theirs', () => {
    const pair = decided([
      ['edge1', 1],
      ['edge2', 1],
      ['edge3', null, 'failing'],
    ]);
    const memory = firstLook(pair, table({ edge1: 100, edge2: 40 }));
    const swapped = decided(
      [
        ['edge1', null, 'failing'],
        ['edge2', 1],
        ['edge3', null, 'failing'],
        ['spare', 1, 'stands in', ['edge1']],
      ],
      [['edge1', 'spare']],
    );
    const scene = { rule, decision: swapped, actual: table({ edge1: 100, edge2: 40 }) };
    const loads = loadsOf(scene, memory, null, false, () => []);
    expect(isReseated(memory, loads)).toBe(true);
    const seated = seatNewcomers(memory, loads, defaultWeightSettings, 60_000);
    expect([...seated.weights.keys()]).not.toContain('edge2');
    expect(picture(withWeights(swapped, seated.memory))).toBe('edge1=- edge2=40 edge3=- spare=100');
    expect(
      isReseated(
        seated.memory,
        loadsOf(scene, seated.memory, null, false, () => []),
      ),
    ).toBe(false);
  });

  it('never change who is pooled, whatever is remembered', () => {
    const seat = fc.tuple(
      fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 300 })),
      fc.constantFrom<Reason>('ok', 'not tested yet', 'kept although failing', 'overloaded'),
    );
    const seats = fc
      .tuple(seat, seat, seat)
      .map((all) => all.map(([weight, reason], at): Seat => [names[at] ?? '', weight, reason]));
    fc.assert(
      fc.property(seats, seats, fc.integer({ min: 0, max: 1e6 }), (first, second, laterMs) => {
        const memory = firstLook(decided(first), undefined);
        const decision = decided(second);
        const loads = loadsOf({ rule, decision, actual: undefined }, memory, null, false, () => []);
        const { memory: next } = seatNewcomers(memory, loads, defaultWeightSettings, laterMs);
        const made = withWeights(decision, next);
        const pooled = ({ entries }: PoolDecision) => entries.map(({ address, weight }) => `${address} ${weight > 0}`);
        expect(pooled(made)).toEqual(pooled(decision));
        expect(made.entries.every(({ weight }) => weight <= weightRanges.ipvs.most)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a look without the figures', () => {
  const three = decided([
    ['edge1', 1],
    ['edge2', 1],
    ['edge3', 1],
  ]);
  it.each([
    ['keeps what the table has', { edge1: 100, edge2: 52, edge3: 30 }, 'edge1=100 edge2=52 edge3=30'],
    ['adds by the scale of the table', { edge1: 100, edge2: 52 }, 'edge1=100 edge2=52 edge3=100'],
    ['also where that is the plain one', { edge1: 1, edge2: 1 }, 'edge1=1 edge2=1 edge3=1'],
    ['begins with the bases', {}, 'edge1=100 edge2=100 edge3=100'],
  ])('%s', (_, found, expected) => {
    const scene = { rule, decision: three, actual: table(found as Record<string, number>) };
    expect(picture(withFoundWeights(scene, weightRanges.ipvs))).toBe(expected);
  });
});

describe('a weight that a hand pinned', () => {
  const seats: Seat[] = [
    ['edge1', 1],
    ['edge2', 1],
    ['edge3', null, 'failing'],
  ];
  const actual = table({ edge1: 100, edge2: 100 });
  const pinned = (weight: number, ofPool: PoolRule = rule) =>
    loadsOf(
      { rule: ofPool, decision: decided(seats), actual, pins: new Map([['edge1', weight]]) },
      noWeights,
      null,
      false,
      () => [],
    );
  const free = () => loadsOf({ rule, decision: decided(seats), actual }, noWeights, null, false, () => []);
  const seatedOn = (memory: ReturnType<typeof firstLook>, loads: ReturnType<typeof pinned>) =>
    seatNewcomers(memory, loads, defaultWeightSettings, 1000).memory;

  it('is told to the law, as far as the table takes it', () => {
    expect(pinned(300).map(({ pin }) => pin)).toEqual([300, null, null]);
    expect(pinned(300, { ...rule, heaviest: 256 })[0]?.pin).toBe(256);
  });

  it.each([
    ['is in force between two ticks, and nobody else moves', [30], 'edge1=30 edge2=100 edge3=-'],
    ['is another at once when the hand says so', [30, 70], 'edge1=70 edge2=100 edge3=-'],
  ])('%s', (_, pins, expected) => {
    let memory = firstLook(decided(seats), actual);
    for (const weight of pins) {
      expect(isReseated(memory, pinned(weight))).toBe(true);
      memory = seatedOn(memory, pinned(weight));
      expect(isReseated(memory, pinned(weight))).toBe(false);
    }
    expect(picture(withWeights(decided(seats), memory))).toBe(expected);
  });

  it('goes on from where it is when it is let go', () => {
    const memory = seatedOn(firstLook(decided(seats), actual), pinned(30));
    expect(isReseated(memory, free())).toBe(true);
    const after = seatedOn(memory, free());
    expect(isReseated(after, free())).toBe(false);
    expect(picture(withWeights(decided(seats), after))).toBe('edge1=30 edge2=100 edge3=-');
  });

  it('says nothing of the scale that a newcomer gets', () => {
    const came: Seat[] = [
      ['edge1', 1],
      ['edge2', 1],
      ['edge3', 1],
    ];
    const found = table({ edge1: 5000, edge2: 50 });
    const scene = { rule, decision: decided(came), actual: found, pins: new Map([['edge1', 5000]]) };
    expect(picture(withFoundWeights(scene, weightRanges.ipvs))).toBe('edge1=5000 edge2=50 edge3=50');
  });
});
