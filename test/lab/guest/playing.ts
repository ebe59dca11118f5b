/** One scenario after the other, each from a calm beginning to a printed result. */
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

export interface PlayedScenario {
  readonly name: ScenarioResult['name'];
  /** Beyond it the scenario has failed and the rest is not played. */
  readonly limitMs: number;
  play(): Promise<void>;
}

export interface Outcome {
  readonly isWell: boolean;
  /** false: after one that did not end, nothing that follows could be trusted. */
  readonly isOver: boolean;
  readonly log: readonly LogLine[];
}

const settleLimitMs = 120_000;

export async function playScenario(stage: Played, scenario: PlayedScenario): Promise<Outcome> {
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
