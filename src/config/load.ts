/** The way from a file to a configuration, or to everything that is wrong with it. */
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { buildConfig } from './build.ts';
import { checkCircles } from './checks/circles.ts';
import { checkClassify } from './checks/classify.ts';
import { checkMail } from './checks/mail.ts';
import { checkMonitors } from './checks/monitors.ts';
import { checkNames } from './checks/names.ts';
import { checkPaths } from './checks/paths.ts';
import { checkPools } from './checks/pools.ts';
import { checkServices } from './checks/services.ts';
import type { Config } from './config.ts';
import { parseDocument } from './draft.ts';
import { deepFreeze } from './freeze.ts';
import type { Plugins } from './kinds.ts';
import type { PluginLoader } from './plugins/load-plugins.ts';
import { firstOfEachFile, formatProblem, inFileOrder, type Path, type Problem, type ReportLine } from './problems.ts';
import { positionAt, readSource, reportTo, type Source } from './read.ts';
import { type Environment, substitute } from './secrets.ts';
import { showValue } from './show.ts';
import { warnOfBalance } from './warn-balance.ts';
import { warnOfMarks } from './warn-marks.ts';
import { warnOfPaths } from './warn-paths.ts';
import { warnOf } from './warnings.ts';
import { valueAt } from './wording.ts';

export type LoadedConfig =
  | {
      readonly config: Config;
      /** What is allowed and yet is hardly meant, as `file:line:column: ...`. */
      readonly warnings: readonly string[];
      /** Texts that must never be printed, with what to show for them; `printConfig` heeds them. */
      readonly secrets: ReadonlyMap<string, string>;
      /** All that the configuration may use, with those of its own files. */
      readonly plugins: Plugins;
    }
  | { readonly problems: readonly Problem[] };

const checks = [
  checkNames,
  checkCircles,
  checkPools,
  checkServices,
  checkMonitors,
  checkPaths,
  checkClassify,
  checkMail,
] as const;

/** Relative paths inside the file start at its folder, wherever the program was started. */
export function loadConfig(file: string, plugins: Plugins, env: Environment): LoadedConfig {
  const { source, problems } = readSource(file);
  return source === undefined ? { problems: inFileOrder(problems) } : loadSource(source, problems, plugins, env);
}

/** The same with the plugins that the file names itself. */
export async function loadWithPlugins(
  file: string,
  builtIn: Plugins,
  env: Environment,
  loader: PluginLoader,
): Promise<LoadedConfig> {
  const { source, problems } = readSource(file);
  if (source === undefined) return { problems: inFileOrder(problems) };
  const folder = dirname(resolve(file));
  const quiet = { env, folder, report() {}, mute() {}, secrets: new Map<string, string>() };
  const list = substitute(valueAt(source.value, ['plugins']), ['plugins'], quiet);
  const own = await loader.load(list, file, folder, builtIn);
  const found = [...problems];
  for (const { path, message } of own.problems) reportTo(source, found)(path, message);
  const warnings: Problem[] = [];
  for (const { path, message } of own.warnings) reportTo(source, warnings)(path, message);
  return loadSource(source, found, own.plugins, env, warnings);
}

export function loadSource(
  source: Source,
  found: readonly Problem[],
  plugins: Plugins,
  env: Environment,
  warned: readonly Problem[] = [],
): LoadedConfig {
  const problems = [...found];
  const elsewhere: Problem[] = [];
  const reportAlways = reportTo(source, problems);
  const secrets = new Map<string, string>();
  const muted = new Set<string>();
  const report: typeof reportAlways = (path, message, at) => {
    if (!muted.has(JSON.stringify(path))) reportAlways(path, asWritten(message, secrets), at);
  };
  const mute = (path: Path) => void muted.add(JSON.stringify(path));
  const reportLine = lineReport(elsewhere);
  const folder = dirname(resolve(source.file));
  const outside = { env, folder, report, mute, secrets };
  const whereIs = (path: Path) => ({ name: basename(source.file), line: positionAt(source, path).line });

  const value = substitute(source.value, [], outside);
  const shownFolder = dirname(source.file);
  const loading = { ...outside, value, written: source.value, whereIs, shownFolder, reportLine };
  const draft = parseDocument(plugins, loading);
  if (draft !== null) for (const check of checks) check(draft, report, reportLine);
  if (draft === null || problems.length + elsewhere.length > 0) return { problems: allOf(problems, elsewhere) };
  const config = buildConfig(draft, { folder, hostname: hostname() });

  const warnings: Problem[] = [...warned];
  const warningsElsewhere: Problem[] = [];
  const warn = reportTo(source, warnings);
  warnOf(config, draft, warn);
  warnOfMarks(config, draft, warn, lineReport(warningsElsewhere));
  warnOfPaths(config, warn);
  warnOfBalance(config, draft, warn);
  const told = allOf(warnings, warningsElsewhere).map(formatProblem);
  return { config: deepFreeze(config), warnings: told, secrets, plugins };
}

function lineReport(problems: Problem[]): ReportLine {
  return (file, position, message) => void problems.push({ file, position, message });
}

/** Those of the configuration, and then those of each file that it names. */
function allOf(problems: readonly Problem[], elsewhere: readonly Problem[]): readonly Problem[] {
  return [...inFileOrder(problems), ...firstOfEachFile(inFileOrder(elsewhere))];
}

/** A message that quotes a value from outside gets the text of the file in its place. */
function asWritten(message: string, secrets: ReadonlyMap<string, string>): string {
  return [...secrets].reduce(
    (text, [secret, shown]) => text.replaceAll(showValue(secret), () => `\`${shown}\``),
    message,
  );
}
