/** The line of figures that `understudy agent` says to whoever sends `metrics` (docs/agent.md): one JSON object. */
import { isRecord, parseJson } from './json.ts';

/** The first word of a request; HAProxy may send it too (`agent-send`), since it reads the first line only. */
export const reportWord = 'metrics';

/** Grows by keys that old readers pass over; a change of meaning would be version 2. */
const version = 1;

type Numbers = Readonly<Record<string, number>>;

export interface Report {
  /** As HAProxy is told it; null: nothing is known yet. */
  readonly answer: string | null;
  /** Smoothed; 1 is the limit. */
  readonly load: number | null;
  /** Since the figures were read; null: they never were. */
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
 * Out of everything that an agent sent: the last whole line that is an object. null: no report of a version that is
 * known. Figures that are no finite numbers from 0 on are left out.
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
