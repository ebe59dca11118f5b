// Plays the scenarios one after the other in one guest: scenarios.js [PART OF A NAME]...
import { appendFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { printResult } from '../results.ts';
import { type ScenarioName, scenarioNames } from '../scenario-names.ts';
import { weights } from './claims.ts';
import { nowMs, pauseMs } from './program.ts';
import { backupScenarios } from './scenarios/backups.ts';
import { configurationScenarios } from './scenarios/configurations.ts';
import { faultScenarios } from './scenarios/faults.ts';
import { handScenarios } from './scenarios/hands.ts';
import { ownTroubleScenarios } from './scenarios/own-trouble.ts';
import { restartScenarios } from './scenarios/restarts.ts';
import { tableScenarios } from './scenarios/tables.ts';
import { openStage, type Scenario, type Stage } from './stage.ts';

const logFile = path.join(process.env['LAB_OUT'] ?? '/tmp', 'director.log');
const settleLimitMs = 120_000;

const scenarios: ReadonlyMap<ScenarioName, Scenario> = new Map(
  [
    ...faultScenarios,
    ...backupScenarios,
    ...handScenarios,
    ...restartScenarios,
    ...tableScenarios,
    ...ownTroubleScenarios,
    ...configurationScenarios,
  ].map((scenario) => [scenario.name, scenario]),
);

/** True when it ended, well or not; after one that did not, nothing that follows could be trusted. */
async function play(stage: Stage, scenario: Scenario): Promise<boolean> {
  const startedMs = nowMs();
  const visitsBefore = stage.viewer.visits.length;
  const logBefore = stage.director.log.length;
  let playing = startedMs;
  let failure: string | null = null;
  let ended = true;
  try {
    await within(settleLimitMs, stage.settle());
    playing = nowMs();
    await within(scenario.limitMs, scenario.play(stage));
  } catch (error) {
    ended = !(error instanceof TooLong);
    const said = stage.director.log.slice(logBefore).filter(({ level }) => level !== 'debug');
    const lines = said.slice(-25).map(({ text }) => text);
    failure = [(error as Error).stack ?? String(error), `table: ${weights()}`, ...lines].join('\n');
  }
  if (failure !== null) failures += 1;
  const visits = stage.viewer.visits.slice(visitsBefore);
  printResult({
    kind: 'scenario',
    name: scenario.name,
    failure,
    tookMs: Math.round(nowMs() - playing),
    notes: [`settled in ${Math.round(playing - startedMs)} ms`, ...stage.takeNotes()],
    visits: visits.length,
    failedVisits: visits.filter(({ error }) => error !== null).length,
  });
  const log = stage.director.log.slice(logBefore).map(({ text }) => text);
  appendFileSync(logFile, `== ${scenario.name}\n${log.join('\n')}\n`);
  return ended;
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

let failures = 0;
const wanted = process.argv.slice(2);
const names = scenarioNames.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
rmSync(logFile, { force: true });
const stage = await openStage({ anew: true });
try {
  for (const name of names) {
    const scenario = scenarios.get(name);
    if (scenario === undefined) throw new Error(`nobody plays \`${name}\``);
    if (!(await play(stage, scenario))) break;
  }
} finally {
  await stage.close();
}
// A limit that was not reached is a timer that still runs.
process.exit(failures === 0 ? 0 : 1);
