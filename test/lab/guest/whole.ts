// Plays what concerns the declared state of a whole cluster, each part that this kernel can: whole.js [PART OF A NAME]...
import { readFileSync } from 'node:fs';
import { wholeScenarioNames } from '../scenario-names.ts';
import { playAll } from './playing.ts';
import { clientScenarios } from './scenarios/clients.ts';
import { hostScenarios } from './scenarios/hosts.ts';
import { importScenarios } from './scenarios/imports.ts';
import { marksScenarios } from './scenarios/marks.ts';
import { sampleScenarios } from './scenarios/samples.ts';
import { vipPathScenarios } from './scenarios/vip-path.ts';
import { openWholeStage } from './whole-stage.ts';

const stage = await openWholeStage();
const scenarios = [
  ...marksScenarios,
  ...clientScenarios,
  ...sampleScenarios,
  ...vipPathScenarios,
  ...hostScenarios,
  ...importScenarios,
];
await playAll(
  {
    settle: stage.settle,
    takeNotes: stage.takeNotes,
    log: () => stage.director.log,
    visits: () => [],
    situation: () => readFileSync('/proc/net/ip_vs', 'latin1'),
    close: stage.close,
  },
  wholeScenarioNames(stage.kernel, true),
  scenarios.map((scenario) => ({ ...scenario, play: () => scenario.play(stage) })),
);
