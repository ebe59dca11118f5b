/** The line of figures that `understudy agent` sends in answer to `metrics` (docs/agent.md): one JSON object. */
import { isRecord, parseJson } from './json.ts';

/** The first word of a request; HAProxy may send it too (`agent-send`), since it only reads the first line. */
export const reportWord = 'metrics';

/** New keys may be added, which old readers skip; a change of meaning would be version 2. */
const version = 1;

type Numbers = Readonly<Record<string, number>>;

export interface Report {
  /** The answer to HAProxy; null: nothing is known yet. */
  readonly answer: string | null;
  /** Smoothed; 1 is the limit. */
  readonly load: number | null;
  /** Time since the figures were read; null: never. */
  readonly ageMs: number | null;
  /** percent: cpu, busy, memory, disk; Mbit/s: band_in, band_out; numbers: the rest. */
  readonly figures: Numbers;
  readonly limits: Numbers;
  readonly missing: Readonly<Record<string, string>>;
}

export function reportText({ answer, load, ageMs, figures, limits, missing }: Report): string {
  const rounded = load === null ? null : Math.round(load * 1000) / 1000;
  const age = ageMs === null ? null : Math.round(ageMs);
  return JSON.stringify({ understudy_agent: version, answer, load: rounded, age_ms: age, figures, limits, missing });
}

/**
 * Finds the last complete line that is an object in what an agent sent. null: not a report of a known version. Figures
 * that are not finite numbers of at least 0 are left out.
 */
export function readReport(text: string): Report | null {
  const lines = text.split(/\r?\n/).slice(0, -1);
  const line = lines.findLast((one) => one.startsWith('{'));
  const document = line === undefined ? null : parseJson(line);
  if (!isRecord(document) || document['understudy_agent'] !== version) return null;
  const { answer, load, age_ms, figures, limits, missing } = document;
  return {
    answer: typeof answer === 'string' ? answer : null,
    load: numberOf(load),
    ageMs: numberOf(age_ms),
    figures: numbersIn(figures),
    limits: numbersIn(limits),
    missing: isRecord(missing)
      ? Object.fromEntries(
          Object.entries(missing).flatMap(([key, one]) => (typeof one === 'string' ? [[key, one]] : [])),
        )
      : {},
  };
}

function numbersIn(value: unknown): Numbers {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const number = numberOf(one);
      return number === null ? [] : [[key, number]];
    }),
  );
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
