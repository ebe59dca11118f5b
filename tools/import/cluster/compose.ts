/** A cluster as our document: servers, monitors, watches, virtual services, alerts. */

import type { ConfigDocument } from '../../../src/config/write.ts';
import { formatDurationMs } from '../../../src/plugin/fields.ts';
import { type CheckDraft, type Cluster, isAddress, isSteered, type MailSettings, type Place } from './cluster.ts';
import { differencesOf, verbatim } from './document.ts';
import { asName, createNames } from './names.ts';
import { clamp } from './numbers.ts';
import { type PoolDraft, poolSections } from './pool-sections.ts';
import type { Remarks } from './remarks.ts';
import { type SeatedPool, type Server, seat } from './seats.ts';

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
  const steered = pools.some(({ pool }) => isSteered(pool.at));
  const { monitors, nameOf } = monitorsOf(servers);

  for (const server of servers) comment(`servers.${server.name}`, server.comments);
  const drafts = draftsOf(pools, remarks);
  for (const { name, comments: lines } of drafts) comment(`virtual_services.${name}`, lines);
  const made = poolSections(new Map(servers.map(({ name, address }) => [name, address])), drafts);
  reportShared(servers, remarks);
  const [first] = pools;
  const at = { file: first?.pool.place.file ?? '', line: null };
  for (const text of differencesOf(drafts.filter((draft) => isSteered(draft.at)))) remarks.changed(at, text);

  const sections: Values = {
    ...(cluster.director === null ? {} : { director: { name: cluster.director } }),
    servers: made.servers,
    monitors,
    watches: watchesOf(servers, nameOf, cluster.mail !== null),
  };
  if (steered) sections['virtual_services'] = made.virtualServices;
  const balancer = pools.some(({ pool }) => !isAddress(pool.at)) ? 'haproxy' : 'ipvs';
  const alerts = alertsOf(steered ? balancer : null, cluster.mail);
  if (Object.keys(alerts).length > 0) sections['alerts'] = alerts;
  if (cluster.mail !== null) sections['mail'] = mailSection(cluster.mail);
  return { head: cluster.head, sections: verbatim(sections), comments };
}

/** Equal checks become one monitor. */
function monitorsOf(servers: readonly Server[]): { monitors: Values; nameOf: (check: CheckDraft) => string } {
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
function watchesOf(servers: readonly Server[], nameOf: (check: CheckDraft) => string, hasMail: boolean): Values {
  const groups = new Map<string, { servers: Server[]; monitors: readonly string[]; alerts: readonly string[] }>();
  for (const server of servers) {
    const monitors = [...new Set(server.checks.map(nameOf))];
    if (monitors.length === 0) continue;
    const steers = [...server.pools].some(({ pool }) => isSteered(pool.at));
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

type CommentedDraft = PoolDraft & { readonly comments: readonly string[] };

function draftsOf(pools: readonly SeatedPool[], remarks: Remarks): readonly CommentedDraft[] {
  const names = createNames();
  return pools.map(({ pool, members, standIns, ports, lines }) => ({
    name: isSteered(pool.at) ? names.take(asName(pool.name) || 'service') : pool.name,
    at: pool.at,
    scheduler: pool.scheduler,
    persistenceS: pool.persistenceS === null ? null : persistenceOf(pool.persistenceS, pool.place, remarks),
    persistencePrefix: pool.persistencePrefix,
    forward: pool.forward,
    members: members.map(({ server, member: { weight }, port }) => {
      // A line of HAProxy has its port; it distinguishes two on one host.
      const isTwin = members.filter((other) => other.server.address === server.address).length > 1;
      const fits = ({ name }: Server) => isAddress(pool.at) || ports.get(name) === port;
      const backups = standIns.filter(fits).map(({ name }) => name);
      return { server: server.name, weight, port: isAddress(pool.at) || isTwin ? port : null, backups };
    }),
    lines,
    failsBack: true,
    comments: isSteered(pool.at) ? pool.comments : [],
  }));
}

function persistenceOf(stated: number, place: Place, remarks: Remarks): number {
  const seconds = clamp(stated, 1, longestPersistenceS);
  if (seconds !== stated) remarks.changed(place, `persistence of ${stated} s is ${seconds} s here`);
  return seconds;
}

/** Elsewhere a check belongs to one place in one pool; here to a server, wherever that is. */
function reportShared(servers: readonly Server[], remarks: Remarks): void {
  for (const server of servers) {
    const steered = [...server.pools].filter(({ pool }) => isSteered(pool.at));
    if (steered.length < 2 || server.checks.length < 2) continue;
    const all = `its ${server.checks.length} checks`;
    const text = `\`${server.name}\` is in ${steered.length} pools; each of ${all} that fails takes it out of all of them`;
    remarks.changed(server.place, text);
  }
}

function alertsOf(balancer: 'ipvs' | 'haproxy' | null, mail: MailSettings | null): Values {
  const alerts: Values = {};
  if (balancer !== null) alerts[failover] = { type: balancer };
  if (mail !== null) {
    alerts[oncall] = {
      type: 'mail',
      to: mail.to,
      ...(mail.alertevery === null ? {} : { alertevery: mail.alertevery }),
    };
  }
  return alerts;
}

function mailSection({ smtp, from, timeoutMs }: MailSettings): Values {
  return {
    smtp,
    from,
    ...(timeoutMs === null ? {} : { timeout: formatDurationMs(clamp(timeoutMs, 1000, 3_600_000)) }),
  };
}
