import type { Scenario } from '../stage.ts';
export const ownTroubleScenarios: readonly Scenario[] = [];
