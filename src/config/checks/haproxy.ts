/** Keys of a virtual service that only HAProxy, or only IPVS, has a use for. */
import type { Draft } from '../draft.ts';
import { type Entry, isAbsent } from '../entry.ts';
import type { Report } from '../problems.ts';
import { membersOf, type ServiceEntry } from '../service-schema.ts';
import { didYouMean } from '../suggest.ts';

const heaviest = 256;

/** True when HAProxy balances it. */
export function checkHaproxy(service: Entry<ServiceEntry>, draft: Draft, report: Report): boolean {
  const { path, fields } = service;
  if (fields.balancer !== 'haproxy') {
    const got = `got \`${fields.balancer}\``;
    if (fields.haproxy !== undefined && fields.balancer !== undefined) {
      report([...path, 'haproxy'], `expected \`balancer: haproxy\` beside \`haproxy\`, ${got}`, 'key');
    }
    return false;
  }
  if (isAbsent(service, 'haproxy')) {
    report(path, 'missing key `haproxy`, expected a map such as { backend: rtmp } with `balancer: haproxy`', 'key');
  }
  checkForeign(service, report);
  for (const { weight, key } of membersOf(fields.servers)) {
    if (weight <= heaviest) continue;
    report([...path, 'servers', key, 'weight'], `expected at most ${heaviest} with HAProxy, got \`${weight}\``);
  }
  checkLines(service, draft, report);
  return true;
}

/** How viewers come in and are spread stands in HAProxy's own configuration. */
function checkForeign({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  const given = (['fwmark', 'tcp', 'udp', 'family', 'persistence', 'persistence_prefix'] as const).filter(
    (key) => fields[key] !== undefined,
  );
  const changed = [
    ...(fields.scheduler === 'wlc' || fields.scheduler === undefined ? [] : (['scheduler'] as const)),
    ...(fields.forward === 'dr' || fields.forward === undefined ? [] : (['forward'] as const)),
  ];
  for (const key of [...given, ...changed]) {
    const why = 'HAProxy has its own configuration for that';
    report([...path, key], `expected no \`${key}\` with \`balancer: haproxy\`; ${why}`, 'key');
  }
}

function checkLines({ path, fields }: Entry<ServiceEntry>, draft: Draft, report: Report): void {
  const servers = new Set(
    membersOf(fields.servers).flatMap(({ server, backups }) => [
      server,
      ...(backups ?? draft.servers.entries.get(server)?.fields.backups ?? []),
    ]),
  );
  const { lines = {} } = fields.haproxy ?? {};
  for (const server of Object.keys(lines)) {
    if (servers.has(server)) continue;
    const hint = didYouMean(server, [...servers]) || ', expected a server of the pool, or a backup of one';
    report([...path, 'haproxy', 'lines', server], `unknown server \`${server}\`${hint}`, 'key');
  }
  const taken = new Map<string, string>();
  for (const server of servers) {
    const line = Object.hasOwn(lines, server) ? (lines[server] ?? server) : server;
    const other = taken.get(line);
    taken.set(line, server);
    if (other === undefined) continue;
    const message = `duplicate line \`${line}\` of \`${other}\` and \`${server}\`, expected a line for each`;
    report([...path, 'haproxy', 'lines'], message);
  }
}
