/** Clients, their marks and where these lead, as the API shows them. Reads only. */

import type { ClientGroup, ClientList, ClientMarkView, ClientRow, FoundClient } from '../../api/clients.ts';
import type { Config } from '../../config/config.ts';
import { type ClientMark, contains, describeGroup, type Network, type PacketGroup } from '../../core/marks.ts';
import type { ServiceAddress } from '../../core/table.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';
import { type Clients, serviceOfMark } from '../mark/clients.ts';

export interface ClientSources {
  readonly config: Pick<Config, 'classify' | 'services'>;
  readonly clients: Clients;
  readonly pools: ReadonlyMap<string, PoolRecord>;
}

export function clientList({ config, clients }: ClientSources, from: number, limit: number): ClientList {
  const rowOf = rowsOf(config, clients);
  const overrides = [...clients.overrides().values()];
  const total = overrides.length + clients.configured().size - overrides.filter(isConfigured(clients)).length;
  const rows = overrides.slice(from, from + limit).map(({ network }) => rowOf(network));
  let skip = Math.max(0, from - overrides.length);
  for (const { network } of config.classify.clients) {
    if (rows.length >= limit) break;
    if (clients.overrides().has(network.text)) continue;
    if (skip > 0) skip -= 1;
    else rows.push(rowOf(network));
  }
  const group = config.classify.groups.find(({ byClient }) => byClient);
  return {
    version: clients.version(),
    total,
    overrides: overrides.length,
    defaultMark: group?.mark ?? null,
    marks: marksInUse(config, clients),
    inUse: group !== undefined,
    rows,
  };
}

function marksInUse(config: Pick<Config, 'services'>, clients: Clients): ClientList['marks'] {
  const counts = new Map<number, { readonly family: 4 | 6; networks: number }>();
  for (const { network, mark } of clients.marking().clients) {
    const count = counts.get(mark);
    if (count === undefined) counts.set(mark, { family: network.family, networks: 1 });
    else count.networks += 1;
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([mark, { family, networks }]) => ({
      mark,
      service: serviceOfMark(config, mark, family)?.name ?? null,
      networks,
    }));
}

const isConfigured =
  (clients: Clients) =>
  ({ network }: { readonly network: Network }): boolean =>
    clients.configured().has(network.text);

/** The mark that a client of the by-client group gets, and why. */
export function clientMark({ config, clients }: Omit<ClientSources, 'pools'>, network: Network): ClientMarkView {
  const found = clients.find(network);
  if (found !== null) return { mark: found.mark, listed: rowsOf(config, clients)(found.network) };
  return { mark: config.classify.groups.find(({ byClient }) => byClient)?.mark ?? null, listed: null };
}

export function foundClient(sources: ClientSources, network: Network): FoundClient {
  const { config, clients } = sources;
  const view = clientMark(sources, network);
  const rowOf = rowsOf(config, clients);
  let unset: Network | null = null;
  for (const override of clients.overrides().values()) {
    const isNearer = override.network.prefix > Math.max(unset?.prefix ?? 0, prefixOf(view));
    if (override.order.mark === null && isNearer && contains(override.network, network)) unset = override.network;
  }
  const groups = config.classify.groups.filter(({ vips }) => vips.some((vip) => familyOf(vip) === network.family));
  return {
    client: network.text,
    ...view,
    unset: unset === null ? null : rowOf(unset),
    inside: isWhole(network) ? 0 : clients.marking().clients.filter(isInside(network)).length,
    groups: groups.map((group) => clientGroup(group, group.byClient ? view.mark : group.mark, network, sources)),
  };
}

const isInside =
  (network: Network) =>
  (client: ClientMark): boolean =>
    client.network.text !== network.text && contains(network, client.network);

function prefixOf({ listed }: ClientMarkView): number {
  if (listed === null) return 0;
  const slash = listed.network.indexOf('/');
  return slash === -1 ? 128 : Number(listed.network.slice(slash + 1));
}

function isWhole({ family, prefix }: Network): boolean {
  return prefix === (family === 4 ? 32 : 128);
}

function clientGroup(
  group: PacketGroup,
  mark: number | null,
  { family }: Network,
  { config, pools }: ClientSources,
): ClientGroup {
  const service = mark === null ? null : serviceOfMark(config, mark, family);
  const pool = service === null ? undefined : pools.get(service.name);
  const names = new Map(pool?.decision?.places.map(({ address, server }) => [address, server]));
  return {
    packets: describeGroup(group),
    byClient: group.byClient,
    mark,
    service: service?.name ?? null,
    pooled:
      pool === undefined || pool.readMs === null
        ? null
        : (pool.actual?.entries ?? [])
            .filter(({ weight }) => weight > 0)
            .map(({ address, weight }) => ({ server: names.get(address) ?? address, address, weight })),
  };
}

/** How viewers come to a service by its mark, one line for each group of packets. */
export function reachedBy({ config, clients }: Omit<ClientSources, 'pools'>, at: ServiceAddress): readonly string[] {
  if (at.kind !== 'fwmark') return [];
  return config.classify.groups.flatMap((group) => {
    if (!group.vips.some((vip) => familyOf(vip) === at.family)) return [];
    const packets = `${describeGroup(group)} gets mark ${at.mark}`;
    if (!group.byClient) return group.mark === at.mark ? [packets] : [];
    const listed = clients.marking().clients.reduce((count, { mark }) => count + (mark === at.mark ? 1 : 0), 0);
    const from = [
      ...(listed > 0 ? [`${listed} listed ${listed === 1 ? 'network' : 'networks'} of clients`] : []),
      ...(group.mark === at.mark ? ['clients that are not listed'] : []),
    ];
    return from.length === 0 ? [] : [`${packets} from ${from.join(' and ')}`];
  });
}

function rowsOf(config: Pick<Config, 'services'>, clients: Clients): (network: Network) => ClientRow {
  const names = new Map<string, string>();
  for (const { at, name } of config.services.values()) {
    if (at.kind === 'fwmark') names.set(`${at.family} ${at.mark}`, name);
  }
  return ({ text, family }) => {
    const order = clients.overrides().get(text)?.order;
    const configured = clients.configured().get(text);
    const mark = order === undefined ? (configured?.mark ?? null) : order.mark;
    return {
      network: text,
      mark,
      service: mark === null ? null : (names.get(`${family} ${mark}`) ?? null),
      override: order === undefined ? null : { by: order.by, atMs: order.atMs, why: order.why },
      configured: configured === undefined ? null : { mark: configured.mark, where: configured.where },
    };
  };
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
