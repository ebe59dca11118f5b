// Plays the scenarios one after the other in one guest: scenarios.js [PART OF A NAME]...
import { scenarioNames } from '../scenario-names.ts';
import { weights } from './claims.ts';
import { playAll } from './playing.ts';
import { backupScenarios } from './scenarios/backups.ts';
import { configurationScenarios } from './scenarios/configurations.ts';
import { faultScenarios } from './scenarios/faults.ts';
import { handScenarios } from './scenarios/hands.ts';
import { haproxyScenarios } from './scenarios/haproxy.ts';
import { ownProblemScenarios } from './scenarios/own-problem.ts';
import { restartScenarios } from './scenarios/restarts.ts';
import { tableScenarios } from './scenarios/tables.ts';
import { weightScenarios } from './scenarios/weights.ts';
import { openStage } from './stage.ts';

const stage = await openStage({ anew: true });
const scenarios = [
  ...faultScenarios,
  ...backupScenarios,
  ...handScenarios,
  ...restartScenarios,
  ...tableScenarios,
  ...ownProblemScenarios,
  ...configurationScenarios,
  ...haproxyScenarios,
  ...weightScenarios,
];
await playAll(
  {
    settle: stage.settle,
    takeNotes: stage.takeNotes,
    log: () => stage.director.log,
    visits: () => stage.viewer.visits,
    situation: () => `table: ${weights()}`,
    close: stage.close,
  },
  scenarioNames,
  scenarios.map((scenario) => ({ ...scenario, play: () => scenario.play(stage) })),
);
