/** Virtual services as the program uses them. */
import type { ServiceAddress } from '../core/table.ts';
import { familyOf } from './addresses.ts';
import type { BalanceEntry } from './balance-schema.ts';
import type { BalanceConfig, MemberConfig, VirtualServiceConfig } from './config.ts';
import type { Entry } from './entry.ts';
import type { ServerEntry } from './schema.ts';
import { membersOf, type ServiceEntry } from './service-schema.ts';

type Servers = ReadonlyMap<string, Pick<Entry<ServerEntry>, 'fields'>>;

export function buildService(name: string, entry: ServiceEntry, servers: Servers): VirtualServiceConfig {
  const at = addressOf(entry, servers);
  if (at === null) throw new Error(`virtual service ${name} has no address`);
  const family = 'family' in at ? at.family : familyOf('address' in at ? at.address : '');
  const { min_pooled: minPooled, fail_back: failBack } = entry;
  return {
    name,
    balancer: entry.balancer,
    at,
    scheduler: at.kind === 'haproxy' ? 'haproxy' : entry.scheduler,
    persistenceS: entry.persistence === undefined ? null : entry.persistence / 1000,
    persistencePrefix: entry.persistence_prefix ?? (family === 4 ? 32 : 128),
    forward: at.kind === 'haproxy' ? 'nat' : entry.forward,
    members: buildMembers(entry, 'port' in at ? at.port : 0, servers),
    minPooled: typeof minPooled === 'number' ? { count: minPooled } : { share: minPooled.share },
    failBack: failBack === 'manual' ? failBack : { afterMs: failBack.after },
    ...(entry.haproxy === undefined ? {} : { lines: entry.haproxy.lines }),
    ...(entry.balance === undefined ? {} : { balance: buildBalance(entry.balance) }),
  };
}

/** null: none is given. With HAProxy it is a backend, in place of an address. A mark has no address of its own, so its servers tell its family. */
export function addressOf(entry: Partial<ServiceEntry>, servers: Servers): ServiceAddress | null {
  if (entry.balancer === 'haproxy') {
    return entry.haproxy === undefined ? null : { kind: 'haproxy', ...addressOfHaproxy(entry.haproxy) };
  }
  if (entry.tcp !== undefined) return { kind: 'tcp', ...entry.tcp };
  if (entry.udp !== undefined) return { kind: 'udp', ...entry.udp };
  if (entry.fwmark === undefined) return null;
  const addresses = membersOf(entry.servers).map(({ server }) => servers.get(server)?.fields.address);
  const first = addresses.find((address) => address !== undefined);
  return { kind: 'fwmark', mark: entry.fwmark, family: entry.family ?? familyOf(first ?? '') };
}

function buildBalance({ by, every, dry_run: dryRun }: BalanceEntry): BalanceConfig {
  return { by, everyMs: every, dryRun };
}

function addressOfHaproxy({ socket, backend }: NonNullable<ServiceEntry['haproxy']>) {
  return { socket, backend };
}

function buildMembers(entry: ServiceEntry, servicePort: number, servers: Servers): readonly MemberConfig[] {
  return membersOf(entry.servers).map(({ server, weight, port, backups }) => ({
    server,
    weight,
    port: port ?? servicePort,
    backups: backups ?? servers.get(server)?.fields.backups ?? [],
  }));
}
