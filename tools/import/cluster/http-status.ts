/** Which statuses of an HTTP answer are expected, as a regular expression of three digits. */

export const success = '2\\d\\d';

const first = 100;
const last = 599;

/** null: none is expected. */
export function statusPattern(isValid: (status: number) => boolean): string | null {
  const parts: string[] = [];
  for (let hundred = first; hundred < last; hundred += 100) {
    const codes = Array.from({ length: 100 }, (_, at) => hundred + at).filter(isValid);
    if (codes.length === 100) parts.push(`${hundred / 100}\\d\\d`);
    else parts.push(...codes.map(String));
  }
  if (parts.length === 0) return null;
  return parts.length === 1 ? (parts[0] ?? null) : `(?:${parts.join('|')})`;
}

/** `200`, `200-299`, several of them with commas between; null: something else. */
export function readStatuses(words: readonly string[]): string | null {
  const ranges: (readonly [number, number])[] = [];
  for (const part of words.flatMap((word) => word.split(',')).filter((word) => word !== '')) {
    const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part) ?? [];
    if (from === '' || Number(to) < Number(from)) return null;
    ranges.push([Number(from), Number(to)]);
  }
  return statusPattern((status) => ranges.some(([from, to]) => status >= from && status <= to));
}
