/** A configuration and its schema, with every plugin there is. */
import { alerts } from '../../alerts/index.ts';
import { monitors } from '../../monitors/index.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { loadWithPlugins } from '../config/load.ts';
import { createPluginLoader } from '../config/plugins/load-plugins.ts';
import { formatProblem } from '../config/problems.ts';
import { systemClock } from '../system/clock.ts';
import { importModule } from '../system/import-module.ts';
import { Refused } from './client.ts';
import type { ConfigReport } from './config-report.ts';

const plugins = { monitors, alerts };

/** `importing`: how the plugins that the file names are imported. */
export async function readConfig(
  file: string,
  env: NodeJS.ProcessEnv,
  importing = importModule,
): Promise<ConfigReport> {
  const loaded = await loadWithPlugins(file, plugins, env, createPluginLoader(importing, systemClock));
  if ('problems' in loaded) return { config: null, problems: loaded.problems.map(formatProblem), warnings: [] };
  const { config, warnings } = loaded;
  return { config, problems: [], warnings, plugins: loaded.plugins };
}

/** `file`: include the types of the plugins that this configuration names; all of it must be valid. */
export async function jsonSchema(file: string | null, env: NodeJS.ProcessEnv): Promise<object> {
  if (file === null) return configJsonSchema(plugins);
  const report = await readConfig(file, env);
  if (report.plugins === undefined) throw new Refused(report.problems.join('\n'));
  return configJsonSchema(report.plugins);
}
