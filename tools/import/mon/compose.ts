/** A mon.cf as our document. */

import type { ConfigDocument } from '../../../src/config/write.ts';
import { differencesOf, headOf, markRemark, verbatim } from '../cluster/document.ts';
import { asName } from '../cluster/names.ts';
import { type PoolDraft, poolSections } from '../cluster/pool-sections.ts';
import { type FileRemarks, shown } from '../cluster/remarks.ts';
import { type Checks, createChecks } from './checks.ts';
import { createServers, type HostTable, type Servers } from './hosts.ts';
import { createMails, type Mails } from './mails.ts';
import { fallOf, readPeriod, takePeriod } from './periods.ts';
import { type MonFile, phrasesOf, type Service, type Watch } from './records.ts';
import { createTables, type Tables } from './tables.ts';
import { draftWatches, type WatchedService } from './watches.ts';

interface Work {
  readonly file: MonFile;
  readonly servers: Servers;
  readonly checks: Checks;
  readonly mails: Mails;
  readonly tables: Tables;
  readonly remarks: FileRemarks;
}

/** `name`: that of the file. */
export function composeMon(name: string, file: MonFile, hosts: HostTable, remarks: FileRemarks): ConfigDocument {
  const servers = createServers(file.groups.values(), hosts);
  const tables = createTables(servers, remarks);
  const work: Work = {
    file,
    servers,
    tables,
    checks: createChecks(file, remarks),
    mails: createMails(remarks),
    remarks,
  };
  const groups = findHosts(work);
  const services = file.watches.flatMap((watch) => watched(watch, groups, work));
  const watches = draftWatches(services);
  const pools = tables.pools();
  if (watches.length === 0) remarks.error(null, 'expected a watch with hosts and a monitor, got none');
  if (pools.length > 0) reportTable(pools, remarks);
  work.checks.reportUnused();

  const used = new Set(watches.flatMap((watch) => watch.servers));
  const sections = poolSections(new Map([...servers.list()].filter(([name]) => used.has(name))), pools);
  const alerts = { ...(pools.length === 0 ? {} : { failover: { type: 'ipvs' } }), ...work.mails.alerts() };
  const mail = work.mails.section();
  const place = new Map([...servers.list().keys()].map((name, at) => [name, at]));
  const watchEntries = watches.map((watch) => {
    const names = [...watch.servers].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    const alertNames = watch.alerts.length === 0 ? {} : { alerts: watch.alerts };
    return [watch.name, { servers: names, monitors: watch.monitors, ...alertNames }] as const;
  });
  return {
    head: [...headOf('mon', name, mail !== null), ...file.comments.map((line) => `  ${line}`)],
    sections: verbatim({
      servers: sections.servers,
      monitors: work.checks.monitors(),
      watches: Object.fromEntries(watchEntries),
      ...(pools.length === 0 ? {} : { virtual_services: sections.virtualServices }),
      ...(Object.keys(alerts).length === 0 ? {} : { alerts }),
      ...(mail === null ? {} : { mail }),
    }),
    comments: new Map(
      [
        ...groupComments(file, groups),
        ...watches.map(({ name, comments }) => [`watches.${name}`, comments] as const),
      ].filter(([, lines]) => lines.length > 0),
    ),
  };
}

type Groups = ReadonlyMap<string, readonly { readonly host: string; readonly server: string }[]>;

/** The servers of each host group that is watched. */
function findHosts({ file, servers, remarks }: Work): Groups {
  const groups = new Map<string, { host: string; server: string }[]>();
  const isWatched = new Set(file.watches.map(({ group }) => group));
  for (const { name, hosts, line } of file.groups.values()) {
    if (!isWatched.has(name)) {
      for (const at of new Set([line, ...hosts.map((host) => host.line)])) {
        remarks.skipped(at, `hostgroup \`${name}\` is in no watch`);
      }
      continue;
    }
    const found: { host: string; server: string }[] = [];
    for (const { line: at, text } of hosts) {
      const server = servers.find(text);
      if (server !== null) {
        if (found.some((known) => known.server === server)) remarks.skipped(at, `duplicate host ${shown(text)}`);
        else found.push({ host: text, server });
      } else if (text.startsWith('*')) remarks.skipped(at, `the host ${shown(text)} is disabled`);
      else
        remarks.skipped(
          at,
          `expected an IP address, got ${shown(text)}: names are not resolved, --hosts FILE gives their addresses`,
        );
    }
    groups.set(name, found);
  }
  return groups;
}

