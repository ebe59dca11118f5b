/** What several commands read from their arguments in the same way. */
import { parseDurationMs } from '../plugin/fields.ts';
import { UsageError } from './session.ts';

export interface JsonOption {
  readonly json?: boolean;
}

/** A duration such as `2h`, in ms; undefined when it was not given. */
export function durationOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms === null || ms <= 0)
    throw new UsageError(`${name}: expected a duration such as 90s, 30m, 2h, 1d, got \`${text}\``);
  return ms;
}

export function countOption(
  name: string,
  text: string | undefined,
  range: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range[0] && value <= range[1]) return value;
  throw new UsageError(`${name}: expected a whole number from ${range[0]} to ${range[1]}, got \`${text}\``);
}

/** The address of something that belongs to a server. */
export function serverPath(server: string, what: string): string {
  return `/servers/${encodeURIComponent(server)}/${what}`;
}
