/** What a director must be able to do, by its configuration, or else by its table. */
import type { Config } from '../../config/config.ts';
import { pathMarks } from '../../core/marks.ts';
import type { Forward, ServiceAddress, Table } from '../../core/table.ts';

export interface Needs {
  /** True if it comes from a configuration; false if only from the current table. */
  readonly configured: boolean;
  readonly services: readonly NeededService[];
  readonly vips: readonly NeededVip[];
  /** Addresses of real servers that have a VIP path, with the VIP. */
  readonly paths: readonly { readonly address: string; readonly vip: string }[];
  /** Marks that the configuration tells us to set. */
  readonly ourMarks: ReadonlySet<number>;
  /** The kind of the packet filter that sets the marks; null: none is needed. */
  readonly backend: 'auto' | 'nftables' | 'iptables' | null;
}

export interface NeededService {
  readonly name: string;
  readonly at: ServiceAddress;
  readonly scheduler: string;
  /** Seconds; null: no persistence. */
  readonly persistenceS: number | null;
  /** Members and their backups. */
  readonly servers: readonly { readonly address: string; readonly forward: Forward }[];
  /** True if it groups ports: several protocols or ranges get its mark. */
  readonly joins: boolean;
}

export interface NeededVip {
  readonly address: string;
  /** The mark of packets to it; null: none. */
  readonly mark: number | null;
}

export function needsOf(config: Config | null, table: Table | null): Needs {
  return config === null ? needsOfTable(table) : needsOfConfig(config);
}

function needsOfConfig(config: Config): Needs {
  const { groups, clients } = config.classify;
  const ipvs = [...config.services.values()].filter(({ balancer }) => balancer === 'ipvs');
  const byClient = groups.some((group) => group.byClient);
  const ourMarks = new Set([
    ...groups.flatMap(({ mark }) => (mark === null ? [] : [mark])),
    ...(byClient ? clients.map(({ mark }) => mark) : []),
  ]);
  const services = ipvs.map(({ name, at, scheduler, persistenceS, forward, members }): NeededService => {
    const names = new Set(members.flatMap((member) => [member.server, ...member.backups]));
    const addresses = [...names].flatMap((server) => config.servers.get(server)?.address ?? []);
    const group =
      groups.find(({ mark }) => at.kind === 'fwmark' && mark === at.mark) ?? groups.find((one) => one.byClient);
    return {
      name,
      at,
      scheduler,
      persistenceS,
      servers: addresses.map((address) => ({ address, forward })),
      joins: at.kind === 'fwmark' && group !== undefined && isJoined([...group.tcp, ...group.udp]),
    };
  });
  const vips = new Map<string, NeededVip>();
  for (const { at } of ipvs) if ('address' in at) vips.set(at.address, { address: at.address, mark: null });
  for (const { vip } of config.paths) vips.set(vip, { address: vip, mark: null });
  for (const group of groups) {
    const mark = group.mark ?? clients[0]?.mark ?? null;
    for (const vip of group.vips) vips.set(vip, { address: vip, mark });
  }
  return {
    configured: true,
    services,
    vips: [...vips.values()],
    paths: [...new Map(config.paths.map(({ address, vip }) => [`${address} ${vip}`, { address, vip }])).values()],
    ourMarks,
    backend: groups.length + config.paths.length === 0 ? null : config.classify.backend,
  };
}

function isJoined(ranges: readonly { readonly first: number; readonly last: number }[]): boolean {
  return ranges.length > 1 || ranges.some(({ first, last }) => first !== last);
}

function needsOfTable(table: Table | null): Needs {
  const services = [...(table ?? [])].map(
    ([name, { spec, entries }]): NeededService => ({
      name,
      at: spec.at,
      scheduler: spec.scheduler,
      persistenceS: spec.persistenceS,
      servers: entries.map(({ address, forward }) => ({ address, forward })),
      joins: false,
    }),
  );
  const addresses = new Set(services.flatMap(({ at }) => ('address' in at ? [at.address] : [])));
  return {
    configured: false,
    services: services.filter(({ at }) => !isPathMark(at)),
    vips: [...addresses].map((address) => ({ address, mark: null })),
    paths: [],
    ourMarks: new Set(),
    backend: null,
  };
}

/** The private services of VIP paths are skipped. */
export function isPathMark(at: ServiceAddress): boolean {
  return at.kind === 'fwmark' && at.mark >= pathMarks.first && at.mark <= pathMarks.last;
}

export function forwardsBy({ services }: Needs, forward: Forward): readonly string[] {
  const servers = services.flatMap((service) => service.servers.filter((one) => one.forward === forward));
  return [...new Set(servers.map(({ address }) => address))];
}
