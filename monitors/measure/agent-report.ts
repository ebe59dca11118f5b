import { type Report, readReport } from '../../src/formats/agent-report.ts';
import { plain } from '../shared/quote.ts';
import type { Facts, Loads, What } from './facts.ts';

export interface AgentReport {
  /** Time since the figures were read; null: never. */
  readonly ageMs: number | null;
  readonly facts: Facts;
}

type Numbers = Report['figures'];

/** null: not a report of a known version. */
export function readAgentReport(text: string): AgentReport | null {
  const report = readReport(text);
  if (report === null) return null;
  const { ageMs, figures, missing } = report;
  return { ageMs, facts: { ...factsOf(figures), missing: missingOf(missing, figures) } };
}

function factsOf(figures: Numbers): Facts {
  const { load1, load5, load15, cpus, busy, memory, disk, band_in: bandIn, band_out: bandOut } = figures;
  const loads: Loads | null =
    load1 === undefined || load5 === undefined || load15 === undefined ? null : { load1, load5, load15 };
  return {
    ...(cpus !== undefined && cpus > 0 && { cpus }),
    ...(loads !== null && { loads }),
    ...(busy !== undefined && { busy }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disks: [{ path: null, used: disk }] }),
    ...(bandIn !== undefined && bandOut !== undefined && { band: { in: bandIn, out: bandOut } }),
  };
}

/** The agent's figures for each of ours. */
const figuresBehind: Readonly<Record<What, readonly string[]>> = {
  cpu: ['cpu', 'busy'],
  load: ['cpu'],
  bandwidth: ['band_out', 'band_in'],
  memory: ['memory'],
  disk: ['disk'],
};

function missingOf(why: Report['missing'], figures: Numbers): NonNullable<Facts['missing']> {
  return Object.fromEntries(
    Object.entries(figuresBehind).flatMap(([what, names]) => {
      const lacking = names.find((name) => figures[name] === undefined && why[name] !== undefined);
      return lacking === undefined ? [] : [[what, plain(why[lacking] ?? '', 80)]];
    }),
  );
}
