/** The document as a whole: its sections are parsed, checked against each other, and built into the configuration. */
import type { Config } from './config.ts';
import {
  type Entry,
  isMap,
  type Loading,
  mapValues,
  parseEntry,
  parseSection,
  type Section,
  validOf,
} from './entry.ts';
import type { Path, Report, ReportLine } from './problems.ts';
import { type Alerts, buildAlerts, parseAlert } from './sections/alerts.ts';
import { checkClassify } from './sections/classify/checks.ts';
import { buildClassify, type Group, parseClassify } from './sections/classify/groups.ts';
import { warnOfMarks } from './sections/classify/marks.ts';
import { buildDirector, type DirectorEntry, parseDirector, warnOfDirector } from './sections/director.ts';
import { buildMail, checkMail, type Mail, parseMail } from './sections/mail.ts';
import { buildMonitor, checkMonitors, type Monitors, parseMonitor } from './sections/monitors/monitors.ts';
import { checkServers, type Servers, serverSchema } from './sections/servers.ts';
import { warnOfBalance } from './sections/services/balance.ts';
import { checkPools, warnOfServers } from './sections/services/pools.ts';
import { type Services, serviceSchema } from './sections/services/schema.ts';
import { buildService, checkServices } from './sections/services/services.ts';
import { checkPaths, warnOfPaths, withPaths } from './sections/vip-paths.ts';
import { buildChecks, checkWatches, type Watches, warnOfUnused, watchSchema } from './sections/watches.ts';
import { showValue } from './show.ts';
import { didYouMean } from './suggest.ts';
import type { Plugins } from './typed.ts';

/** The document after parsing: each entry valid, or reported and incomplete. */
export interface Draft {
  readonly director: Entry<DirectorEntry>;
  readonly servers: Servers;
  readonly monitors: Monitors;
  readonly watches: Watches;
  readonly services: Services;
  readonly classify: readonly Group[];
  readonly alerts: Alerts;
  /** null: there is no such section. */
  readonly mail: Mail | null;
}

const requiredSections = ['servers', 'monitors', 'watches'];
const sections = ['director', 'plugins', ...requiredSections, 'virtual_services', 'classify', 'alerts', 'mail'];

/** null: there is nothing to check, which has been reported. */
export function parseDocument(plugins: Plugins, loading: Loading): Draft | null {
  const { value, report } = loading;
  const expected = `expected a map with ${requiredSections.map((name) => `\`${name}\``).join(', ')}`;
  if (!isMap(value)) {
    report([], value === null ? `the file is empty, ${expected}` : `${expected}, got ${showValue(loading.written)}`);
    return null;
  }
  for (const key of Object.keys(value).filter((name) => !sections.includes(name))) {
    report([key], `unknown key ${showValue(key)}${didYouMean(key, sections)}`, 'key');
  }
  const section = <E>(name: string, parse: (path: Path) => E): Section<E> =>
    parseSection(name, requiredSections.includes(name), parse, loading);
  return {
    director: parseDirector(loading),
    servers: section('servers', (path) => parseEntry(serverSchema, path, loading)),
    monitors: section('monitors', (path) => parseMonitor(path, plugins, loading)),
    watches: section('watches', (path) => parseEntry(watchSchema, path, loading)),
    services: section('virtual_services', (path) => parseEntry(serviceSchema, path, loading)),
    classify: parseClassify(loading),
    alerts: section('alerts', (path) => parseAlert(path, plugins, loading)),
    mail: parseMail(loading),
  };
}

export function checkDocument(draft: Draft, report: Report, reportLine: ReportLine): void {
  checkServers(draft.servers, report);
  checkWatches(draft, report);
  checkPools(draft, report);
  checkServices(draft.services, draft.servers, report);
  checkMonitors(draft.monitors, report);
  checkPaths(draft, report);
  checkClassify(draft.classify, report, reportLine);
  checkMail(draft.mail, draft.alerts, report);
}

/** Throws when an entry is invalid. `folder`: where relative paths start. */
export function buildConfig(draft: Draft, folder: string, hostname: string): Config {
  const director = validOf(draft.director);
  const servers = mapValues(draft.servers.entries, (entry, name) => ({ name, ...validOf(entry) }));
  const monitors = mapValues(draft.monitors.entries, (entry, name) => buildMonitor(name, entry));
  const checks = buildChecks(draft.watches, monitors, draft.alerts);
  return {
    director: buildDirector(director, folder, hostname),
    servers,
    ...withPaths(checks, (server) => servers.get(server)?.address ?? '', director.probe_ports),
    services: mapValues(draft.services.entries, (entry, name) => buildService(name, validOf(entry), draft.servers)),
    classify: buildClassify(draft.classify, director.packet_filter),
    alerts: buildAlerts(draft.alerts),
    mail: draft.mail === null ? null : buildMail(validOf(draft.mail), folder),
  };
}

/** What is allowed but probably not meant. */
export function warnOf(config: Config, draft: Draft, warn: Report, warnLine: ReportLine): void {
  warnOfDirector(config.director, warn);
  warnOfServers(config, warn);
  warnOfUnused(draft, warn);
  warnOfMarks(draft.classify, [...config.services.values()], warn, warnLine);
  warnOfPaths(config, warn);
  warnOfBalance(config.services.values(), config.checks, draft.monitors, warn);
}
