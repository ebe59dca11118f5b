import type { Scenario } from '../stage.ts';
export const restartScenarios: readonly Scenario[] = [];
