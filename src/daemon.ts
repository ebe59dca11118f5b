/** The only place where all parts meet: start, reload, stop, and the cleanups in reverse order. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAlerts } from '../alerts/index.ts';
import { renderLetter } from '../alerts/letter.ts';
import { monitors } from '../monitors/index.ts';
import type { Balancer } from './balancer/balancer.ts';
import { fileBook } from './balancer/haproxy/book.ts';
import { createHaproxyBalancer } from './balancer/haproxy/haproxy.ts';
import { haproxyPools } from './balancer/haproxy/seats.ts';
import { createIpvsBalancer } from './balancer/ipvs/ipvs.ts';
import { createMemoryBalancer } from './balancer/memory.ts';
import { choosePacketFilter } from './classify/choose.ts';
import type { Config, TableName } from './config/config.ts';
import type { Plugins } from './config/kinds.ts';
import { loadWithPlugins } from './config/load.ts';
import { createPluginLoader, type PluginLoader } from './config/plugins/load-plugins.ts';
import { formatProblem } from './config/problems.ts';
import { pathServices } from './core/marks.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { probeServer } from './engine/probe.ts';
import { startHousekeeping } from './housekeeping.ts';
import { type ProbeResult, Refusal, type ReloadResult } from './http/api.ts';
import { openControlSocket } from './http/socket.ts';
import type { Log } from './ports.ts';
import { openStore } from './store/open.ts';
import type { Letter, OutboxRow, Store } from './store/store.ts';
import { systemClock } from './system/clock.ts';
import { dial } from './system/dial.ts';
import { systemExec } from './system/exec.ts';
import { importModule } from './system/import-module.ts';
import { type LogLevel, logLevels, openLog } from './system/log.ts';
import { createNotifier, type Notifier } from './system/notify.ts';
import { packageVersion } from './system/version.ts';

export interface DaemonOptions {
  readonly configFile: string;
}

interface Cleanup {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const plugins = { monitors, alerts: createAlerts(null, '') };
const statusEveryMs = 5000;

/** Runs until a signal ends it; resolves to the exit status. */
export async function runDaemon({ configFile }: DaemonOptions): Promise<number> {
  const { log, flush } = openLog({ level: logLevel(process.env), pretty: process.stdout.isTTY });
  const cleanups: Cleanup[] = [];
  const signals = takeSignals();
  try {
    await start(configFile, log, cleanups, signals);
    const signal = await signals.ended;
    log.info({ signal }, 'stops; the tables stay as they are');
    return 0;
  } catch (error) {
    process.stderr.write(`understudy: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  } finally {
    for (const { name, run } of cleanups.reverse()) {
      try {
        await run();
      } catch (error) {
        log.error({ err: error }, `could not clean up: ${name}`);
      }
    }
    flush();
  }
}

async function start(configFile: string, log: Log, cleanups: Cleanup[], signals: Signals): Promise<void> {
  const clock = systemClock;
  const loader = createPluginLoader(importModule, clock);
  const loaded = await readConfig(configFile, log, loader);
  const first = loaded.config;
  const known = new Map(loaded.plugins.monitors);
  let alertTypes = loaded.plugins.alerts;
  const notifier = createNotifier({
    env: process.env,
    pid: process.pid,
    exec: systemExec,
    log,
    monoUsec: () => process.hrtime.bigint() / 1000n,
  });
  cleanups.push({ name: 'notices to systemd', run: () => notifier.flush() });

  const { stateDir } = first.director;
  await mkdir(stateDir, { recursive: true, mode: 0o750 });
  const store = openStore(join(stateDir, 'understudy.db'));
  cleanups.push({ name: 'database', run: () => store.close() });

  let loadedMs = clock.wallMs();
  let configError: string | null = null;
  let engine: Engine | null = null;
  const balancers = openBalancers(() => engine?.config() ?? first, log);
  cleanups.push({ name: 'balancers', run: () => balancers.close() });

  const reloadOnce = async (): Promise<ReloadResult> => {
    notifier.reloading();
    try {
      const { config: next, warnings, plugins: nextPlugins } = await readConfig(configFile, log, loader);
      if (engine === null) throw new Refusal('not started yet');
      if (next.director.stateDir !== stateDir) {
        throw new Refusal(
          `director.state cannot change while running: expected \`${stateDir}\`, got \`${next.director.stateDir}\``,
        );
      }
      // Types only ever come: one that is gone from the file is used by nobody.
      for (const [type, monitor] of nextPlugins.monitors) known.set(type, monitor);
      alertTypes = nextPlugins.alerts;
      const result = { ...engine.take(next), ...(warnings.length === 0 ? {} : { warnings }) };
      loadedMs = clock.wallMs();
      configError = null;
      log.info({ changed: result.changed }, 'configuration reloaded');
      return result;
    } catch (error) {
      configError = error instanceof Error ? error.message : String(error);
      log.error({}, `the configuration was not reloaded, the old one stays: ${configError}`);
      throw error instanceof Refusal ? error : new Refusal(configError);
    } finally {
      notifier.ready(summary(engine));
    }
  };

  let reloading: Promise<unknown> = Promise.resolve();
  /** One after the other, so that the newest file is the last that is taken over. */
  const reload = (): Promise<ReloadResult> => {
    const next = reloading.then(reloadOnce);
    reloading = next.catch(() => {});
    return next;
  };

  engine = startEngine({
    config: first,
    clock,
    random: Math.random,
    log,
    dial,
    store,
    monitors: known,
    alertTypes: (config) => new Map([...alertTypes, ...createAlerts(config.mail, config.director.name)]),
    balancer: (table) => balancers.of(table),
    packetFilter: (wanted) => choosePacketFilter(systemExec, wanted, (text) => log.warn({}, text)),
    render: (row, of) => writeLetter(row, of, store, clock.wallMs()),
    director: () => ({
      version: packageVersion(),
      pid: process.pid,
      configFile,
      configLoadedMs: loadedMs,
      configError,
    }),
    reload,
  });
  const running = engine;
  cleanups.push({ name: 'engine', run: () => running.stop() });
  const housekeeping = startHousekeeping({ config: running.config, store, clock, log });
  cleanups.push({ name: 'housekeeping', run: () => housekeeping.stop() });
  const socket = await openControlSocket({
    path: join(stateDir, 'control.sock'),
    control: running.control,
    clock,
    log,
  });
  cleanups.push({ name: 'control socket', run: () => socket.close() });
  cleanups.push({ name: 'signs of life', run: keepAlive(notifier, running, store) });

  signals.onReload(() => void reload().catch(() => {}));
  notifier.ready(summary(running));
  cleanups.push({ name: 'notice of the end', run: () => notifier.stopping() });
  log.info({ config: configFile, socket: socket.path, checks: first.checks.length }, 'understudy runs');
}

