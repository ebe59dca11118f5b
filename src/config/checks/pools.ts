/** Who stands in which pool: backups, addresses, families. */

import { entryKey } from '../../core/table.ts';
import { familyOf } from '../addresses.ts';
import type { Draft } from '../draft.ts';
import type { Entry } from '../entry.ts';
import type { Path, Report } from '../problems.ts';
import { type Member, membersOf, type ServiceEntry } from '../service-schema.ts';

interface Stand {
  readonly server: string;
  /** Where the configuration puts it into this pool. */
  readonly path: Path;
  readonly port: number;
  /** The member it backs up; null: a member itself. */
  readonly standsInFor: string | null;
}

export function checkPools(draft: Draft, report: Report): void {
  for (const [pool, service] of draft.services.entries) {
    const stands = standsIn(service, draft);
    checkBackups(pool, stands, draft, report);
    checkAddresses(pool, stands, draft, report);
    checkFamilies(pool, service, stands, draft, report);
  }
}

function standsIn({ path, fields }: Entry<ServiceEntry>, draft: Draft): readonly Stand[] {
  const members = membersOf(fields.servers);
  const portOf = (member: Member) => member.port ?? fields.tcp?.port ?? fields.udp?.port ?? 0;
  const asMembers = members.map((member) => {
    return { server: member.server, path: [...path, 'servers', member.key], port: portOf(member), standsInFor: null };
  });
  const asBackups = members.flatMap((member) => {
    const own = member.backups !== undefined;
    const from = own ? [...path, 'servers', member.key] : ['servers', member.server];
    const backups = member.backups ?? draft.servers.entries.get(member.server)?.fields.backups ?? [];
    return backups.map((server, index) => {
      return { server, path: [...from, 'backups', index], port: portOf(member), standsInFor: member.server };
    });
  });
  return [...asMembers, ...asBackups];
}

function checkBackups(pool: string, stands: readonly Stand[], draft: Draft, report: Report): void {
  for (const { server, path, standsInFor } of stands) {
    if (standsInFor === null || standsInFor === server) continue;
    const pools = [...draft.services.entries].filter(([, { fields }]) =>
      membersOf(fields.servers).some((member) => member.server === server),
    );
    const says = `\`${server}\` backs up \`${standsInFor}\` in pool \`${pool}\``;
    if (pools.some(([name]) => name === pool)) {
      report(path, `${says} and is a member there itself, expected a server outside the pool`);
    } else if (pools[0] !== undefined && draft.servers.entries.get(server)?.fields.shared === false) {
      const elsewhere = `and is a member of pool \`${pools[0][0]}\``;
      report(path, `${says} ${elsewhere}, expected \`shared: true\` on it, or another backup`);
    }
  }
}

function checkAddresses(pool: string, stands: readonly Stand[], draft: Draft, report: Report): void {
  const taken = new Map<string, string>();
  for (const { server, port } of stands) {
    const address = draft.servers.entries.get(server)?.fields.address;
    if (address === undefined) continue;
    const other = taken.get(entryKey({ address, port }));
    if (other === undefined) taken.set(entryKey({ address, port }), server);
    if (other === undefined || other === server) continue;
    const both = `\`${other}\` and \`${server}\` in pool \`${pool}\``;
    report(['servers', server, 'address'], `duplicate address \`${address}\` of ${both}, expected an address for each`);
  }
}

/** A tunnel may lead from one family to the other; the other ways cannot. */
function checkFamilies(
  pool: string,
  { fields }: Entry<ServiceEntry>,
  stands: readonly Stand[],
  draft: Draft,
  report: Report,
): void {
  // A proxy makes connections of its own.
  if (fields.balancer === 'haproxy') return;
  const addressOf = (server: string) => draft.servers.entries.get(server)?.fields.address;
  const virtual = fields.tcp?.address ?? fields.udp?.address;
  if (virtual !== undefined && fields.forward === 'tun') return;
  const first = stands.map(({ server }) => addressOf(server)).find((address) => address !== undefined);
  const lead = virtual ?? first;
  const family = virtual === undefined && fields.family !== undefined ? fields.family : lead && familyOf(lead);
  for (const { server } of stands) {
    const address = addressOf(server);
    if (address === undefined || family === undefined || familyOf(address) === family) continue;
    const like = family === 4 ? 'an IPv4 address' : 'an IPv6 address';
    const why = fields.family === undefined ? 'as the others have' : `as \`family: ${family}\` says`;
    report(
      ['servers', server, 'address'],
      `expected ${like} in pool \`${pool}\`, ${virtual === undefined ? why : `as \`${virtual}\` is`}, got \`${address}\``,
    );
  }
}
