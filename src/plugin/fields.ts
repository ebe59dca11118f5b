/** The kinds of configuration values, built on zod: each kind is written the same way everywhere, and has one error message. */
import { z } from 'zod';

export type Schema = z.ZodObject;
export type Options<S extends Schema> = z.output<S>;

export const dayMs = 86_400_000;

const durationUnitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longestMs = 10_000 * dayMs;
/** For editors only. It also allows `${`, because editors do not know the values of the environment. */
const durationPattern = '^\\d+(\\.\\d+)?(ms|s|m|h|d)$|\\$\\{';

/** `100ms`, `1.5s`, `2h` as milliseconds, rounded; null when the text is no duration. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unitMs = durationUnitMs[match?.[2] ?? ''];
  return match === null || unitMs === undefined ? null : Math.round(Number(match[1]) * unitMs);
}

/** In the largest unit that gives a whole number: `1500ms`, `90s`, `2h`. */
export function formatDurationMs(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((name) => ms > 0 && ms % (durationUnitMs[name] ?? 1) === 0) ?? 'ms';
  return `${ms / (durationUnitMs[unit] ?? 1)}${unit}`;
}

/** A duration in YAML, milliseconds in the program. A default is written as in YAML: `.prefault('1s')`. */
function duration(minMs = 0, maxMs = longestMs) {
  const expected = 'expected a duration such as 100ms, 1s, 5m, 2h';
  return z
    .string(expected)
    .meta({ pattern: durationPattern })
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
      const bound =
        ms !== null && ms < minMs ? `at least ${formatDurationMs(minMs)}` : `at most ${formatDurationMs(maxMs)}`;
      context.addIssue({ code: 'custom', message: ms === null ? expected : `expected ${bound}`, input: text });
      return z.NEVER;
    });
}

function whole(min: number, max: number, expected: string) {
  return z.int(expected).min(min, expected).max(max, expected);
}

function text() {
  const expected = 'expected text that is not empty';
  return z.string(expected).min(1, expected);
}

export const field = {
  object: z.strictObject,
  list: z.array,
  oneOf: z.enum,
  /** Text that is not empty. */
  text,
  flag: () => z.boolean('expected true or false'),
  /** A whole number. */
  count: (min: number, max: number) => whole(min, max, `expected a whole number from ${min} to ${max}`),
  number: (min: number, max: number) => {
    const expected = `expected a number from ${min} to ${max}`;
    return z.number(expected).min(min, expected).max(max, expected);
  },
  port: () => whole(1, 65_535, 'expected a port from 1 to 65535'),
  duration,
  /** A secret: it is never printed. In the configuration `KEY_file: PATH` can name a file that holds it. */
  secret: () => text().meta({ secret: true }),
} as const;
