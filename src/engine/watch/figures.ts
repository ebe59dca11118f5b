/** How full servers are, as their checks said it last. A figure keeps its time, so that old ones are known as such. */
import type { Observation } from '../../core/model.ts';
import type { Term } from '../../core/weights/model.ts';
import { isMeant } from '../../core/weights/names.ts';
import type { ServerRecord } from './board.ts';

export interface Figure {
  readonly value: number;
  readonly limit: number;
  /** Monotonic ms. */
  readonly atMs: number;
}

export type Figures = ReadonlyMap<string, Figure>;

/** A program that names its measures anew each time must not fill the memory. */
const mostFigures = 64;

/** Takes in the measures that come with a limit. What is not told this time stays, and grows old. */
export function figuresAfter(before: Figures, { measures, limits }: Observation, nowMs: number): Figures {
  const found = Object.entries(limits ?? {}).flatMap(([name, limit]): [string, Figure][] => {
    const value = measures !== undefined && Object.hasOwn(measures, name) ? measures[name] : undefined;
    return value === undefined ? [] : [[name, { value, limit, atMs: nowMs }]];
  });
  if (found.length === 0) return before;
  const told = new Set(found.map(([name]) => name));
  return new Map([...[...before].filter(([name]) => !told.has(name)), ...found].slice(-mostFigures));
}

/** What the words of `balance: { by }` mean on this server, as far as it was ever heard. */
export function termsOf({ checks }: Pick<ServerRecord, 'checks'>, by: readonly string[]): readonly Term[] {
  return checks.flatMap(({ config, figures }) => {
    const monitor = config.monitor.name;
    return [...figures].flatMap(([measure, figure]): Term[] => {
      const word = by.find((one) => isMeant(one, monitor, measure));
      if (word === undefined) return [];
      // Of a monitor that has several loads it is told which.
      const name = word === monitor && word !== measure && figures.size > 1 ? `${monitor}/${measure}` : word;
      return [{ name, ...figure }];
    });
  });
}
