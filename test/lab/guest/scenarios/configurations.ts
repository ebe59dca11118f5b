import type { Scenario } from '../stage.ts';
export const configurationScenarios: readonly Scenario[] = [];
