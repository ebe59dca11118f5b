/** A pool that is told how full it is, tick by tick, and what the law makes of it. */
import {
  defaultWeightSettings,
  noWeights,
  type ServerLoad,
  type WeightMemory,
  type WeightSettings,
  type WeightStep,
} from '../../../src/core/weights/model.ts';
import { stepWeights } from '../../../src/core/weights/step.ts';

export const tickMs = defaultWeightSettings.measureMs;

export function server(name: string, utilisation: number | null, change: Partial<ServerLoad> = {}): ServerLoad {
  const terms = utilisation === null ? [] : [{ name: 'cpu', value: utilisation * 100, limit: 100, atMs: Number.NaN }];
  return {
    server: name,
    weight: 1,
    pooled: true,
    atOnce: false,
    standIn: false,
    pin: null,
    found: 1,
    terms,
    ...change,
  };
}

/** Figures without a time are of now. */
function dated(load: ServerLoad, nowMs: number): ServerLoad {
  return { ...load, terms: load.terms.map((term) => ({ ...term, atMs: Number.isNaN(term.atMs) ? nowMs : term.atMs })) };
}

export interface Play {
  /** One tick after another with the same inputs; the last step. */
  tick(loads: readonly ServerLoad[], times?: number): WeightStep;
  /** Weights of the last step: `edge1=100 edge2=52`. */
  picture(): string;
  why(name: string): string;
  /** How many weights were changed in the ticks since it was last asked. */
  changes(): number;
  nowMs(): number;
}

export function play(change: Partial<WeightSettings> = {}, memory: WeightMemory = noWeights, startMs = 1e6): Play {
  const settings = { ...defaultWeightSettings, ...change };
  let nowMs = startMs - settings.measureMs;
  let last: WeightStep = { memory, weights: new Map(), overloadPanic: false };
  let changes = 0;
  return {
    tick(loads, times = 1) {
      for (let i = 0; i < times; i++) {
        nowMs += settings.measureMs;
        const dueLoads = loads.map((load) => dated(load, nowMs));
        last = stepWeights(last.memory, dueLoads, settings, nowMs);
        changes += [...last.weights.values()].filter(({ changedFrom }) => changedFrom !== null).length;
      }
      return last;
    },
    picture: () => [...last.weights].map(([name, { weight }]) => `${name}=${weight}`).join(' '),
    why: (name) => last.weights.get(name)?.why ?? 'not there',
    changes() {
      const count = changes;
      changes = 0;
      return count;
    },
    nowMs: () => nowMs,
  };
}

/** Ticks of an act. */
export const act = 3;
