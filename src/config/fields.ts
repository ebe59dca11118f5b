/** The vocabulary of configuration values, built on zod. Every value of the same kind reads and fails the same way. */
import { z } from 'zod';

export type Schema = z.ZodObject;
export type Options<S extends Schema> = z.output<S>;

const durationUnitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `100ms`, `1.5s`, `2h` as milliseconds; null when it is none of these. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unitMs = durationUnitMs[match?.[2] ?? ''];
  return match === null || unitMs === undefined ? null : Math.round(Number(match[1]) * unitMs);
}

export const field = {
  object: z.strictObject,
  list: z.array,
  oneOf: z.enum,
  text: () => z.string().min(1),
  flag: () => z.boolean(),
  count: (min: number, max: number) => z.int().min(min).max(max),
  number: (min: number, max: number) => z.number().min(min).max(max),
  port: () => z.int().min(1).max(65_535),
  /** A duration in YAML, milliseconds in the program. */
  duration: (minMs = 0) =>
    z.string().transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== null && ms >= minMs) return ms;
      const expected = ms === null ? 'a duration such as 100ms, 1s, 5m, 2h' : `at least ${minMs}ms`;
      context.addIssue({ code: 'custom', message: `expected ${expected}`, input: text });
      return z.NEVER;
    }),
  /** A secret: printed as `[secret]` wherever the configuration is shown. */
  secret: () => z.string().min(1).meta({ secret: true }),
} as const;
