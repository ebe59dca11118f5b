/** Keys of a virtual service that only HAProxy, or only IPVS, uses. */
import { type Entry, isAbsent } from '../../entry.ts';
import type { Report } from '../../problems.ts';
import { didYouMean } from '../../suggest.ts';
import type { Servers } from '../servers.ts';
import type { ServiceEntry } from './schema.ts';

const maxWeight = 256;

export function checkHaproxy(service: Entry<ServiceEntry>, servers: Servers, report: Report): void {
  const { path, fields } = service;
  if (fields.balancer !== 'haproxy') {
    if (fields.haproxy === undefined || fields.balancer === undefined) return;
    const expected = 'expected `balancer: haproxy` with `haproxy`';
    report([...path, 'haproxy'], `${expected}, got \`${fields.balancer}\``, 'key');
    return;
  }
  if (isAbsent(service, 'haproxy')) {
    report(path, 'missing key `haproxy`, expected a map such as { backend: rtmp } with `balancer: haproxy`', 'key');
  }
  checkForeign(service, report);
  for (const { weight, key } of fields.servers ?? []) {
    if (weight <= maxWeight) continue;
    report([...path, 'servers', key, 'weight'], `expected at most ${maxWeight} with HAProxy, got \`${weight}\``);
  }
  checkLines(service, servers, report);
}

/** How viewers come in and are distributed is set in HAProxy's own configuration. */
function checkForeign({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  const keys = ['fwmark', 'tcp', 'udp', 'family', 'persistence', 'persistence_prefix', 'scheduler', 'forward'] as const;
  const defaults = { scheduler: 'wlc', forward: 'dr' } as const;
  for (const key of keys) {
    if (fields[key] === undefined || (key in defaults && fields[key] === defaults[key as keyof typeof defaults]))
      continue;
    const why = 'HAProxy has its own configuration for that';
    report([...path, key], `expected no \`${key}\` with \`balancer: haproxy\`; ${why}`, 'key');
  }
}

function checkLines({ path, fields }: Entry<ServiceEntry>, servers: Servers, report: Report): void {
  const used = new Set(
    (fields.servers ?? []).flatMap(({ server, backups }) => {
      return [server, ...(backups ?? servers.entries.get(server)?.fields.backups ?? [])];
    }),
  );
  const { lines = {} } = fields.haproxy ?? {};
  for (const server of Object.keys(lines)) {
    if (used.has(server)) continue;
    const hint = didYouMean(server, [...used]) || ', expected a server of the pool, or a backup of one';
    report([...path, 'haproxy', 'lines', server], `unknown server \`${server}\`${hint}`, 'key');
  }
  const taken = new Map<string, string>();
  for (const server of used) {
    const line = Object.hasOwn(lines, server) ? (lines[server] ?? server) : server;
    const other = taken.get(line);
    taken.set(line, server);
    if (other === undefined) continue;
    const message = `duplicate line \`${line}\` of \`${other}\` and \`${server}\`, expected a line for each`;
    report([...path, 'haproxy', 'lines'], message);
  }
}
