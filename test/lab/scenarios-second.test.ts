import { scenarioTests } from './scenarios.ts';

await scenarioTests(1);
