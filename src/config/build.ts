/** The document, found right, as the program uses it. */
import { resolve } from 'node:path';
import { buildClassify } from './build-classify.ts';
import { withPaths } from './build-paths.ts';
import { buildService } from './build-services.ts';
import type { AlertConfig, BalancerKind, CheckConfig, Config, MailConfig, MonitorConfig } from './config.ts';
import type { Draft } from './draft.ts';
import type { Entry } from './entry.ts';
import type { AlertDraft, MonitorDraft } from './kinds.ts';
import type { AlertEntry, DirectorEntry, MailEntry, MonitorEntry, SteeringEntry, WatchEntry } from './schema.ts';
import { steeringTypes } from './schema.ts';
import { timesOf } from './timing.ts';

export interface Surroundings {
  /** Relative paths start here. */
  readonly folder: string;
  readonly hostname: string;
}

/** Throws when an entry is not whole: every such entry was reported, and then nothing is built. */
export function buildConfig(draft: Draft, { folder, hostname }: Surroundings): Config {
  const monitors = wholes(draft.monitors.entries);
  const alerts = wholes<AlertEntry | SteeringEntry>(draft.alerts.entries);
  const monitorConfigs = mapValues(monitors, (entry, name) =>
    buildMonitor(name, entry, draft.monitors.entries.get(name)),
  );
  const director = whole(draft.director);
  const servers = mapValues(wholes(draft.servers.entries), ({ address, backups, shared }, name) => ({
    name,
    address,
    backups,
    shared,
  }));
  const checks = buildChecks(wholes(draft.watches.entries), monitorConfigs, alerts);
  return {
    director: buildDirector(director, folder, hostname),
    servers,
    ...withPaths(checks, (server) => servers.get(server)?.address ?? '', director.probe_ports),
    services: mapValues(wholes(draft.services.entries), (entry, name) =>
      buildService(name, entry, draft.servers.entries),
    ),
    classify: buildClassify(draft.classify, director.packet_filter),
    alerts: buildAlerts(alerts, draft.alerts.entries),
    mail: draft.mail === null ? null : buildMail(whole(draft.mail), folder),
  };
}

function buildDirector(entry: DirectorEntry, folder: string, hostname: string): Config['director'] {
  const { pulse, retention } = entry;
  return {
    name: entry.name ?? hostname,
    references: entry.reference,
    stateDir: resolve(folder, entry.state),
    pulse: typeof pulse === 'object' ? { everyMs: pulse.every, port: pulse.port } : null,
    reconcileEveryMs: entry.reconcile,
    maxChecks: entry.max_checks,
    maxChecksPerServer: entry.max_checks_per_server,
    retention: { historyMs: retention.history, backups: retention.backups },
  };
}

function buildMonitor(name: string, entry: MonitorEntry, draft: MonitorDraft | undefined): MonitorConfig {
  const options = draft?.options;
  return {
    name,
    type: entry.type,
    timing: {
      ...timesOf(entry, draft?.plugin ?? null, options),
      fall: entry.fall,
      rise: entry.rise,
    },
    onLimit: entry.on_limit,
    tripwire: (entry.tripwire ?? true) && (draft?.plugin?.tripwirePort(options) ?? null) !== null,
    options,
  };
}

/** A server that two watches watch with the same monitor is checked once, for both. */
function buildChecks(
  watches: ReadonlyMap<string, WatchEntry>,
  monitors: ReadonlyMap<string, MonitorConfig>,
  alerts: ReadonlyMap<string, AlertEntry | SteeringEntry>,
): readonly CheckConfig[] {
  const checks = new Map<string, CheckConfig>();
  for (const [watch, entry] of watches) {
    const steers = entry.alerts.flatMap((name) => steeringOf(alerts.get(name)) ?? []);
    const telling = entry.alerts.filter((name) => steeringOf(alerts.get(name)) === null);
    for (const server of entry.servers) {
      for (const monitor of entry.monitors.flatMap((name) => monitors.get(name) ?? [])) {
        const known = checks.get(`${server}/${monitor.name}`);
        checks.set(`${server}/${monitor.name}`, {
          server,
          monitor,
          watches: [...(known?.watches ?? []), watch],
          alerts: [...new Set([...(known?.alerts ?? []), ...telling])],
          steers: [...new Set([...(known?.steers ?? []), ...steers])],
          path: null,
        });
      }
    }
  }
  return [...checks.values()];
}

function buildAlerts(
  alerts: ReadonlyMap<string, AlertEntry | SteeringEntry>,
  drafts: ReadonlyMap<string, AlertDraft>,
): ReadonlyMap<string, AlertConfig> {
  const configs = new Map<string, AlertConfig>();
  for (const [name, entry] of alerts) {
    const draft = drafts.get(name);
    if (!('alertafter' in entry) || draft === undefined || !('options' in draft)) continue;
    const rule = {
      alertafterMs: entry.alertafter,
      alerteveryMs: entry.alertevery === 'none' ? null : entry.alertevery,
      numalerts: entry.numalerts === 'none' ? null : entry.numalerts,
      upalert: entry.upalert,
    };
    configs.set(name, { name, type: entry.type, options: draft.options, rule });
  }
  return configs;
}

function buildMail({ smtp, folder: mailFolder, from, timeout }: MailEntry, folder: string): MailConfig {
  return {
    relays: smtp === undefined ? [] : [smtp].flat(),
    folder: mailFolder === undefined ? null : resolve(folder, mailFolder),
    from,
    timeoutMs: timeout,
  };
}

function steeringOf(alert: AlertEntry | SteeringEntry | undefined): BalancerKind | null {
  return steeringTypes.find((type) => type === alert?.type) ?? null;
}

function wholes<T>(entries: ReadonlyMap<string, Entry<T>>): ReadonlyMap<string, T> {
  return mapValues(entries, whole);
}

function whole<T>(entry: Entry<T>): T {
  if (entry.whole === null) throw new Error(`${entry.path.join('.')} is wrong, and no problem was reported`);
  return entry.whole;
}

function mapValues<A, B>(map: ReadonlyMap<string, A>, change: (value: A, name: string) => B): ReadonlyMap<string, B> {
  return new Map([...map].map(([name, value]) => [name, change(value, name)]));
}
