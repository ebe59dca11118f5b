import type { Scenario } from '../stage.ts';
export const tableScenarios: readonly Scenario[] = [];
