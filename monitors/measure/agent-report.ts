import { plain } from '../shared/quote.ts';
import type { Facts, Loads, What } from './facts.ts';

/** The line of figures that `understudy agent` says to whoever sends this word (docs/agent.md). */
export const reportWord = 'metrics';

/** Keys may be added to it; a change of meaning would be version 2. */
const version = 1;

export interface AgentReport {
  /** Since the figures were read; null: they never were. */
  readonly ageMs: number | null;
  readonly facts: Facts;
}

type Numbers = ReadonlyMap<string, number>;

/** Out of everything that an agent sent: the last whole line that is an object. null: no report of a version that is known. */
export function readAgentReport(text: string): AgentReport | null {
  const lines = text.split(/\r?\n/).slice(0, -1);
  const line = lines.findLast((one) => one.startsWith('{'));
  const document = line === undefined ? null : parseJson(line);
  if (!isRecord(document) || document['understudy_agent'] !== version) return null;
  const figures = numbersIn(document['figures']);
  return {
    ageMs: numberOf(document['age_ms']),
    facts: { ...factsOf(figures), missing: missingOf(document['missing'], figures) },
  };
}

function factsOf(figures: Numbers): Facts {
  const [load1, load5, load15] = [figures.get('load1'), figures.get('load5'), figures.get('load15')];
  const loads: Loads | null =
    load1 === undefined || load5 === undefined || load15 === undefined ? null : { load1, load5, load15 };
  const [cpus, busy, memory, disk] = [
    figures.get('cpus'),
    figures.get('busy'),
    figures.get('memory'),
    figures.get('disk'),
  ];
  const [bandIn, bandOut] = [figures.get('band_in'), figures.get('band_out')];
  return {
    ...(cpus !== undefined && cpus > 0 && { cpus }),
    ...(loads !== null && { loads }),
    ...(busy !== undefined && { busy }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disks: [{ path: null, used: disk }] }),
    ...(bandIn !== undefined && bandOut !== undefined && { band: { in: bandIn, out: bandOut } }),
  };
}

/** Its figures behind each of ours. */
const figuresBehind: Readonly<Record<What, readonly string[]>> = {
  cpu: ['cpu', 'busy'],
  load: ['cpu'],
  bandwidth: ['band_out', 'band_in'],
  memory: ['memory'],
  disk: ['disk'],
};

function missingOf(value: unknown, figures: Numbers): NonNullable<Facts['missing']> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(figuresBehind).flatMap(([what, names]) => {
      const lacking = names.find((name) => !figures.has(name) && typeof value[name] === 'string');
      return lacking === undefined ? [] : [[what, plain(String(value[lacking]), 80)]];
    }),
  );
}

/** Figures that are no finite numbers from 0 on are left out. */
function numbersIn(value: unknown): Numbers {
  const pairs = isRecord(value) ? Object.entries(value) : [];
  return new Map(
    pairs.flatMap(([key, one]) => {
      const number = numberOf(one);
      return number === null ? [] : [[key, number] as const];
    }),
  );
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
