import { scenarioHalf } from './scenario-names.ts';
import { scenarioTests } from './scenarios.ts';

await scenarioTests('a director in a real IPVS cluster', 'scenarios', scenarioHalf(0), { out: 'scenarios-first' });
