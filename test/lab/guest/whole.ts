// Plays what concerns the declared state of a whole cluster, each part that this kernel can: whole.js [PART OF A NAME]...
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { type WholeScenarioName, wholeScenarioNames } from '../scenario-names.ts';
import { type Played, playScenario } from './playing.ts';
import { clientScenarios } from './scenarios/clients.ts';
import { hostScenarios } from './scenarios/hosts.ts';
import { importScenarios } from './scenarios/imports.ts';
import { marksScenarios } from './scenarios/marks.ts';
import { sampleScenarios } from './scenarios/samples.ts';
import { vipPathScenarios } from './scenarios/vip-path.ts';
import { openWholeStage, type WholeScenario } from './whole-stage.ts';

const logFile = path.join(process.env['LAB_OUT'] ?? '/tmp', 'director.log');
const scenarios: ReadonlyMap<WholeScenarioName, WholeScenario> = new Map(
  [
    ...marksScenarios,
    ...clientScenarios,
    ...sampleScenarios,
    ...vipPathScenarios,
    ...hostScenarios,
    ...importScenarios,
  ].map((scenario) => [scenario.name, scenario]),
);

const wanted = process.argv.slice(2);
rmSync(logFile, { force: true });
let failures = 0;
const stage = await openWholeStage();
const names = wholeScenarioNames(stage.kernel).filter(
  (name) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
try {
  const played: Played = {
    settle: stage.settle,
    takeNotes: stage.takeNotes,
    log: () => stage.director.log,
    visits: () => [],
    situation: () => readFileSync('/proc/net/ip_vs', 'latin1'),
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
