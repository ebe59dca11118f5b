/** What is allowed and yet is hardly meant. */
import type { Config } from './config.ts';
import type { Draft } from './draft.ts';
import type { Report } from './problems.ts';

export function warnOf(config: Config, draft: Draft, warn: Report): void {
  if (config.director.references.length === 0) {
    warn(['director'], 'no `reference`: problem of our own network cannot be told from problem of the servers', 'key');
  }
  warnOfUnsteered(config, warn);
  warnOfUnwatched(config, warn);
  warnOfUnused(config, draft, warn);
}

/** A pool obeys a check only through an alert of its balancer's type. */
function warnOfUnsteered({ checks, services }: Config, warn: Report): void {
  for (const { name, balancer, members } of services.values()) {
    for (const server of new Set(members.flatMap((member) => [member.server, ...member.backups]))) {
      if (checks.some((check) => check.server === server && check.steers.includes(balancer))) continue;
      const none = `no watch of it has an alert of type \`${balancer}\``;
      warn(['servers', server], `pool \`${name}\` cannot see \`${server}\` fail: ${none}`, 'key');
    }
  }
}

function warnOfUnwatched({ servers, checks, services }: Config, warn: Report): void {
  const pooled = new Set(
    [...services.values()].flatMap(({ members }) => members.flatMap((member) => [member.server, ...member.backups])),
  );
  for (const name of servers.keys()) {
    if (pooled.has(name) || checks.some(({ server }) => server === name)) continue;
    warn(['servers', name], `nobody watches server \`${name}\``, 'key');
  }
}

function warnOfUnused({ servers, services }: Config, draft: Draft, warn: Report): void {
  const watches = [...draft.watches.entries.values()];
  for (const name of draft.monitors.entries.keys()) {
    if (watches.some(({ whole }) => whole?.monitors.includes(name))) continue;
    warn(['monitors', name], `no watch uses monitor \`${name}\``, 'key');
  }
  for (const name of draft.alerts.entries.keys()) {
    if (watches.some(({ whole }) => whole?.alerts.includes(name))) continue;
    warn(['alerts', name], `no watch uses alert \`${name}\``, 'key');
  }
  const members = [...services.values()].flatMap((service) => service.members);
  for (const { name, backups } of servers.values()) {
    if (backups.length === 0 || members.some(({ server }) => server === name)) continue;
    warn(['servers', name, 'backups'], `the backups of \`${name}\` are never used, it is in no pool`, 'key');
  }
}
