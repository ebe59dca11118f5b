/** Keys of a virtual service that must fit each other, and the addresses of all of them. */
import { serviceKey } from '../../core/table.ts';
import { addressOf } from '../build-services.ts';
import type { Draft } from '../draft.ts';
import { type Entry, isAbsent } from '../entry.ts';
import type { Report } from '../problems.ts';
import { membersOf, type ServiceEntry } from '../service-schema.ts';
import { showValue } from '../show.ts';
import { checkHaproxy } from './haproxy.ts';

export function checkServices(draft: Draft, report: Report): void {
  const taken = new Map<string, string>();
  for (const [name, service] of draft.services.entries) {
    const isHaproxy = checkHaproxy(service, draft, report);
    if (!isHaproxy) checkWhere(service, report);
    checkMembers(service, report);
    checkBalance(service, report);
    if (!isHaproxy) checkPersistence(service, draft, report);

    const at = addressOf(service.fields, draft.servers.entries);
    if (at === null) continue;
    const key = serviceKey(at);
    const other = taken.get(`${service.fields.balancer} ${key}`);
    taken.set(`${service.fields.balancer} ${key}`, name);
    if (other === undefined) continue;
    report([...service.path, at.kind], `duplicate ${key}, virtual service \`${other}\` has it already`);
  }
}

function checkWhere(service: Entry<ServiceEntry>, report: Report): void {
  const { path, fields } = service;
  const ways = ['fwmark', 'tcp', 'udp'] as const;
  const given = ways.filter((key) => fields[key] !== undefined);
  if (ways.every((key) => isAbsent(service, key))) {
    report(path, 'missing key `fwmark`, expected one of fwmark, tcp, udp', 'key');
  }
  const [first, second] = given;
  if (second !== undefined)
    report([...path, second], `expected one of fwmark, tcp, udp, got both \`${first}\` and \`${second}\``, 'key');
  if (first !== undefined && first !== 'fwmark' && fields.family !== undefined) {
    report([...path, 'family'], `expected \`family\` beside \`fwmark\` only, got it beside \`${first}\``, 'key');
  }
}

function checkMembers({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  const members = membersOf(fields.servers);
  const needed = fields.min_pooled;
  if (fields.servers !== undefined && members.length === 0) {
    report([...path, 'servers'], 'expected at least one server, got none');
  } else if (typeof needed === 'number' && fields.servers !== undefined && needed > members.length) {
    const most = `${members.length}, the number of servers in the pool`;
    report([...path, 'min_pooled'], `expected at most ${most}, got \`${needed}\``);
  }
  for (const { port, key } of members) {
    if (port === undefined || fields.balancer === 'haproxy') continue;
    const portPath = [...path, 'servers', key, 'port'];
    if (fields.fwmark !== undefined)
      report(portPath, 'expected no `port` in a fwmark service, which keeps the port of each packet', 'key');
    else if (fields.forward === 'dr' || fields.forward === 'tun') {
      report(
        portPath,
        `expected no \`port\` with \`forward: ${fields.forward}\`, which keeps the port of each packet`,
        'key',
      );
    }
  }
}

function checkBalance({ path, fields }: Entry<ServiceEntry>, report: Report): void {
  const { by = [] } = fields.balance ?? {};
  for (const [index, word] of by.entries()) {
    if (by.indexOf(word) === index) continue;
    report([...path, 'balance', 'by', index], `duplicate ${showValue(word)}, expected each name once`);
  }
}

function checkPersistence({ path, fields }: Entry<ServiceEntry>, draft: Draft, report: Report): void {
  const prefix = fields.persistence_prefix;
  if (prefix === undefined) return;
  if (fields.persistence === undefined) {
    report([...path, 'persistence_prefix'], 'expected `persistence` beside `persistence_prefix`', 'key');
  }
  const at = addressOf(fields, draft.servers.entries);
  if (at === null || at.kind === 'haproxy') return;
  const isIpv4 = at.kind === 'fwmark' ? at.family === 4 : !at.address.includes(':');
  if (isIpv4 && prefix > 32) {
    report([...path, 'persistence_prefix'], `expected at most 32 in an IPv4 service, got \`${prefix}\``);
  }
}
