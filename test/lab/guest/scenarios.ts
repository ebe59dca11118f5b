// Plays the scenarios one after the other in one guest: scenarios.js [PART OF A NAME]...
import { appendFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { type ScenarioName, scenarioNames } from '../scenario-names.ts';
import { weights } from './claims.ts';
import { type Played, playScenario } from './playing.ts';
import { backupScenarios } from './scenarios/backups.ts';
import { configurationScenarios } from './scenarios/configurations.ts';
import { faultScenarios } from './scenarios/faults.ts';
import { handScenarios } from './scenarios/hands.ts';
import { ownTroubleScenarios } from './scenarios/own-trouble.ts';
import { restartScenarios } from './scenarios/restarts.ts';
import { tableScenarios } from './scenarios/tables.ts';
import { openStage, type Scenario } from './stage.ts';

const logFile = path.join(process.env['LAB_OUT'] ?? '/tmp', 'director.log');

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

const wanted = process.argv.slice(2);
const names = scenarioNames.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
rmSync(logFile, { force: true });
let failures = 0;
const stage = await openStage({ anew: true });
try {
  const played: Played = {
    settle: stage.settle,
    takeNotes: stage.takeNotes,
    log: () => stage.director.log,
    visits: () => stage.viewer.visits,
    situation: () => `table: ${weights()}`,
  };
  for (const name of names) {
    const scenario = scenarios.get(name);
    if (scenario === undefined) throw new Error(`nobody plays \`${name}\``);
    const { limitMs, play } = scenario;
    const { isWell, isOver, log } = await playScenario(played, { name, limitMs, play: () => play(stage) });
    if (!isWell) failures += 1;
    appendFileSync(logFile, `== ${name}\n${log.map(({ text }) => text).join('\n')}\n`);
    if (!isOver) break;
  }
} finally {
  await stage.close();
}
// A limit that was not reached is a timer that still runs.
process.exit(failures === 0 ? 0 : 1);
