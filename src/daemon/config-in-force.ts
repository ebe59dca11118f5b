/** The configuration that the daemon goes by: read at its start, and taken over again by each reload that is right. */
import { resolve } from 'node:path';
import { Refusal, type ReloadResult, type Status } from '../api/control.ts';
import type { Config } from '../config/config.ts';
import { loadWithPlugins } from '../config/load.ts';
import type { PluginLoader } from '../config/plugins/load-plugins.ts';
import { formatProblem } from '../config/problems.ts';
import type { Plugins } from '../config/typed.ts';
import type { Alert, Monitor } from '../plugin/plugin.ts';
import type { Clock, Log } from '../ports.ts';
import { errorText } from '../text.ts';

export interface ConfigInForce {
  /** As it was at the start. */
  readonly first: Config;
  /** The same map for ever, and only added to: a type that is gone from the file is used by nobody. */
  readonly monitors: ReadonlyMap<string, Monitor>;
  alertTypes(): ReadonlyMap<string, Alert>;
  /** When it was read, and why the last reload was refused. */
  state(): Pick<Status['director'], 'configFile' | 'configLoadedMs' | 'configError'>;
  /**
   * Reads the file again and hands it over; one after the other, so that the newest file is the last that is taken.
   * Rejects with a Refusal when it is not valid: then nothing changes.
   */
  reload(steps: ReloadSteps): Promise<ReloadResult>;
}

export interface ReloadSteps {
  readonly begins: () => void;
  /** Its refusal is the reload's. */
  readonly take: (config: Config) => ReloadResult;
  /** Whether it was taken over or not. */
  readonly ends: () => void;
}

export interface ConfigSource {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly builtIn: Plugins;
  readonly loader: PluginLoader;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly log: Log;
}

/** Rejects with one message that has every problem, a line each. */
export async function readConfigInForce(source: ConfigSource): Promise<ConfigInForce> {
  const { file, clock, log } = source;
  const { config: first, plugins } = await read(source);
  const monitors = new Map(plugins.monitors);
  let alertTypes = plugins.alerts;
  let configLoadedMs = clock.wallMs();
  let configError: string | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function reloadOnce({ begins, take, ends }: ReloadSteps): Promise<ReloadResult> {
    begins();
    try {
      const { config, warnings, plugins: next } = await read(source);
      refuseMove(first, config);
      for (const [type, monitor] of next.monitors) monitors.set(type, monitor);
      alertTypes = next.alerts;
      const result = { ...take(config), ...(warnings.length === 0 ? {} : { warnings }) };
      configLoadedMs = clock.wallMs();
      configError = null;
      log.info({ changed: result.changed }, 'configuration reloaded');
      return result;
    } catch (error) {
      configError = errorText(error);
      log.error({}, `the configuration was not reloaded, the old one stays: ${configError}`);
      throw error instanceof Refusal ? error : new Refusal(configError);
    } finally {
      ends();
    }
  }

  return {
    first,
    monitors,
    alertTypes: () => alertTypes,
    state: () => ({ configFile: resolve(file), configLoadedMs, configError }),
    reload(steps) {
      const next = last.then(() => reloadOnce(steps));
      last = next.catch(() => {});
      return next;
    },
  };
}

/** The database and the control socket are open there. */
function refuseMove(first: Config, next: Config): void {
  const { stateDir } = first.director;
  if (next.director.stateDir === stateDir) return;
  throw new Refusal(
    `director.state cannot change while running: expected \`${stateDir}\`, got \`${next.director.stateDir}\``,
  );
}

async function read({ file, env, builtIn, loader, log }: ConfigSource) {
  const loaded = await loadWithPlugins(file, builtIn, env, loader);
  if ('problems' in loaded) {
    const lines = loaded.problems.map(formatProblem);
    throw new Refusal(
      lines.length === 1 ? (lines[0] as string) : `${lines.length} problems in ${file}\n${lines.join('\n')}`,
    );
  }
  for (const warning of loaded.warnings) log.warn({}, warning);
  return loaded;
}
