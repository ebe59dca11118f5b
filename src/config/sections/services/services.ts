/** Virtual services: keys that must fit each other, and the service as the program uses it. */
import { type Forward, type ServiceAddress, serviceKey } from '../../../core/table.ts';
import { familyOf } from '../../addresses.ts';
import { type Entry, isAbsent } from '../../entry.ts';
import type { DeepReadonly } from '../../freeze.ts';
import { checkBackups, checkName, checkNames } from '../../names.ts';
import type { Report } from '../../problems.ts';
import { showValue } from '../../show.ts';
import type { Servers } from '../servers.ts';
import type { BalanceConfig } from './balance.ts';
import { checkHaproxy } from './haproxy.ts';
import type { ServiceEntry, Services } from './schema.ts';

export interface VirtualServiceConfig extends DeepReadonly<Pick<ServiceEntry, 'balancer'>> {
  readonly name: string;
  readonly at: ServiceAddress;
  readonly scheduler: string;
  readonly persistenceS: number | null;
  readonly persistencePrefix: number;
  readonly forward: Forward;
  readonly members: readonly MemberConfig[];
  readonly minPooled: DeepReadonly<ServiceEntry['min_pooled']>;
  readonly failBack: DeepReadonly<ServiceEntry['fail_back']>;
  /** With HAProxy: the names of server lines that differ from those of the servers, by server. */
  readonly lines?: Readonly<Record<string, string>>;
  /** Weights follow the load; absent: they are as configured. */
  readonly balance?: BalanceConfig;
}

export interface MemberConfig {
  readonly server: string;
  readonly weight: number;
  /** Port on the real server; 0 for fwmark services. */
  readonly port: number;
  /** The member's own, or else its server's. */
  readonly backups: readonly string[];
}

export function checkServices(services: Services, servers: Servers, report: Report): void {
  const taken = new Map<string, string>();
  for (const [name, service] of services.entries) {
    const isHaproxy = service.fields.balancer === 'haproxy';
    checkHaproxy(service, servers, report);
    checkServers(service, servers, report);
    checkMinPooled(service, report);
    checkBalance(service, report);
    if (!isHaproxy) checkWhere(service, report);
    if (!isHaproxy) checkPorts(service, report);
    if (!isHaproxy) checkPersistence(service, servers, report);

    const at = addressOf(service.fields, servers);
    if (at === null) continue;
    const key = serviceKey(at);
    const other = taken.get(`${service.fields.balancer} ${key}`);
    taken.set(`${service.fields.balancer} ${key}`, name);
    if (other === undefined) continue;
    report([...service.path, at.kind], `duplicate ${key}, virtual service \`${other}\` has it already`);
  }
}

function checkServers({ path, fields }: Entry<ServiceEntry>, servers: Servers, report: Report): void {
  const members = fields.servers ?? [];
  if (fields.servers?.length === 0) report([...path, 'servers'], 'expected at least one server, got none');
  if (members.every(({ key }) => typeof key === 'number')) {
    const names = members.map(({ server }) => server);
    checkNames(names, [...path, 'servers'], 'server', servers, report);
    return;
  }
  for (const { server, key, backups } of members) {
    const place = [...path, 'servers', key];
    checkName(server, place, 'server', servers, report, 'key');
    checkBackups(backups, server, [...place, 'backups'], servers, report);
  }
}

