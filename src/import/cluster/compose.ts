/** A cluster as our document: servers, monitors, watches, virtual services, alerts. */
import { formatDurationMs } from '../../config/fields.ts';
import { hostPort } from '../../core/table.ts';
import type { ConfigDocument } from '../import.ts';
import type { CheckWish, Cluster, MailWish, PoolAddress } from './cluster.ts';
import { asName, createNames } from './names.ts';
import { clamp } from './numbers.ts';
import type { Remarks } from './remarks.ts';
import { type Seat, type SeatedPool, type Server, seat } from './seats.ts';

type Values = Record<string, unknown>;

const longestPersistenceS = 31 * 86_400;
const failover = 'failover';
const oncall = 'oncall';

export function compose(cluster: Cluster, remarks: Remarks): ConfigDocument {
  const { servers, pools } = seat(cluster, remarks);
  const comments = new Map<string, readonly string[]>();
  const comment = (path: string, lines: readonly string[]) => {
    if (lines.length > 0) comments.set(path, lines);
  };
  const steered = pools.some(({ pool }) => pool.at !== null);
  const { monitors, nameOf } = monitorsOf(servers);

  const serverEntries: Values = {};
  for (const server of servers) {
    serverEntries[server.name] = serverEntry(server, pools);
    comment(`servers.${server.name}`, server.comments);
  }
  const services: Values = {};
  const names = createNames();
  for (const one of pools) {
    if (one.pool.at === null) continue;
    const name = names.take(asName(one.pool.name) || 'service');
    services[name] = serviceEntry(one, one.pool.at, remarks);
    comment(`virtual_services.${name}`, one.pool.comments);
  }
  sayShared(servers, remarks);

  const sections: Values = {
    ...(cluster.director === null ? {} : { director: { name: cluster.director } }),
    servers: serverEntries,
    monitors,
    watches: watchesOf(servers, nameOf, cluster.mail !== null),
  };
  if (steered) sections['virtual_services'] = services;
  const alerts = alertsOf(steered, cluster.mail);
  if (Object.keys(alerts).length > 0) sections['alerts'] = alerts;
  if (cluster.mail !== null) sections['mail'] = mailSection(cluster.mail);
  return { head: cluster.head, sections: withoutVariables(sections) as Values, comments };
}

/** Equal checks become one monitor. */
function monitorsOf(servers: readonly Server[]): { monitors: Values; nameOf: (check: CheckWish) => string } {
  const monitors: Values = {};
  const byEntry = new Map<string, string>();
  const names = createNames();
  for (const check of servers.flatMap((server) => server.checks)) {
    const key = JSON.stringify(check.entry);
    if (byEntry.has(key)) continue;
    const name = names.take(check.name);
    byEntry.set(key, name);
    monitors[name] = check.entry;
  }
  return { monitors, nameOf: (check) => byEntry.get(JSON.stringify(check.entry)) ?? check.name };
}

/** Servers with the same monitors are one watch. */
function watchesOf(servers: readonly Server[], nameOf: (check: CheckWish) => string, hasMail: boolean): Values {
  const groups = new Map<string, { servers: Server[]; monitors: readonly string[]; alerts: readonly string[] }>();
  for (const server of servers) {
    const monitors = [...new Set(server.checks.map(nameOf))];
    if (monitors.length === 0) continue;
    const steers = [...server.pools].some(({ pool }) => pool.at !== null);
    const alerts = [...(steers ? [failover] : []), ...(hasMail ? [oncall] : [])];
    const key = JSON.stringify([[...monitors].sort(), alerts]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { servers: [server], monitors, alerts });
    else group.servers.push(server);
  }
  const watches: Values = {};
  const names = createNames();
  for (const group of groups.values()) {
    const [first, ...others] = new Set(
      group.servers.flatMap((server) => [...server.pools].map(({ pool }) => pool.name)),
    );
    const name = names.take((others.length === 0 && asName(first ?? '')) || 'servers');
    const watch: Values = { servers: group.servers.map((server) => server.name), monitors: group.monitors };
    if (group.alerts.length > 0) watch['alerts'] = group.alerts;
    watches[name] = watch;
  }
  return watches;
}

