/** The only place where all parts meet: start, reload, stop, and the cleanups in reverse order. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { renderEmail } from '../../alerts/email.ts';
import { createAlerts } from '../../alerts/index.ts';
import { monitors } from '../../monitors/index.ts';
import { type ProbeResult, Refusal, type ReloadResult } from '../api/control.ts';
import { openBalancers } from '../balancer/open.ts';
import { choosePacketFilter } from '../classify/choose.ts';
import type { Config } from '../config/config.ts';
import { createPluginLoader } from '../config/plugins/load-plugins.ts';
import type { Plugins } from '../config/typed.ts';
import { type Engine, startEngine } from '../engine/engine.ts';
import { probeServer } from '../engine/orders/probe.ts';
import { openControlSocket } from '../http/socket.ts';
import type { Log } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { portsOf } from '../store/store.ts';
import { systemClock } from '../system/clock.ts';
import { dial } from '../system/dial.ts';
import { systemExec } from '../system/exec.ts';
import { importModule } from '../system/import-module.ts';
import { type LogLevel, logLevels, openLog } from '../system/log.ts';
import { createNotifier } from '../system/notify.ts';
import { type Signals, takeSignals } from '../system/signals.ts';
import { packageVersion } from '../system/version.ts';
import { errorText } from '../text.ts';
import { readConfigInForce } from './config-in-force.ts';
import { startHousekeeping } from './housekeeping.ts';
import { keepAlive, summary } from './signs-of-life.ts';

export interface DaemonOptions {
  readonly configFile: string;
}

interface Cleanup {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const plugins = { monitors, alerts: createAlerts(null, '') };

/** Runs until a signal ends it; resolves to the exit status. */
export async function runDaemon({ configFile }: DaemonOptions): Promise<number> {
  const { log, flush } = openLog({ level: logLevel(process.env), pretty: process.stdout.isTTY });
  const cleanups: Cleanup[] = [];
  const signals = takeSignals();
  try {
    await start(configFile, log, cleanups, signals);
    const signal = await signals.ended;
    log.info({ signal }, 'stopping, balancer tables left unchanged');
    return 0;
  } catch (error) {
    process.stderr.write(`understudy: ${errorText(error)}\n`);
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
  const warn = (text: string): void => log.warn({}, text);
  const loader = createPluginLoader(importModule, clock);
  const inForce = await readConfigInForce({ file: configFile, env: process.env, builtIn: plugins, loader, clock, log });
  const { stateDir } = inForce.first.director;
  const notifier = createNotifier({
    env: process.env,
    pid: process.pid,
    exec: systemExec,
    log,
    monoUsec: () => process.hrtime.bigint() / 1000n,
  });
  cleanups.push({ name: 'notices to systemd', run: () => notifier.flush() });

  await mkdir(stateDir, { recursive: true, mode: 0o750 });
  const store = openStore(join(stateDir, 'understudy.db'));
  cleanups.push({ name: 'database', run: () => store.close() });
  const ports = portsOf(store);

  let engine: Engine | null = null;
  const balancers = openBalancers({ config: () => engine?.config() ?? inForce.first, exec: systemExec, clock, warn });
  cleanups.push({ name: 'balancers', run: () => balancers.close() });

  const reload = (): Promise<ReloadResult> =>
    inForce.reload({
      begins: () => notifier.reloading(),
      take(config) {
        if (engine === null) throw new Refusal('not started yet');
        return engine.take(config);
      },
      ends: () => notifier.ready(engine === null ? 'starting' : summary(engine)),
    });

  const running = startEngine({
    config: inForce.first,
    clock,
    random: Math.random,
    log,
    dial,
    store: ports,
    monitors: inForce.monitors,
    alertTypes: (config) => new Map([...inForce.alertTypes(), ...createAlerts(config.mail, config.director.name)]),
    balancer: (table) => balancers.of(table),
    packetFilter: (wanted) => choosePacketFilter(systemExec, wanted, warn),
    render: renderEmail,
    director: () => ({ version: packageVersion(), pid: process.pid, ...inForce.state() }),
    reload,
  });
  engine = running;
  cleanups.push({ name: 'engine', run: () => running.stop() });
  const housekeeping = startHousekeeping({ config: running.config, history: ports.history, clock, log });
  cleanups.push({ name: 'housekeeping', run: () => housekeeping.stop() });
  const path = join(stateDir, 'control.sock');
  const socket = await openControlSocket({ path, control: running.control, clock, log });
  cleanups.push({ name: 'control socket', run: () => socket.close() });
  cleanups.push({ name: 'signs of life', run: keepAlive({ notifier, engine: running, store: ports.writer, clock }) });

  signals.onReload(() => void reload().catch(() => {}));
  notifier.ready(summary(running));
  cleanups.push({ name: 'notice of the end', run: () => notifier.stopping() });
  log.info({ config: configFile, socket: socket.path, checks: inForce.first.checks.length }, 'started');
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