interface Loaded {
  readonly config: Config;
  readonly warnings: readonly string[];
  readonly plugins: Plugins;
}

/** Throws one message with every problem, a line each. */
async function readConfig(file: string, log: Log, loader: PluginLoader): Promise<Loaded> {
  const loaded = await loadWithPlugins(file, plugins, process.env, loader);
  if ('problems' in loaded) {
    const lines = loaded.problems.map(formatProblem);
    throw new Refusal(
      lines.length === 1 ? (lines[0] as string) : `${lines.length} problems in ${file}\n${lines.join('\n')}`,
    );
  }
  for (const warning of loaded.warnings) log.warn({}, warning);
  return loaded;
}

/** Each balancer is opened when a pool first needs it, so that a demo never touches a kernel. */
function openBalancers(config: () => Config, log: Log): { of(table: TableName): Balancer; close(): Promise<void> } {
  const open = new Map<TableName, Balancer>();
  const bookFile = join(config().director.stateDir, 'haproxy-states.json');
  const book = fileBook(bookFile, (text) => log.warn({}, text));
  const make = (table: TableName): Balancer => {
    if (table === 'memory') return createMemoryBalancer();
    if (table !== 'ipvs') {
      const socket = table.slice('haproxy '.length);
      const pools = () => haproxyPools(config(), socket);
      return createHaproxyBalancer({ clock: systemClock, socket, pools, book });
    }
    const services = () => {
      const { services: pools, paths } = config();
      return [...[...pools.values()].map(({ at }) => at), ...pathServices(paths).map(({ spec }) => spec.at)];
    };
    return createIpvsBalancer({ exec: systemExec, clock: systemClock, services });
  };
  return {
    of(table) {
      const balancer = open.get(table) ?? make(table);
      open.set(table, balancer);
      return balancer;
    },
    async close() {
      for (const balancer of open.values()) await balancer.close();
    },
  };
}

