/** A configuration and its schema, with every plugin there is. */
import { alerts } from '../../alerts/index.ts';
import { monitors } from '../../monitors/index.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import type { ConfigReport } from './config-report.ts';

const plugins = { monitors, alerts };

export function readConfig(file: string, env: NodeJS.ProcessEnv): ConfigReport {
  const loaded = loadConfig(file, plugins, env);
  if ('config' in loaded) return { config: loaded.config, problems: [], warnings: loaded.warnings };
  return { config: null, problems: loaded.problems.map(formatProblem), warnings: [] };
}

export function jsonSchema(): object {
  return configJsonSchema(plugins);
}
