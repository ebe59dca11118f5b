/** What holds of dynamic weights whatever servers say, and however they come and go. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultWeightSettings,
  noWeights,
  type ServerLoad,
  type Term,
  type WeightMemory,
  type WeightSettings,
  type WeightStep,
  weightRanges,
} from '../../../src/core/weights/model.ts';
import { stepWeights } from '../../../src/core/weights/step.ts';

const { measureMs } = defaultWeightSettings;
const tickCount = 40;

/** Ticks from `first` on. */
interface Stretch {
  readonly first: number;
  readonly length: number;
}

/** A server's life: what it says in each tick, when it says nothing, and when it is out. */
interface Life extends Pick<ServerLoad, 'weight' | 'pin' | 'found' | 'atOnce' | 'standIn'> {
  readonly beats: readonly { readonly value: number; readonly limit: number }[];
  /** All its values are times that. */
  readonly heat: number;
  readonly silent: Stretch;
  readonly out: Stretch;
}

const anyNumber = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 160 }).map((percent) => percent / 100) },
  fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e308),
);
const beat = fc.record({
  value: anyNumber,
  limit: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, anyNumber),
});
const stretch = fc.record({
  first: fc.integer({ min: 0, max: 2 * tickCount }),
  length: fc.integer({ min: 0, max: 20 }),
});
const life: fc.Arbitrary<Life> = fc.record({
  weight: fc.integer({ min: 1, max: 65_535 }),
  pin: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, fc.integer({ min: 1, max: 300 })),
  found: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 300 })),
  atOnce: fc.boolean(),
  standIn: fc.boolean(),
  heat: fc.constantFrom(0.4, 1, 3, 3),
  silent: stretch,
  out: stretch,
  beats: fc.array(beat, { minLength: tickCount, maxLength: tickCount }),
});
const lives = fc.array(life, { minLength: 1, maxLength: 6 });
const settings: fc.Arbitrary<WeightSettings> = fc.record({
  gain: fc.constantFrom(0.05, 0.1, 0.25, 1, 5),
  range: fc.constantFrom(weightRanges.ipvs, weightRanges.haproxy),
  measureMs: fc.constant(measureMs),
  actMs: fc.constant(15_000),
  dryRun: fc.boolean(),
});

function isIn(tick: number, { first, length }: Stretch): boolean {
  return tick >= first && tick < first + length;
}

function loadsAt(all: readonly Life[], tick: number, nowMs: number): readonly ServerLoad[] {
  return all.map(({ beats, heat, silent, out, ...rest }, at) => {
    const isSilent = isIn(tick, silent);
    const { value, limit } = beats[isSilent ? silent.first : tick] ?? { value: 0, limit: 1 };
    const ageMs = isSilent ? (tick - silent.first) * measureMs : 0;
    const terms: readonly Term[] = [{ name: 'cpu', value: value * heat, limit, atMs: nowMs - ageMs }];
    return { server: `edge${at + 1}`, ...rest, pooled: !isIn(tick, out), terms };
  });
}

interface Seen {
  readonly before: WeightStep | null;
  readonly step: WeightStep;
  readonly loads: readonly ServerLoad[];
}

function live(all: readonly Life[], rule: WeightSettings, each: (seen: Seen) => void): WeightStep[] {
  let memory: WeightMemory = noWeights;
  let before: WeightStep | null = null;
  const steps: WeightStep[] = [];
  for (let tick = 0; tick < tickCount; tick++) {
    const nowMs = 5e5 + tick * measureMs;
    const loads = loadsAt(all, tick, nowMs);
    const step = stepWeights(memory, loads, rule, nowMs);
    each({ before, step, loads });
    steps.push(step);
    before = step;
    memory = step.memory;
  }
  return steps;
}

const never: Stretch = { first: 0, length: 0 };
const runs = { seed: 7, numRuns: 150 };

