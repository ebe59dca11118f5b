/** Numbers, times and addresses as other programs write them. */
import { formatDurationMs } from '../../../src/plugin/fields.ts';

/** null: not a whole number from `min` to `max`. */
export function wholeIn(text: string | undefined, min: number, max: number): number | null {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

export const portIn = (text: string | undefined) => wholeIn(text, 1, 65_535);

/** Seconds, with decimals or not, as ms. */
export function secondsIn(text: string | undefined): number | null {
  if (text === undefined || !/^(\d{1,9}(\.\d*)?|\.\d+)$/.test(text)) return null;
  return Math.round(Number(text) * 1000);
}

/** A dotted netmask or a prefix length as a prefix length; null: neither, or with holes. */
export function prefixIn(text: string | undefined): number | null {
  const plain = wholeIn(text?.replace(/^\//, ''), 1, 128);
  if (plain !== null || text === undefined) return plain;
  const bytes = text.split('.').map((part) => wholeIn(part, 0, 255));
  if (bytes.length !== 4 || bytes.includes(null)) return null;
  const bits = bytes.map((byte) => (byte ?? 0).toString(2).padStart(8, '0')).join('');
  return /^1+0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null;
}

const longestIntervalMs = 86_400_000;

/** Times as the file states them; what it leaves out stays with our defaults. */
export interface Times {
  readonly intervalMs: number | null;
  readonly timeoutMs: number | null;
  readonly retryIntervalMs: number | null;
  readonly fall: number | null;
  readonly rise: number | null;
}

export const noTimes: Times = { intervalMs: null, timeoutMs: null, retryIntervalMs: null, fall: null, rise: null };

const defaultIntervalMs = 1000;

/** As keys of a monitor; `report` is called for each value that had to be changed. */
export function timesOf(times: Times, report: (text: string) => void): Readonly<Record<string, unknown>> {
  const { timeoutMs, retryIntervalMs } = times;
  const entry: Record<string, unknown> = {};
  const stated = times.intervalMs ?? ((timeoutMs ?? 0) > defaultIntervalMs ? timeoutMs : null);
  const intervalMs = stated === null ? defaultIntervalMs : clamp(stated, 10, longestIntervalMs);
  if (stated !== null) entry['interval'] = formatDurationMs(intervalMs);
  if (stated !== null && stated !== intervalMs)
    report(`an interval of ${formatDurationMs(stated)} is ${entry['interval']} here`);
  if (timeoutMs !== null) entry['timeout'] = fitted('a timeout', timeoutMs);
  if (times.fall !== null) entry['fall'] = clamp(times.fall, 1, 100);
  if (times.rise !== null) entry['rise'] = clamp(times.rise, 1, 100);
  if (retryIntervalMs !== null && retryIntervalMs > 0) entry['retry_interval'] = fitted('a retry', retryIntervalMs);
  return entry;

  function fitted(what: string, ms: number): string {
    const most = Math.max(1, Math.min(ms, intervalMs));
    if (most !== ms) {
      const than = `longer than the interval of ${formatDurationMs(intervalMs)}`;
      report(`${what} of ${formatDurationMs(ms)} is ${than}, ${formatDurationMs(most)} here`);
    }
    return formatDurationMs(most);
  }
}

/** A program costs more to start than a connection, so it is not run every second unless the file says so. */
const programMs = 10_000;

export function timesOfProgram(times: Times, report: (text: string) => void): Readonly<Record<string, unknown>> {
  const intervalMs = times.intervalMs ?? Math.max(programMs, times.timeoutMs ?? 0);
  return timesOf({ ...times, intervalMs, timeoutMs: times.timeoutMs ?? Math.min(intervalMs, programMs) }, report);
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
