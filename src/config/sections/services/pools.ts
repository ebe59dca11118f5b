/** Who may be in which pool, and servers that a pool cannot watch. */
import { entryKey } from '../../../core/table.ts';
import { familyOf } from '../../addresses.ts';
import type { Entry } from '../../entry.ts';
import type { Path, Report } from '../../problems.ts';
import type { ServerConfig, Servers } from '../servers.ts';
import type { CheckConfig } from '../watches.ts';
import type { Member, ServiceEntry, Services } from './schema.ts';
import type { VirtualServiceConfig } from './services.ts';

interface Place {
  readonly server: string;
  /** Where the configuration puts it into this pool. */
  readonly path: Path;
  readonly port: number;
  /** The member it backs up; null: a member itself. */
  readonly standsInFor: string | null;
}

interface Drafts {
  readonly servers: Servers;
  readonly services: Services;
}

export function checkPools({ services, servers }: Drafts, report: Report): void {
  const pools = [...services.entries].map(([name, { fields }]) => {
    return [name, new Set((fields.servers ?? []).map(({ server }) => server))] as const;
  });
  for (const [pool, service] of services.entries) {
    const places = placesIn(service, servers);
    checkStandIns(pool, places, pools, servers, report);
    checkAddresses(pool, places, servers, report);
    checkFamilies(pool, service, places, servers, report);
  }
}

function placesIn({ path, fields }: Entry<ServiceEntry>, servers: Servers): readonly Place[] {
  const members = fields.servers ?? [];
  const portOf = (member: Member) => member.port ?? fields.tcp?.port ?? fields.udp?.port ?? 0;
  const asMembers = members.map((member) => {
    return { server: member.server, path: [...path, 'servers', member.key], port: portOf(member), standsInFor: null };
  });
  const asBackups = members.flatMap((member) => {
    const from = member.backups === undefined ? ['servers', member.server] : [...path, 'servers', member.key];
    const backups = member.backups ?? servers.entries.get(member.server)?.fields.backups ?? [];
    return backups.map((server, index) => {
      return { server, path: [...from, 'backups', index], port: portOf(member), standsInFor: member.server };
    });
  });
  return [...asMembers, ...asBackups];
}

function checkStandIns(
  pool: string,
  places: readonly Place[],
  pools: readonly (readonly [name: string, members: ReadonlySet<string>])[],
  servers: Servers,
  report: Report,
): void {
  for (const { server, path, standsInFor } of places) {
    if (standsInFor === null || standsInFor === server) continue;
    const memberOf = pools.filter(([, members]) => members.has(server)).map(([name]) => name);
    const found = `\`${server}\` backs up \`${standsInFor}\` in pool \`${pool}\``;
    if (memberOf.includes(pool)) {
      report(path, `${found} and is a member there itself, expected a server outside the pool`);
    } else if (memberOf[0] !== undefined && servers.entries.get(server)?.fields.shared === false) {
      const elsewhere = `and is a member of pool \`${memberOf[0]}\``;
      report(path, `${found} ${elsewhere}, expected \`shared: true\` on it, or another backup`);
    }
  }
}

function checkAddresses(pool: string, places: readonly Place[], servers: Servers, report: Report): void {
  const taken = new Map<string, string>();
  for (const { server, port } of places) {
    const address = servers.entries.get(server)?.fields.address;
    if (address === undefined) continue;
    const other = taken.get(entryKey({ address, port }));
    if (other === undefined) taken.set(entryKey({ address, port }), server);
    if (other === undefined || other === server) continue;
    const both = `\`${other}\` and \`${server}\` in pool \`${pool}\``;
    report(['servers', server, 'address'], `duplicate address \`${address}\` of ${both}, expected an address for each`);
  }
}

/** Only a tunnel can lead from one address family to the other. */
function checkFamilies(
  pool: string,
  { fields }: Entry<ServiceEntry>,
  places: readonly Place[],
  servers: Servers,
  report: Report,
): void {
  // HAProxy makes connections of its own.
  if (fields.balancer === 'haproxy') return;
  const addressOf = (server: string) => servers.entries.get(server)?.fields.address;
  const virtual = fields.tcp?.address ?? fields.udp?.address;
  if (virtual !== undefined && fields.forward === 'tun') return;
  const first = virtual ?? places.map(({ server }) => addressOf(server)).find((address) => address !== undefined);
  let family = first && familyOf(first);
  let why = 'as the others have';
  if (virtual !== undefined) why = `as \`${virtual}\` is`;
  else if (fields.family !== undefined) {
    family = fields.family;
    why = `as \`family: ${family}\` says`;
  }
  for (const { server } of places) {
    const address = addressOf(server);
    if (address === undefined || family === undefined || familyOf(address) === family) continue;
    const expected = `expected ${family === 4 ? 'an IPv4' : 'an IPv6'} address in pool \`${pool}\``;
    report(['servers', server, 'address'], `${expected}, ${why}, got \`${address}\``);
  }
}

interface Configs {
  readonly servers: ReadonlyMap<string, ServerConfig>;
  readonly checks: readonly CheckConfig[];
  readonly services: ReadonlyMap<string, VirtualServiceConfig>;
}

export function warnOfServers({ servers, checks, services }: Configs, warn: Report): void {
  const pooled = new Set<string>();
  // A pool obeys a check only through an alert of its balancer's type.
  for (const { name, balancer, members } of services.values()) {
    for (const server of new Set(members.flatMap((member) => [member.server, ...member.backups]))) {
      pooled.add(server);
      if (checks.some((check) => check.server === server && check.steers.includes(balancer))) continue;
      const none = `no watch of it has an alert of type \`${balancer}\``;
      warn(['servers', server], `pool \`${name}\` cannot see \`${server}\` fail: ${none}`, 'key');
    }
  }
  const members = [...services.values()].flatMap((service) => service.members);
  for (const { name, backups } of servers.values()) {
    if (!pooled.has(name) && !checks.some(({ server }) => server === name)) {
      warn(['servers', name], `no watch checks server \`${name}\``, 'key');
    }
    if (backups.length === 0 || members.some(({ server }) => server === name)) continue;
    warn(['servers', name, 'backups'], `the backups of \`${name}\` are never used, it is in no pool`, 'key');
  }
}
