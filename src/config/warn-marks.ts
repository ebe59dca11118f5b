/** Marks that lead nowhere, services that nobody leads to, and clients that never come by. */
import { describeRange, type PortRange } from '../core/marks.ts';
import { serviceKey } from '../core/table.ts';
import { familyOf } from './addresses.ts';
import { type GroupDraft, type Place, tell } from './classify-draft.ts';
import type { Config, VirtualServiceConfig } from './config.ts';
import type { Draft } from './draft.ts';
import type { Report, ReportLine } from './problems.ts';

type Family = 4 | 6;

interface MarkUse {
  readonly mark: number;
  readonly family: Family;
  readonly place: Place;
  /** Addresses and networks of clients; 0 where a group as a whole sets it. */
  clients: number;
}

export function warnOfMarks(config: Config, { classify }: Draft, warn: Report, warnLine: ReportLine): void {
  if (classify.length === 0) return;
  const uses = classify.flatMap(usesOf);
  const services = [...config.services.values()].flatMap((service) =>
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
    tell(place, message, warn, warnLine);
  }
  for (const { name, mark } of services) {
    // One that is set for the other family only has had its warning.
    if (uses.some((use) => use.mark === mark)) continue;
    warn(['virtual_services', name, 'fwmark'], `nobody sets mark ${mark}: it is in no group of \`classify\``);
  }
  for (const group of classify) warnOfClients(group, warn, warnLine);
  for (const service of config.services.values()) warnOfShadow(service, classify, warn);
}

/** Each mark that a group sets, once for each family, where it is set first. */
function usesOf({ path, whole, clients }: GroupDraft): readonly MarkUse[] {
  const uses = new Map<string, MarkUse>();
  const use = (mark: number, family: Family, place: Place, count: number) => {
    const known = uses.get(`${mark}/${family}`);
    if (known === undefined) uses.set(`${mark}/${family}`, { mark, family, place, clients: count });
    else known.clients += count;
  };
  const families = new Set((whole?.vip ?? []).map(familyOf));
  for (const family of families) {
    if (whole?.mark !== undefined) use(whole.mark, family, { path: [...path, 'mark'] }, 0);
    if (whole?.default !== undefined) use(whole.default, family, { path: [...path, 'default'] }, 0);
  }
  for (const { network, mark, place } of clients ?? []) {
    if (families.has(network.family)) use(mark, network.family, place, 1);
  }
  return [...uses.values()];
}

function warnOfClients({ path, whole, clients, repeats }: GroupDraft, warn: Report, warnLine: ReportLine): void {
  if (clients === null) return;
  for (const { again, first } of repeats) {
    tell(again.place, `client \`${again.network.text}\` is in ${first.where} already`, warn, warnLine);
  }
  for (const family of [4, 6] as const) {
    const count = clients.filter(({ network }) => network.family === family).length;
    if (count === 0 || whole?.vip.some((vip) => familyOf(vip) === family)) continue;
    const which = count === 1 ? `an IPv${family} client is` : `${count} IPv${family} clients are`;
    warn([...path, 'clients'], `${which} listed, and the group has no IPv${family} address in \`vip\``, 'key');
  }
}

/** The kernel looks for a service of the packet's mark first, and only then for one of its address (ip_vs_service_find). */
function warnOfShadow(
  { name, balancer, at }: VirtualServiceConfig,
  classify: readonly GroupDraft[],
  warn: Report,
): void {
  if (balancer !== 'ipvs' || at.kind === 'fwmark' || at.kind === 'haproxy') return;
  for (const { whole, path, line } of classify) {
    const ranges = whole?.ports[at.kind];
    const range = ranges?.find(({ first, last }: PortRange) => at.port >= first && at.port <= last);
    if (range === undefined || !whole?.vip.includes(at.address)) continue;
    const where = `${at.kind} ${describeRange(range)} in line ${line([...path, 'ports', at.kind])}`;
    warn(['virtual_services', name, at.kind], `${serviceKey(at)} gets none of the packets that ${where} marks`);
  }
}
