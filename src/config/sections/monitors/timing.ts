/** The times of a monitor: as written, or else the defaults that the monitor asks for. */
import { parseDurationMs } from '../../../plugin/fields.ts';
import type { Monitor } from '../../../plugin/plugin.ts';

export interface Timing {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retryIntervalMs: number;
  /** Bad verdicts in a row that make a status. */
  readonly fall: number;
  /** Good verdicts in a row that end it. */
  readonly rise: number;
}

type Times = Pick<Timing, 'intervalMs' | 'timeoutMs' | 'retryIntervalMs'>;

interface Written {
  readonly interval?: number | undefined;
  readonly timeout?: number | undefined;
  readonly retry_interval?: number | undefined;
}

/** Defaults are shortened to fit the interval; written times are kept as they are. `options` undefined: they are invalid. */
export function timesOf(
  written: Written,
  monitor: Pick<Monitor, 'interval' | 'timing'> | null,
  options: unknown,
): Times {
  const defaults = options === undefined ? {} : (monitor?.timing?.(options) ?? {});
  const intervalMs = written.interval ?? defaultMs(defaults.interval ?? monitor?.interval) ?? 1000;
  return {
    intervalMs,
    timeoutMs: written.timeout ?? Math.min(defaultMs(defaults.timeout) ?? 1000, intervalMs),
    retryIntervalMs: written.retry_interval ?? Math.min(100, intervalMs),
  };
}

/** Throws on a text that is no duration: that is a bug of the monitor. */
function defaultMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDurationMs(text);
  if (ms === null || ms < 1) throw new Error(`expected a default such as 10s, got \`${text}\``);
  return ms;
}
