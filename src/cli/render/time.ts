/** Times and durations as people say them. */
import type { Look } from './look.ts';

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** `4m 10s`, `3d 4h`, `0s`: the two units that matter. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0s';
  let left = seconds;
  const parts: string[] = [];
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0 || parts.length === 0) parts.push(`${count}${name}`);
  }
  return parts.join(' ');
}

/** `2026-11-21 04:05:06`, in the reader's zone. */
export function dateTime(ms: number, look: Pick<Look, 'timeZone'>): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(look.timeZone && { timeZone: look.timeZone }),
  }).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** `04:05` on the same day, with the date otherwise. */
export function clockTime(ms: number, nowMs: number, look: Pick<Look, 'timeZone'>): string {
  const then = dateTime(ms, look);
  return then.slice(0, 10) === dateTime(nowMs, look).slice(0, 10) ? then.slice(11, 16) : then.slice(0, 16);
}