function watched(watch: Watch, groups: Groups, work: Work): readonly WatchedService[] {
  const { group } = watch;
  const known = groups.get(group) ?? hostOfItsOwn(watch, work);
  if (watch.services.length === 0) work.remarks.skipped(watch.line, `watch \`${group}\` has no service`);
  return watch.services.flatMap((service, at) => {
    const { settings } = service;
    const excluded = new Set((settings.get('exclude_hosts')?.text ?? '').split(/\s+/).filter((host) => host !== ''));
    const hosts = known.filter(({ host, server }) => !excluded.has(host) && !excluded.has(server));
    for (const host of excluded) {
      if (known.some((one) => one.host === host || one.server === host)) continue;
      work.remarks.skipped(
        settings.get('exclude_hosts')?.line ?? service.line,
        `${shown(host)} is no host of the group`,
      );
    }
    const periods = service.periods.map((period) => ({ period, actions: readPeriod(period) }));
    const hasTable = periods.some(({ actions }) => actions.some(({ action }) => action.kind === 'table'));
    const why = whyNot(service, hosts.length > 0 || hasTable);
    if (why !== null) return leaveOut(service, why, work);
    const monitor = work.checks.take(group, service, fallOf(periods, work.remarks));
    if (monitor === null) return [];
    const acted = periods.map((one) => takePeriod(one.period, one.actions, work));
    const tables = acted.flatMap(({ servers }) => servers);
    const own = hosts.map(({ server }) => server);
    const description = settings.get('description')?.text;
    return {
      group,
      service: service.name,
      isAlone: known.length === 1 && known[0]?.server === asName(group),
      servers: [...new Set([...own, ...tables])],
      monitor,
      alerts: [
        ...new Set([
          ...(tables.length > 0 ? ['failover'] : []),
          ...acted.flatMap(({ mail }) => (mail === null ? [] : mail)),
        ]),
      ],
      comments: [...(at === 0 ? watch.comments : []), ...service.comments, ...(description ? [description] : [])],
    };
  });
}

/** A watch without a host group is of the one host that it names. */
function hostOfItsOwn({ group, line }: Watch, { servers, remarks }: Work): readonly { host: string; server: string }[] {
  const server = servers.find(group);
  if (server === null) remarks.skipped(line, `there is no hostgroup \`${group}\`, and it is no IP address`);
  return server === null ? [] : [{ host: group, server }];
}

function whyNot({ settings }: Service, hasHosts: boolean): string | null {
  if (!settings.has('monitor')) return 'it has no `monitor`';
  if (!settings.has('interval')) return 'it has no `interval`: mon waits for traps, and there are none here';
  return hasHosts ? null : 'no host is left for it';
}

function leaveOut(service: Service, why: string, { remarks }: Work): readonly never[] {
  remarks.skipped(service.line, `service \`${service.name}\` is left out: ${why}`);
  const lines = new Set(phrasesOf(service).map(({ line }) => line));
  for (const line of lines) remarks.skipped(line, `belongs to service \`${service.name}\` of line ${service.line}`);
  return [];
}

function reportTable(pools: readonly PoolDraft[], remarks: FileRemarks): void {
  const own = 'scheduler `wlc` unless a line has `-S`, and no persistence: compare `ipvsadm -S -n` before the start';
  remarks.changed(null, `the settings of virtual services are not in the file: ${own}`);
  const marks = pools.flatMap(({ at }) => (at.kind === 'fwmark' ? [at.mark] : []));
  if (marks.length > 0) remarks.changed(null, markRemark(marks, []));
  for (const text of differencesOf(pools)) remarks.changed(null, text);
}

function groupComments({ groups }: MonFile, found: Groups): readonly (readonly [string, readonly string[]])[] {
  return [...groups.values()].map(({ name, comments }) => [`servers.${found.get(name)?.[0]?.server ?? ''}`, comments]);
}