function serverEntry(server: Server, pools: readonly SeatedPool[]): Values {
  const entry: Values = { address: server.address };
  const backups = backupsEverywhere(server);
  if (backups.length > 0) entry['backups'] = backups;
  const standsIn = pools.filter(({ standIns }) => standIns.includes(server));
  const places = standsIn.reduce((count, { members }) => count + members.length, 0);
  if (places > 1 || (places > 0 && isMember(server))) entry['shared'] = true;
  return entry;
}

/** The server's own, where each of its pools has the same. */
function backupsEverywhere(server: Server): readonly string[] {
  const lists = [...server.pools]
    .filter(({ members }) => members.some((seat) => seat.server === server))
    .map(({ standIns }) => standIns.map(({ name }) => name));
  const [first = []] = lists;
  const same = lists.every((list) => list.join() === first.join());
  return same ? first : [];
}

function serviceEntry({ pool, members, standIns }: SeatedPool, at: PoolAddress, remarks: Remarks): Values {
  const entry: Values = {};
  if (at.kind === 'fwmark') {
    entry['fwmark'] = at.mark;
    // The servers of another family were left out.
    if (at.family === 6) entry['family'] = 6;
  } else entry[at.kind] = hostPort(at.address, at.port);
  if (pool.scheduler !== null) entry['scheduler'] = pool.scheduler;
  if (pool.persistenceS !== null) {
    const seconds = clamp(pool.persistenceS, 1, longestPersistenceS);
    if (seconds !== pool.persistenceS)
      remarks.changed(pool.place, `persistence of ${pool.persistenceS} s is ${seconds} s here`);
    entry['persistence'] = formatDurationMs(seconds * 1000);
    if (pool.persistencePrefix !== null) entry['persistence_prefix'] = pool.persistencePrefix;
  }
  entry['forward'] = pool.forward;
  const wanted = standIns.map(({ name }) => name);
  const entries = members.map((seat) => [seat.server.name, memberEntry(seat, wanted)] as const);
  const plain = entries.every(([, member]) => Object.keys(member).length === 0);
  entry['servers'] = plain ? entries.map(([name]) => name) : Object.fromEntries(entries);
  return entry;
}

function memberEntry({ server, member, port }: Seat, backups: readonly string[]): Values {
  const entry: Values = {};
  if (member.weight !== 1) entry['weight'] = member.weight;
  if (port !== null) entry['port'] = port;
  if (backupsEverywhere(server).join() !== backups.join()) entry['backups'] = backups;
  return entry;
}

/** Elsewhere a check belongs to one place in one pool; here to a server, wherever that is. */
function sayShared(servers: readonly Server[], remarks: Remarks): void {
  for (const server of servers) {
    const steered = [...server.pools].filter(({ pool }) => pool.at !== null);
    if (steered.length < 2 || server.checks.length < 2) continue;
    const all = `its ${server.checks.length} checks`;
    const text = `\`${server.name}\` is in ${steered.length} pools; each of ${all} that fails takes it out of all of them`;
    remarks.changed(server.place, text);
  }
}

function alertsOf(steered: boolean, mail: MailWish | null): Values {
  const alerts: Values = {};
  if (steered) alerts[failover] = { type: 'ipvs' };
  if (mail !== null) {
    alerts[oncall] = {
      type: 'mail',
      to: mail.to,
      ...(mail.alertevery === null ? {} : { alertevery: mail.alertevery }),
    };
  }
  return alerts;
}

function mailSection({ smtp, from, timeoutMs }: MailWish): Values {
  return {
    smtp,
    from,
    ...(timeoutMs === null ? {} : { timeout: formatDurationMs(clamp(timeoutMs, 1000, 3_600_000)) }),
  };
}

function isMember(server: Server): boolean {
  return [...server.pools].some(({ members }) => members.some((seat) => seat.server === server));
}

/** A `${` of the other file is only text to us. */
function withoutVariables(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', '$${');
  if (Array.isArray(value)) return value.map(withoutVariables);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutVariables(item)]));
}