function writeLetter(
  row: OutboxRow,
  engine: Pick<Engine, 'config' | 'kept' | 'standIns' | 'troubles'>,
  store: Store,
  nowMs: number,
): Letter {
  const { incidentId } = row;
  const config = engine.config();
  const places = [...config.services.values()].flatMap(({ members }) => members);
  return renderLetter({
    notice: row,
    thread: incidentId === null ? [] : store.noticesOf(incidentId),
    actions: incidentId === null ? [] : store.actionsOf(incidentId),
    kept: engine.kept(),
    troubles: engine.troubles(),
    backups: places.filter(({ server }) => server === row.server).flatMap(({ backups }) => backups),
    standIns: row.kind === 'recovered' || row.server === null ? [] : engine.standIns(row.server),
    names: new Map([...config.servers.values()].map(({ name, address }) => [address, name])),
    director: config.director.name,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    nowMs,
  });
}

/**
 * Feeds systemd's watchdog only when the scheduler ticked and the store answered since the last time. A store that
 * answers with an error has answered: a restart mends no full disk, and what waits for it would be lost.
 */
function keepAlive(notifier: Notifier, engine: Engine, store: Store): () => void {
  const watchdogMs = notifier.watchdogMs === null ? statusEveryMs : notifier.watchdogMs / 2;
  const timer = setInterval(
    () => {
      const ticked = engine.ticked();
      try {
        store.ping();
      } catch {
        // It is in the status.
      }
      if (ticked) notifier.alive();
      notifier.status(summary(engine));
    },
    Math.min(statusEveryMs, watchdogMs),
  );
  return () => clearInterval(timer);
}

function summary(engine: Engine | null): string {
  if (engine === null) return 'starting';
  const { servers, troubles } = engine.control.status();
  const failing = servers.filter((server) => server.status === 'fail').map((server) => server.name);
  const state =
    failing.length === 0
      ? `${servers.length} servers, none failing`
      : `${failing.length} of ${servers.length} servers failing: ${failing.join(', ')}`;
  return troubles.length === 0 ? state : `${state}; ${troubles[0]?.text}`;
}

interface Signals {
  /** The first SIGTERM or SIGINT; the ones after it change nothing, since the end is under way. */
  readonly ended: Promise<string>;
  /** From now on SIGHUP calls back; at once, if one came before. */
  onReload(callback: () => void): void;
}

/** Taken over before anything is started, so that none is met by its default. */
function takeSignals(): Signals {
  let reload: (() => void) | null = null;
  let asked = false;
  process.on('SIGHUP', () => {
    if (reload === null) asked = true;
    else reload();
  });
  const ended = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  return {
    ended,
    onReload(callback) {
      reload = callback;
      if (asked) callback();
    },
  };
}

function logLevel(env: NodeJS.ProcessEnv): LogLevel {
  return logLevels.find((level) => level === env['UNDERSTUDY_LOG']) ?? 'info';
}

/** For `understudy probe` where no daemon runs. */
export async function probeLocally(
  config: Config,
  server: string,
  monitor: string | null,
  { monitors } = plugins as Plugins,
): Promise<readonly ProbeResult[]> {
  const silent = () => {};
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
  return probeServer(config, monitors, server, monitor, { clock: systemClock, log });
}
