/** The way from a file to a configuration, or to everything that is wrong with it. */
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { buildConfig } from './build.ts';
import { checkCircles } from './checks/circles.ts';
import { checkMail } from './checks/mail.ts';
import { checkMonitors } from './checks/monitors.ts';
import { checkNames } from './checks/names.ts';
import { checkPools } from './checks/pools.ts';
import { checkServices } from './checks/services.ts';
import type { Config } from './config.ts';
import { parseDocument } from './draft.ts';
import { deepFreeze } from './freeze.ts';
import type { Plugins } from './kinds.ts';
import { formatProblem, inFileOrder, type Path, type Problem } from './problems.ts';
import { readSource, reportTo, type Source } from './read.ts';
import { type Environment, substitute } from './secrets.ts';
import { showValue } from './show.ts';
import { warnOf } from './warnings.ts';

export type LoadedConfig =
  | {
      readonly config: Config;
      /** What is allowed and yet is hardly meant, as `file:line:column: ...`. */
      readonly warnings: readonly string[];
      /** Texts that must never be printed, with what to show for them; `printConfig` heeds them. */
      readonly secrets: ReadonlyMap<string, string>;
    }
  | { readonly problems: readonly Problem[] };

/** Relative paths inside the file start at its folder, wherever the program was started. */
export function loadConfig(file: string, plugins: Plugins, env: Environment): LoadedConfig {
  const { source, problems } = readSource(file);
  return source === undefined ? { problems: inFileOrder(problems) } : loadSource(source, problems, plugins, env);
}

export function loadSource(
  source: Source,
  found: readonly Problem[],
  plugins: Plugins,
  env: Environment,
): LoadedConfig {
  const problems = [...found];
  const reportAlways = reportTo(source, problems);
  const secrets = new Map<string, string>();
  const muted = new Set<string>();
  const report: typeof reportAlways = (path, message, at) => {
    if (!muted.has(JSON.stringify(path))) reportAlways(path, asWritten(message, secrets), at);
  };
  const mute = (path: Path) => void muted.add(JSON.stringify(path));
  const folder = dirname(resolve(source.file));
  const outside = { env, folder, report, mute, secrets };

  const value = substitute(source.value, [], outside);
  const draft = parseDocument(plugins, { ...outside, value, written: source.value });
  if (draft !== null) {
    for (const check of [checkNames, checkCircles, checkPools, checkServices, checkMonitors, checkMail])
      check(draft, report);
  }
  if (draft === null || problems.length > 0) return { problems: inFileOrder(problems) };
  const config = buildConfig(draft, { folder, hostname: hostname() });

  const warnings: Problem[] = [];
  warnOf(config, draft, reportTo(source, warnings));
  return { config: deepFreeze(config), warnings: inFileOrder(warnings).map(formatProblem), secrets };
}

/** A message that quotes a value from outside gets the text of the file in its place. */
function asWritten(message: string, secrets: ReadonlyMap<string, string>): string {
  return [...secrets].reduce(
    (text, [secret, shown]) => text.replaceAll(showValue(secret), () => `\`${shown}\``),
    message,
  );
}
