import type { Scenario } from '../stage.ts';
export const handScenarios: readonly Scenario[] = [];
