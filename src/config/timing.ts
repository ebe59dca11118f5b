/** When a monitor runs: what is written, and else what is usual for it. */

import { parseDurationMs } from '../plugin/fields.ts';
import type { Monitor } from '../plugin/plugin.ts';
import type { Timing } from './config.ts';

type Times = Pick<Timing, 'intervalMs' | 'timeoutMs' | 'retryIntervalMs'>;

interface Written {
  readonly interval?: number | undefined;
  readonly timeout?: number | undefined;
  readonly retry_interval?: number | undefined;
}

/** Of what is written all is kept; what is not written fits the interval. `options` undefined: they are wrong. */
export function timesOf(
  written: Written,
  monitor: Pick<Monitor, 'interval' | 'timing'> | null,
  options: unknown,
): Times {
  const usual = options === undefined ? {} : (monitor?.timing?.(options) ?? {});
  const intervalMs = written.interval ?? usualMs(usual.interval ?? monitor?.interval) ?? 1000;
  return {
    intervalMs,
    timeoutMs: written.timeout ?? Math.min(usualMs(usual.timeout) ?? 1000, intervalMs),
    retryIntervalMs: written.retry_interval ?? Math.min(100, intervalMs),
  };
}

/** Throws on a text that is no duration: that is a mistake in the monitor. */
function usualMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDurationMs(text);
  if (ms === null || ms < 1) throw new Error(`expected a usual time such as 10s, got \`${text}\``);
  return ms;
}
