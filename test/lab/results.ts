/** How the guest tells the host what came of it: one JSON line each, behind a prefix that nothing else prints. */
import type { CellResult } from './matrix/judge.ts';
import type { FigureName, ScenarioName, WholeScenarioName } from './scenario-names.ts';

export interface ScenarioResult {
  readonly kind: 'scenario';
  readonly name: ScenarioName | WholeScenarioName;
  /** Null: all that was expected came. */
  readonly failure: string | null;
  readonly tookMs: number;
  /** What a person may want to know, such as how long the swap took. */
  readonly notes: readonly string[];
  /** Of the viewer that kept connecting, where there is one. */
  readonly visits: number;
  readonly failedVisits: number;
}

export interface FigureResult {
  readonly kind: 'figure';
  readonly name: FigureName;
  /** From the fault until the dead server was out of the kernel's table and its backup in. */
  readonly timesMs: readonly number[];
  readonly failedVisits: number;
}

export interface SoakResult {
  readonly kind: 'soak';
  readonly tookMs: number;
  /** Checks that were made, and those that said anything but ok. */
  readonly checks: number;
  readonly badVerdicts: number;
  /** Status changes, table commands, mails: there should be none. */
  readonly falseSteps: readonly string[];
}

/** One row of the fault matrix. */
export interface FaultResult {
  readonly kind: 'fault';
  readonly name: string;
  readonly cells: readonly CellResult[];
  /** From the fault until all was mended and calm again. */
  readonly tookMs: number;
  /** Of the guest. */
  readonly kernel: string;
}

export type LabResult = ScenarioResult | FigureResult | SoakResult | FaultResult;

const prefix = 'lab-result: ';

export function printResult(result: LabResult): void {
  console.log(`${prefix}${JSON.stringify(result)}`);
}

/** Null: an ordinary line. */
export function readResult(line: string): LabResult | null {
  return line.startsWith(prefix) ? (JSON.parse(line.slice(prefix.length)) as LabResult) : null;
}

/** As a person reads it. */
export function describeResult(result: LabResult): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  switch (result.kind) {
    case 'scenario': {
      const { name, failure, tookMs, notes, visits, failedVisits } = result;
      const kept = visits === 0 ? [] : [`${failedVisits} of ${visits} visits failed`];
      const facts = [...notes, ...kept].join(', ');
      const line = `${failure === null ? 'ok    ' : 'FAILED'} ${seconds(tookMs).padStart(7)}  ${name} (${facts})`;
      return failure === null ? line : `${line}\n${failure}`;
    }
    case 'figure': {
      const times = result.timesMs.map((ms) => ms.toFixed(1)).join(' ');
      return `${result.name}: median ${median(result.timesMs).toFixed(1)} ms of ${times}; ${result.failedVisits} visits failed`;
    }
    case 'soak': {
      const { tookMs, checks, badVerdicts, falseSteps } = result;
      const found = falseSteps.length === 0 ? 'no false step' : `FALSE STEPS:\n${falseSteps.join('\n')}`;
      return `soak of ${seconds(tookMs)}: ${checks} checks, ${badVerdicts} of them without a good verdict; ${found}`;
    }
    case 'fault': {
      const { name, cells, tookMs } = result;
      const moved = cells.filter(({ atMs, problem }) => atMs !== null || problem !== null);
      const lines = moved.map(
        ({ column, verdict, words, atMs, problem }) =>
          `  ${column.padEnd(16)} ${atMs === null ? '' : seconds(atMs).padStart(7)} ${verdict} ${words}${problem === null ? '' : `  PROBLEM: ${problem}`}`,
      );
      const isWell = cells.every(({ problem }) => problem === null);
      return [`${isWell ? 'ok    ' : 'FAILED'} ${seconds(tookMs).padStart(7)}  ${name}`, ...lines].join('\n');
    }
    default:
      return result satisfies never;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