function checkMinPooled({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  const { servers: members = [], min_pooled: needed } = fields;
  if (members.length === 0 || needed === undefined || 'share' in needed || needed.count <= members.length) return;
  const most = `${members.length}, the number of servers in the pool`;
  report([...path, 'min_pooled'], `expected at most ${most}, got \`${needed.count}\``);
}

function checkWhere(service: Entry<ServiceEntry>, report: Report): void {
  const { path, fields } = service;
  const ways = ['fwmark', 'tcp', 'udp'] as const;
  const [first, second] = ways.filter((key) => fields[key] !== undefined);
  if (ways.every((key) => isAbsent(service, key))) {
    report(path, 'missing key `fwmark`, expected one of fwmark, tcp, udp', 'key');
  }
  if (second !== undefined)
    report([...path, second], `expected one of fwmark, tcp, udp, got both \`${first}\` and \`${second}\``, 'key');
  if (first !== undefined && first !== 'fwmark' && fields.family !== undefined) {
    report([...path, 'family'], `expected \`family\` with \`fwmark\` only, got it with \`${first}\``, 'key');
  }
}

function checkPorts({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  let kind = null;
  if (fields.fwmark !== undefined) kind = 'in a fwmark service';
  else if (fields.forward === 'dr' || fields.forward === 'tun') kind = `with \`forward: ${fields.forward}\``;
  if (kind === null) return;
  for (const { port, key } of fields.servers ?? []) {
    if (port === undefined) continue;
    const place = [...path, 'servers', key, 'port'];
    report(place, `expected no \`port\` ${kind}, which keeps the port of each packet`, 'key');
  }
}

function checkBalance({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  const { by = [] } = fields.balance ?? {};
  for (const [index, word] of by.entries()) {
    if (by.indexOf(word) === index) continue;
    report([...path, 'balance', 'by', index], `duplicate ${showValue(word)}, expected each name once`);
  }
}

function checkPersistence({ path, fields }: Entry<ServiceEntry>, servers: Servers, report: Report): void {
  const prefix = fields.persistence_prefix;
  if (prefix === undefined) return;
  if (fields.persistence === undefined) {
    report([...path, 'persistence_prefix'], 'expected `persistence` with `persistence_prefix`', 'key');
  }
  const at = addressOf(fields, servers);
  if (at === null || familyAt(at) === 6 || prefix <= 32) return;
  report([...path, 'persistence_prefix'], `expected at most 32 in an IPv4 service, got \`${prefix}\``);
}

export function buildService(name: string, entry: ServiceEntry, servers: Servers): VirtualServiceConfig {
  const at = addressOf(entry, servers);
  if (at === null) throw new Error(`virtual service ${name} has no address`);
  const servicePort = 'port' in at ? at.port : 0;
  return {
    name,
    balancer: entry.balancer,
    at,
    scheduler: at.kind === 'haproxy' ? 'haproxy' : entry.scheduler,
    persistenceS: entry.persistence ?? null,
    persistencePrefix: entry.persistence_prefix ?? (familyAt(at) === 4 ? 32 : 128),
    forward: at.kind === 'haproxy' ? 'nat' : entry.forward,
    members: entry.servers.map(({ server, weight, port = servicePort, backups }) => {
      return { server, weight, port, backups: backups ?? servers.entries.get(server)?.fields.backups ?? [] };
    }),
    minPooled: entry.min_pooled,
    failBack: entry.fail_back,
    ...(entry.haproxy === undefined ? {} : { lines: entry.haproxy.lines }),
    ...(entry.balance === undefined ? {} : { balance: entry.balance }),
  };
}

/** null: the service has none. A mark has no address family of its own, so the first server's counts. */
function addressOf(entry: Partial<ServiceEntry>, servers: Servers): ServiceAddress | null {
  const { balancer, haproxy, tcp, udp, fwmark: mark, family } = entry;
  if (balancer === 'haproxy') {
    return haproxy === undefined ? null : { kind: 'haproxy', socket: haproxy.socket, backend: haproxy.backend };
  }
  if (tcp !== undefined) return { kind: 'tcp', ...tcp };
  if (udp !== undefined) return { kind: 'udp', ...udp };
  if (mark === undefined) return null;
  const addresses = (entry.servers ?? []).map(({ server }) => servers.entries.get(server)?.fields.address);
  const first = addresses.find((address) => address !== undefined);
  return { kind: 'fwmark', mark, family: family ?? familyOf(first ?? '') };
}

function familyAt(at: ServiceAddress): 4 | 6 {
  if (at.kind === 'haproxy') return 4;
  return at.kind === 'fwmark' ? at.family : familyOf(at.address);
}
