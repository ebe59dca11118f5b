/** A pool of video servers in simulated time: viewers come at random, are given a server, and stay a while. */
import type { Law } from './laws.ts';
import { type Chance, exponential, seeded } from './random.ts';
import { createScheduler, type SchedulerName } from './schedulers.ts';

export interface Scenario {
  /** Viewers that each server can carry. */
  readonly capacities: readonly number[];
  readonly scheduler: SchedulerName;
  /** Viewers to be expected, as a part of all that fit. */
  readonly load: number;
  readonly sessionS: number;
  /** A reading is wrong by up to this part, either way. */
  readonly noise: number;
  readonly delayS: number;
  readonly tickS: number;
  /** The pool fills with the first weights; then the law is switched on. */
  readonly fillS: number;
  readonly hours: number;
  readonly seed: number;
  /** A server that fails, and is pooled again later: its viewers come back at once, to the others. */
  readonly outage?: { readonly server: number; readonly fromS: number; readonly toS: number };
}

export const usual: Scenario = {
  capacities: [200, 200, 100],
  scheduler: 'wlc',
  load: 0.78,
  sessionS: 300,
  noise: 0.08,
  delayS: 10,
  tickS: 5,
  fillS: 900,
  hours: 1,
  seed: 1,
};

export interface Sample {
  /** From when the law was switched on; negative before. */
  readonly atS: number;
  readonly utilisations: readonly number[];
  readonly weights: readonly number[];
}

export interface Run {
  readonly samples: readonly Sample[];
  readonly changesPerHour: number;
  /** Changes of a weight in the other direction than its change before. */
  readonly reversalsPerHour: number;
  /** While the law works, after its first quarter of an hour. */
  readonly meanWorst: number;
  /** Mean distance between the fullest and the emptiest. */
  readonly meanSpread: number;
}

const settleS = 900;

export function simulate(
  scenario: Scenario,
  law: Law,
  first: readonly number[] = scenario.capacities.map(() => 100),
): Run {
  const { capacities, fillS, hours, tickS } = scenario;
  const chance = seeded(scenario.seed);
  const measure = createMeter(scenario, chance);
  const viewers = createViewers(scenario, chance);
  const directions = capacities.map(() => 0);
  const samples: Sample[] = [];
  let [weights, changes, reversals] = [first, 0, 0];
  for (let atS = -fillS; atS <= hours * 3600; atS += tickS) {
    const pooled = capacities.map((_, at) => !isOut(scenario, at, atS));
    const table = weights.map((weight, at) => (pooled[at] ? weight : 0));
    const utilisations = viewers.until(atS, table).map((count, at) => count / (capacities[at] ?? 1));
    const measured = measure(utilisations);
    samples.push({ atS, utilisations, weights });
    if (atS < 0) continue;
    const next = law(measured, weights, (fillS + atS) * 1000, pooled);
    for (const [at, weight] of next.entries()) {
      const direction = Math.sign(weight - (weights[at] ?? weight));
      if (direction === 0) continue;
      changes += 1;
      if (directions[at] === -direction) reversals += 1;
      directions[at] = direction;
    }
    weights = next;
  }
  const settled = samples.filter(({ atS }) => atS >= Math.min(settleS, (hours * 3600) / 2));
  return {
    samples,
    changesPerHour: changes / hours,
    reversalsPerHour: reversals / hours,
    meanWorst: mean(settled.map(({ utilisations }) => Math.max(...utilisations))),
    meanSpread: mean(settled.map(({ utilisations }) => Math.max(...utilisations) - Math.min(...utilisations))),
  };
}

function isOut({ outage }: Scenario, server: number, atS: number): boolean {
  return outage !== undefined && outage.server === server && atS >= outage.fromS && atS < outage.toS;
}

interface Viewer {
  readonly server: number;
  readonly untilS: number;
}

/** Viewers of each server at a time, which only goes forward; who comes in between is dealt by these weights. */
function createViewers({ capacities, scheduler, load, sessionS, fillS }: Scenario, chance: Chance) {
  const expected = load * capacities.reduce((sum, one) => sum + one, 0);
  const gapS = sessionS / expected;
  const pick = createScheduler(scheduler);
  const counts = capacities.map(() => 0);
  let present: Viewer[] = [];
  let nextS = -fillS + exponential(chance, gapS);
  return {
    until(atS: number, weights: readonly number[]): readonly number[] {
      present = present.map((one) => (weights[one.server] === 0 ? move(one, weights) : one));
      while (nextS <= atS) {
        leave(nextS);
        const server = pick(counts, weights);
        counts[server] = (counts[server] ?? 0) + 1;
        present.push({ server, untilS: nextS + exponential(chance, sessionS) });
        nextS += exponential(chance, gapS);
      }
      leave(atS);
      return [...counts];
    },
  };

  function move(viewer: Viewer, weights: readonly number[]): Viewer {
    const server = pick(counts, weights);
    counts[viewer.server] = (counts[viewer.server] ?? 0) - 1;
    counts[server] = (counts[server] ?? 0) + 1;
    return { ...viewer, server };
  }

  function leave(atS: number): void {
    const staying = present.filter(({ untilS }) => untilS > atS);
    if (staying.length === present.length) return;
    for (const { server, untilS } of present) if (untilS <= atS) counts[server] = (counts[server] ?? 0) - 1;
    present = staying;
  }
}

/** What was true a while ago, and not quite that. */
function createMeter({ delayS, tickS, noise }: Scenario, chance: Chance) {
  const past: (readonly number[])[] = [];
  return (utilisations: readonly number[]): readonly number[] => {
    past.push(utilisations);
    const late = past[Math.max(0, past.length - 1 - Math.round(delayS / tickS))] ?? utilisations;
    return late.map((u) => u * (1 + noise * (2 * chance() - 1)));
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
