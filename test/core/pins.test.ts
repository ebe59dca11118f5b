import { describe, expect, it } from 'vitest';
import { withPins } from '../../src/core/pins.ts';
import type { Place, PoolDecision, Reason } from '../../src/core/pool.ts';
import { entryKey } from '../../src/core/table.ts';

function placed(weight: number | null, reason: Reason = 'ok', role: Place['role'] = 'member'): PoolDecision {
  const places: Place[] = [
    { server: 'edge1', role, standsInFor: [], address: '10.0.0.1', port: 554, weight, reason },
    { server: 'edge2', role: 'member', standsInFor: [], address: '10.0.0.2', port: 554, weight: 1, reason: 'ok' },
  ];
  return {
    places,
    entries: places.flatMap(({ address, port, weight: own }) =>
      own === null ? [] : [{ address, port, forward: 'dr' as const, weight: own }],
    ),
    memory: { standIns: new Map(), kept: new Set() },
    nextMs: null,
  };
}

const pins = new Map([['edge1', 300]]);
const pool = { rule: {}, actual: undefined };
const weightsOf = ({ entries }: PoolDecision) => entries.map(({ weight }) => weight);

describe('a pinned weight', () => {
  it.each<[string, PoolDecision, readonly number[]]>([
    ['goes to a member that is ok', placed(1), [300, 1]],
    ['goes to one whose weight the load made', placed(52), [300, 1]],
    ['goes to a stand-in at work', placed(2, 'stands in', 'backup'), [300, 1]],
    ['goes to one that is kept although failing', placed(1, 'kept although failing'), [300, 1]],
    ['leaves one drained that a hand drained', placed(0, 'drained manually'), [0, 1]],
    ['leaves one drained that is overloaded', placed(0, 'overloaded'), [0, 1]],
    ['leaves one drained whose streams finish', placed(0, 'leaving, streams finish', 'backup'), [0, 1]],
    ['brings nobody back who fails', placed(null, 'failing'), [1]],
    ['brings nobody in who is a spare', placed(null, 'spare', 'backup'), [1]],
  ])('%s', (_, decision, weights) => {
    const pinned = withPins(decision, pool, pins);
    expect(weightsOf(pinned)).toEqual(weights);
    expect(pinned.places[0]?.pinned).toBe(weights[0] === 300 ? true : undefined);
    expect(pinned.places[1]?.pinned).toBeUndefined();
    expect(withPins(pinned, pool, pins)).toEqual(pinned);
  });

  it('is told as pinned although it is the weight that it has anyway', () => {
    expect(withPins(placed(300), pool, pins).places[0]).toMatchObject({ weight: 300, pinned: true });
  });

  it('is as much of it as the table takes', () => {
    expect(weightsOf(withPins(placed(1), { ...pool, rule: { heaviest: 256 } }, pins))).toEqual([256, 1]);
  });

  it('is left to the agent of a line that has one', () => {
    const selfWeighed = new Set([entryKey({ address: '10.0.0.1', port: 554 })]);
    const decision = placed(1);
    expect(withPins(decision, { ...pool, actual: { selfWeighed } }, pins)).toBe(decision);
  });

  it('of another server changes nothing at all', () => {
    const decision = placed(1);
    expect(withPins(decision, pool, new Map([['edge9', 5]]))).toBe(decision);
    expect(withPins(decision, pool, new Map())).toBe(decision);
  });
});