describe('whatever servers say', () => {
  it('every state of a weight is met in these lives', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(lives, settings, (all, rule) => {
        live(all, rule, ({ step }) => {
          for (const { state } of step.weights.values()) met.add(state);
        });
      }),
      runs,
    );
    const states = [
      'level',
      'steered',
      'coming in',
      'overloaded',
      'full',
      'panic',
      'held',
      'blind',
      'pinned',
      'alone',
      'out',
    ];
    expect([...met].sort()).toEqual(states.sort());
  });

  it('each has a whole weight within the range of its table, and a reason of one line', () => {
    fc.assert(
      fc.property(lives, settings, (all, rule) => {
        live(all, rule, ({ step, loads }) => {
          expect([...step.weights.keys()]).toEqual(loads.map(({ server }) => server));
          for (const { weight, why, multiplier } of step.weights.values()) {
            expect(Number.isInteger(weight) && weight >= rule.range.least && weight <= rule.range.most).toBe(true);
            expect(Number.isFinite(multiplier) && multiplier > 0).toBe(true);
            expect(why).toMatch(/^[^\n]+$/);
            expect(why).not.toMatch(/NaN|Infinity|undefined|null|\.$/);
          }
        });
      }),
      runs,
    );
  });

  it('a panic lowers nothing that no hand has moved', () => {
    fc.assert(
      fc.property(lives, settings, (all, rule) => {
        live(all, rule, ({ before, step }) => {
          if (!step.overloadPanic) return;
          for (const [server, { weight, changedFrom, state }] of step.weights) {
            const hands = state === 'pinned' || before?.weights.get(server)?.state === 'pinned';
            if (changedFrom !== null && !hands && state !== 'alone') expect(weight).toBeGreaterThan(changedFrom);
          }
        });
      }),
      runs,
    );
  });

  it('old figures hold a weight', () => {
    fc.assert(
      fc.property(lives, settings, (all, rule) => {
        live(all, rule, ({ before, step }) => {
          // The first step brings all of the table into the scale of the law.
          for (const { state, changedFrom } of step.weights.values())
            if (state === 'held' && before !== null) expect(changedFrom).toBeNull();
        });
      }),
      runs,
    );
  });

  it('the order of servers does not matter', () => {
    fc.assert(
      fc.property(lives, settings, fc.nat(), (all, rule, turn) => {
        const order = all.map((_, at) => (at + turn) % all.length);
        const forward = live(all, rule, () => {});
        let memory: WeightMemory = noWeights;
        for (const [tick, step] of forward.entries()) {
          const nowMs = 5e5 + tick * measureMs;
          const loads = loadsAt(all, tick, nowMs);
          const turned = order.flatMap((at) => loads[at] ?? []);
          const other = stepWeights(memory, turned, rule, nowMs);
          memory = other.memory;
          for (const [server, weighing] of step.weights) expect(other.weights.get(server)).toEqual(weighing);
        }
      }),
      runs,
    );
  });

  it('within the dead band nothing changes', () => {
    const level = fc.integer({ min: 600, max: 649 }).map((part) => part / 1000);
    const calm = fc.array(fc.array(level, { minLength: tickCount, maxLength: tickCount }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        calm,
        fc.array(fc.integer({ min: 20, max: 100 }), { minLength: 6, maxLength: 6 }),
        settings,
        (all, founds, rule) => {
          const largest = Math.max(...founds.slice(0, all.length));
          const lived = all.map(
            (levels, at): Life => ({
              weight: 100,
              pin: null,
              found: Math.round(((founds[at] ?? 1) / largest) * 100),
              atOnce: false,
              standIn: false,
              heat: 1,
              silent: never,
              out: never,
              beats: levels.map((value) => ({ value, limit: 1 })),
            }),
          );
          live(lived, { ...rule, dryRun: false }, ({ step }) => {
            for (const { changedFrom } of step.weights.values()) expect(changedFrom).toBeNull();
          });
        },
      ),
      runs,
    );
  });

  it('a memory is plain values: written as JSON and read again it goes on the same', () => {
    fc.assert(
      fc.property(lives, settings, (all, rule) => {
        let memory: WeightMemory = noWeights;
        const steps = live(all, rule, () => {});
        for (const [tick, step] of steps.entries()) {
          const nowMs = 5e5 + tick * measureMs;
          const { servers, actedMs } = memory;
          const stored = JSON.parse(JSON.stringify({ servers: [...servers], actedMs })) as {
            readonly servers: [string, never][];
            readonly actedMs: number | null;
          };
          const again = stepWeights(
            { servers: new Map(stored.servers), actedMs: stored.actedMs },
            loadsAt(all, tick, nowMs),
            rule,
            nowMs,
          );
          expect(again.weights).toEqual(step.weights);
          memory = again.memory;
        }
      }),
      { seed: 7, numRuns: 50 },
    );
  });
});
