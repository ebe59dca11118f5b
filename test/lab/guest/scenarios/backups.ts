import type { Scenario } from '../stage.ts';
export const backupScenarios: readonly Scenario[] = [];
