/** How full servers are, by the last observations of their checks. Each figure has its time, so that old ones are recognized. */
import type { Observation } from '../../core/model.ts';
import type { Term } from '../../core/weights/model.ts';
import { isMeant } from '../../core/weights/names.ts';

export interface Figure {
  readonly value: number;
  readonly limit: number;
  /** Monotonic ms. */
  readonly atMs: number;
}

export type Figures = ReadonlyMap<string, Figure>;

/** A program that invents new measures in each run must not fill the memory. */
const mostFigures = 64;

/** Adds the measures that have a limit. Measures missing from this observation are kept and grow old. */
export function figuresAfter(before: Figures, { measures, limits }: Observation, nowMs: number): Figures {
  const found = Object.entries(limits ?? {}).flatMap(([name, limit]): [string, Figure][] => {
    const value = measures !== undefined && Object.hasOwn(measures, name) ? measures[name] : undefined;
    return value === undefined ? [] : [[name, { value, limit, atMs: nowMs }]];
  });
  if (found.length === 0) return before;
  const fresh = new Set(found.map(([name]) => name));
  return new Map([...[...before].filter(([name]) => !fresh.has(name)), ...found].slice(-mostFigures));
}

/** A check's monitor and its figures. */
export interface Figured {
  readonly config: { readonly monitor: { readonly name: string } };
  readonly figures: Figures;
}

/** The figures that the words of `balance: { by }` select on a server, as far as they were ever seen. */
export function termsOf(checks: readonly Figured[], by: readonly string[]): readonly Term[] {
  return checks.flatMap(({ config, figures }) => {
    const monitor = config.monitor.name;
    return [...figures].flatMap(([measure, figure]): Term[] => {
      const word = by.find((one) => isMeant(one, monitor, measure));
      if (word === undefined) return [];
      // A monitor with several loads needs the measure in the name.
      const name = word === monitor && word !== measure && figures.size > 1 ? `${monitor}/${measure}` : word;
      return [{ name, ...figure }];
    });
  });
}
