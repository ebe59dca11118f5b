/** Marks without a virtual service, virtual services whose mark is never set, and clients that never match. */
import { describeRange, type PortRange } from '../../../core/marks.ts';
import { serviceKey } from '../../../core/table.ts';
import { familyOf } from '../../addresses.ts';
import type { Report, ReportLine } from '../../problems.ts';
import type { VirtualServiceConfig } from '../services/services.ts';
import { type Group, type Place, reportAt } from './groups.ts';

type Family = 4 | 6;

interface MarkUse {
  readonly mark: number;
  readonly family: Family;
  readonly place: Place;
  /** Addresses and networks of clients; 0 where a group as a whole sets it. */
  clients: number;
}

export function warnOfMarks(
  classify: readonly Group[],
  all: readonly VirtualServiceConfig[],
  warn: Report,
  warnLine: ReportLine,
): void {
  if (classify.length === 0) return;
  const uses = classify.flatMap(usesOf);
  const services = all.flatMap((service) =>
    service.at.kind === 'fwmark' ? [{ ...service.at, name: service.name }] : [],
  );
  for (const { mark, family, place, clients } of uses) {
    const same = services.filter((service) => service.mark === mark);
    if (same.some((service) => service.family === family)) continue;
    const whose = clients > 1 ? ` of ${clients} clients` : '';
    const [other] = same;
    const kind = other === undefined ? '' : `IPv${family} `;
    const hint = other === undefined ? '' : `, \`${other.name}\` is for IPv${other.family}`;
    const message = `mark ${mark}${whose} has no ${kind}virtual service${hint}`;
    reportAt(place, message, warn, warnLine);
  }
  for (const { name, mark } of services) {
    // A mark that is set for the other family only has its warning already.
    if (uses.some((use) => use.mark === mark)) continue;
    warn(['virtual_services', name, 'fwmark'], `mark ${mark} is never set: it is in no group of \`classify\``);
  }
  for (const group of classify) warnOfClients(group, warn, warnLine);
  for (const service of all) warnOfShadow(service, classify, warn);
}

/** Each mark that a group sets, once for each address family, with the place where it is set first. */
function usesOf({ path, valid, clients }: Group): readonly MarkUse[] {
  const uses = new Map<string, MarkUse>();
  const use = (mark: number, family: Family, place: Place, count: number) => {
    const known = uses.get(`${mark}/${family}`);
    if (known === undefined) uses.set(`${mark}/${family}`, { mark, family, place, clients: count });
    else known.clients += count;
  };
  const families = new Set((valid?.vip ?? []).map(familyOf));
  for (const family of families) {
    if (valid?.mark !== undefined) use(valid.mark, family, { path: [...path, 'mark'] }, 0);
    if (valid?.default !== undefined) use(valid.default, family, { path: [...path, 'default'] }, 0);
  }
  for (const { network, mark, place } of clients ?? []) {
    if (families.has(network.family)) use(mark, network.family, place, 1);
  }
  return [...uses.values()];
}

function warnOfClients({ path, valid, clients, repeats }: Group, warn: Report, warnLine: ReportLine): void {
  if (clients === null) return;
  for (const { again, first } of repeats) {
    reportAt(again.place, `client \`${again.network.text}\` is in ${first.where} already`, warn, warnLine);
  }
  for (const family of [4, 6] as const) {
    const count = clients.filter(({ network }) => network.family === family).length;
    if (count === 0 || valid?.vip.some((vip) => familyOf(vip) === family)) continue;
    const which = count === 1 ? `an IPv${family} client is` : `${count} IPv${family} clients are`;
    warn([...path, 'clients'], `${which} listed, and the group has no IPv${family} address in \`vip\``, 'key');
  }
}

/** The kernel searches a service by the packet's mark first, and by its address only after that (ip_vs_service_find). */
function warnOfShadow({ name, balancer, at }: VirtualServiceConfig, classify: readonly Group[], warn: Report): void {
  if (balancer !== 'ipvs' || at.kind === 'fwmark' || at.kind === 'haproxy') return;
  for (const { valid, path, line } of classify) {
    const ranges = valid?.ports[at.kind];
    const range = ranges?.find(({ first, last }: PortRange) => at.port >= first && at.port <= last);
    if (range === undefined || !valid?.vip.includes(at.address)) continue;
    const where = `${at.kind} ${describeRange(range)} in line ${line([...path, 'ports', at.kind])}`;
    warn(['virtual_services', name, at.kind], `${serviceKey(at)} gets none of the packets that ${where} marks`);
  }
}
