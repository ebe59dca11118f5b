/** Times as HAProxy writes them: milliseconds where there is no unit (manual, 2.5). */
import { noTimes, type Times, wholeIn } from '../cluster/numbers.ts';
import type { Remarks } from '../cluster/remarks.ts';
import type { Parameters } from './parameters.ts';
import type { Line } from './sections.ts';

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** That of HAProxy. */
const defaultInterMs = 2000;
const longestMs = 2 ** 31 - 1;

/** null: no time; under a millisecond it is one. */
export function msIn(text: string): number | null {
  const [, digits = '', unit = 'ms'] = /^(\d{1,10})(us|ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Number(digits) * (units[unit] ?? 1);
  return digits === '' || ms > longestMs ? null : Math.max(Math.round(ms), Number(digits) === 0 ? 0 : 1);
}

/** null: not stated, or wrong, and a remark says so. */
export function timeAt(line: Line, text: string, remarks: Remarks): number | null {
  const ms = msIn(text);
  if (ms !== null && ms > 0) return ms;
  remarks.expected(line.place, 'a time such as 500, 500ms or 2s', text);
  return null;
}

/** `timeout check` waits for the answer; without it one check has as long as `inter` (manual, 4.2). */
export function timesIn(parameters: Parameters, checkMs: number | null, remarks: Remarks): Times {
  const time = (name: string) => {
    const parameter = parameters.get(name);
    return parameter === undefined ? null : timeAt(parameter.line, parameter.value, remarks);
  };
  const count = (name: string) => {
    const parameter = parameters.get(name);
    if (parameter === undefined) return null;
    const value = wholeIn(parameter.value, 1, 100);
    if (value === null) {
      remarks.expected(parameter.line.place, `${name} from 1 to 100`, parameter.value);
    }
    return value;
  };
  const stated = time('inter');
  // A long `timeout check` alone does not make checks rarer.
  const intervalMs = stated ?? (checkMs !== null && checkMs > 1000 ? defaultInterMs : null);
  const timeoutMs = checkMs ?? stated;
  return {
    ...noTimes,
    intervalMs,
    timeoutMs,
    retryIntervalMs: time('fastinter'),
    fall: count('fall'),
    rise: count('rise'),
  };
}
