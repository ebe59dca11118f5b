/** Loads a file: the result is a configuration, or all problems of the file. */
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { buildConfig, checkDocument, parseDocument, warnOf } from './document.ts';
import { deepFreeze } from './freeze.ts';
import type { PluginLoader } from './plugins/load-plugins.ts';
import { firstOfEachFile, formatProblem, inFileOrder, type Path, type Problem, type ReportLine } from './problems.ts';
import { positionAt, readSource, reportTo, type Source } from './read.ts';
import { type Environment, substitute } from './secrets.ts';
import { showValue } from './show.ts';
import type { Plugins } from './typed.ts';
import { valueAt } from './wording.ts';

export type LoadedConfig =
  | {
      readonly config: Config;
      /** What is allowed but probably not meant, as `file:line:column: ...`. */
      readonly warnings: readonly string[];
      /** Texts that must never be printed, with the text to show in their place, for `printConfig`. */
      readonly secrets: ReadonlyMap<string, string>;
      /** The plugins that are built in and those of the files that the configuration names. */
      readonly plugins: Plugins;
    }
  | { readonly problems: readonly Problem[] };

/** Relative paths in the file start at its folder. */
export function loadConfig(file: string, plugins: Plugins, env: Environment): LoadedConfig {
  const { source, problems } = readSource(file);
  return source === undefined ? { problems: inFileOrder(problems) } : loadSource(source, problems, plugins, env);
}

/** The same, with the plugins that the file names. */
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
  if (draft !== null) checkDocument(draft, report, reportLine);
  if (draft === null || problems.length + elsewhere.length > 0) return { problems: allOf(problems, elsewhere) };
  const config = buildConfig(draft, folder, hostname());

  const warnings: Problem[] = [...warned];
  const warningsElsewhere: Problem[] = [];
  warnOf(config, draft, reportTo(source, warnings), lineReport(warningsElsewhere));
  const texts = allOf(warnings, warningsElsewhere).map(formatProblem);
  return { config: deepFreeze(config), warnings: texts, secrets, plugins };
}

function lineReport(problems: Problem[]): ReportLine {
  return (file, position, message) => void problems.push({ file, position, message });
}

/** The problems of the configuration, then those of each file that it names. */
function allOf(problems: readonly Problem[], elsewhere: readonly Problem[]): readonly Problem[] {
  return [...inFileOrder(problems), ...firstOfEachFile(inFileOrder(elsewhere))];
}

/** In a message that quotes a value from the environment, shows the text of the file in its place. */
function asWritten(message: string, secrets: ReadonlyMap<string, string>): string {
  return [...secrets].reduce(
    (text, [secret, shown]) => text.replaceAll(showValue(secret), () => `\`${shown}\``),
    message,
  );
}
