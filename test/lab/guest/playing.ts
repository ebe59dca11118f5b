/** One scenario after the other, each from a calm beginning to a printed result. */
import { appendFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { printResult, type ScenarioResult } from '../results.ts';
import type { LogLine } from './director.ts';
import { nowMs, pauseMs } from './program.ts';
import type { Visit } from './viewer.ts';

/** What a stage of any kind lets the player do and see. */
export interface Played {
  /** Repairs everything. */
  settle(): Promise<void>;
  takeNotes(): readonly string[];
  /** The director's, since the start of the guest. */
  log(): readonly LogLine[];
  /** Of a viewer that keeps coming. */
  visits(): readonly Visit[];
  /** For a person who reads of a failure. */
  situation(): string;
}

interface PlayedScenario<Name = ScenarioResult['name']> {
  readonly name: Name;
  /** Beyond it the scenario has failed and the rest is not played. */
  readonly limitMs: number;
  play(): Promise<void>;
}

interface Outcome {
  readonly isWell: boolean;
  /** false: after one that did not end, nothing that follows could be trusted. */
  readonly isOver: boolean;
  readonly log: readonly LogLine[];
}

const settleLimitMs = 120_000;
const logFile = path.join(process.env['LAB_OUT'] ?? '/tmp', 'director.log');

/** In the order of `names`, those that have one of the process's arguments in theirs, or all; then the process ends. */
export async function playAll<Name extends ScenarioResult['name']>(
  stage: Played & { close(): Promise<void> },
  names: readonly Name[],
  scenarios: readonly PlayedScenario<Name>[],
): Promise<never> {
  const wanted = process.argv.slice(2);
  rmSync(logFile, { force: true });
  let failures = 0;
  try {
    for (const name of names.filter((one) => isWanted(one, wanted))) {
      const scenario = scenarios.find((one) => one.name === name);
      if (scenario === undefined) throw new Error(`nobody plays \`${name}\``);
      const { isWell, isOver, log } = await playScenario(stage, scenario);
      if (!isWell) failures += 1;
      appendFileSync(logFile, `== ${name}\n${log.map(({ text }) => text).join('\n')}\n`);
      if (!isOver) break;
    }
  } finally {
    await stage.close();
  }
  // A limit that was not reached is a timer that still runs.
  process.exit(failures === 0 ? 0 : 1);
}

function isWanted(name: string, parts: readonly string[]): boolean {
  return parts.length === 0 || parts.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}

async function playScenario(stage: Played, scenario: PlayedScenario): Promise<Outcome> {
  const startedMs = nowMs();
  const visitsBefore = stage.visits().length;
  const logBefore = stage.log().length;
  let playing = startedMs;
  let failure: string | null = null;
  let isOver = true;
  try {
    await within(settleLimitMs, stage.settle());
    playing = nowMs();
    await within(scenario.limitMs, scenario.play());
  } catch (error) {
    isOver = !(error instanceof TooLong);
    const said = stage
      .log()
      .slice(logBefore)
      .filter(({ level }) => level !== 'debug');
    const lines = said.slice(-25).map(({ text }) => text);
    failure = [(error as Error).stack ?? String(error), stage.situation(), ...lines].join('\n');
  }
  const visits = stage.visits().slice(visitsBefore);
  printResult({
    kind: 'scenario',
    name: scenario.name,
    failure,
    tookMs: Math.round(nowMs() - playing),
    notes: [`settled in ${Math.round(playing - startedMs)} ms`, ...stage.takeNotes()],
    visits: visits.length,
    failedVisits: visits.filter(({ error }) => error !== null).length,
  });
  return { isWell: failure === null, isOver, log: stage.log().slice(logBefore) };
}

class TooLong extends Error {
  override readonly name = 'TooLong';
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const late = pauseMs(limitMs).then(() => {
    if (!stop.signal.aborted) throw new TooLong(`not ended in ${limitMs} ms`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}
