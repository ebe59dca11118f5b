/** The laws that are compared. Each sees what the director would see, and answers with weights. */
import {
  defaultWeightSettings,
  noWeights,
  type ServerLoad,
  type WeightMemory,
  type WeightSettings,
} from '../../src/core/weights/model.ts';
import { stepWeights } from '../../src/core/weights/step.ts';

/** Called once in a tick of 5 s, with the utilisation of each server as measured. */
export type Law = (
  measured: readonly number[],
  weights: readonly number[],
  nowMs: number,
  pooled: readonly boolean[],
) => readonly number[];

export function fixed(weights: readonly number[]): Law {
  return () => weights;
}

/** What a first script does: the headroom is the weight. */
export function naive(): Law {
  return (measured) => measured.map((u) => Math.max(1, Math.round(100 * (1 - u))));
}

/** W. Zhang, Dynamic Feedback Load Balancing Scheduling: towards a set point of 0.95, by the cube root. */
export function zhang(step = 5, most = 1000): Law {
  let exact: readonly number[] | null = null;
  return (measured, weights) => {
    exact = (exact ?? weights).map((weight, at) =>
      Math.min(most, Math.max(1, weight + step * Math.cbrt(0.95 - (measured[at] ?? 0)))),
    );
    return exact.map(Math.round);
  };
}

/** Each server by itself: its smoothed headroom, with a dead band, every 15 s. */
export function headroom(): Law {
  let smoothed: readonly number[] | null = null;
  let tick = 0;
  return (measured, weights) => {
    smoothed =
      smoothed?.map((old, at) => old + (measured[at] ?? 0) * 0.2 - old * 0.2) ?? measured.map((u) => Math.min(1.5, u));
    tick += 1;
    if (tick % 3 !== 0) return weights;
    return smoothed.map((u, at) => {
      const [old, next] = [weights[at] ?? 1, Math.max(1, Math.round(100 * Math.min(1, 2 * (1 - u))))];
      return Math.abs(next - old) >= 5 ? next : old;
    });
  };
}

/** The product's. */
export function relative(gain: number, settings: Partial<WeightSettings> = {}): Law {
  let memory: WeightMemory = noWeights;
  return (measured, weights, nowMs, pooled) => {
    const loads = measured.map(
      (value, at): ServerLoad => ({
        server: `edge${at + 1}`,
        weight: 100,
        pooled: pooled[at] ?? true,
        atOnce: false,
        standIn: false,
        pin: null,
        found: pooled[at] === false ? null : (weights[at] ?? null),
        terms: [{ name: 'subscribers', value, limit: 1, atMs: nowMs }],
      }),
    );
    const step = stepWeights(memory, loads, { ...defaultWeightSettings, gain, ...settings }, nowMs);
    memory = step.memory;
    return [...step.weights.values()].map(({ weight }) => weight);
  };
}
