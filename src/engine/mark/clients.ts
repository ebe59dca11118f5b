/** Which clients get which mark: those that the configuration lists, overlaid by manual overrides. */
import type { Config, ConfiguredClient, VirtualServiceConfig } from '../../config/config.ts';
import {
  type ClientMark,
  findClient,
  type ClientOverride as MarkChange,
  type Marking,
  type Network,
  overrideClients,
} from '../../core/marks.ts';
import type { ClientOrder } from '../../store/store.ts';
import type { ClientOverride, Overrides } from '../overrides.ts';

/** An operator order that has not been applied yet. */
export interface Foreseen<T = void> {
  /** Its effect in the kernel. */
  readonly override: MarkChange;
  /** The desired marking with it; the same object as before if the kernel has nothing to do. */
  readonly marking: Marking;
  /** Puts it into force. */
  accept(): T;
}

export interface Clients {
  /** Takes a new configuration; overrides are kept. */
  take(config: Pick<Config, 'classify' | 'paths'>): void;
  /** The same object until something changes. */
  marking(): Marking;
  /** Goes up with every change of what is listed. */
  version(): number;
  configured(): ReadonlyMap<string, ConfiguredClient>;
  /** In the order in which they were set. */
  overrides(): ReadonlyMap<string, ClientOverride>;
  /** `order` null: the override is lifted. */
  foresee(network: Network, order: ClientOrder | null): Foreseen;
  /** The longest network that has this one in it, with its mark; null: none of them. */
  find(network: Network): ClientMark | null;
}

export function createClients(
  config: Pick<Config, 'classify' | 'paths'>,
  overrides: Pick<Overrides, 'clients' | 'setClient' | 'liftClient'>,
): Clients {
  let { groups, clients } = config.classify;
  let { paths } = config;
  let configured = byText(clients);
  let cached: Marking | null = null;
  let version = 0;
  const isByClient = (): boolean => groups.some(({ byClient }) => byClient);

  function marking(): Marking {
    cached ??= { groups, paths, clients: isByClient() ? overrideClients(clients, changes()) : [] };
    return cached;
  }

  function changes(): readonly MarkChange[] {
    return [...overrides.clients().values()].map(({ network, order }) => ({ network, mark: order.mark }));
  }

  return {
    take(next) {
      ({ groups, clients } = next.classify);
      ({ paths } = next);
      configured = byText(clients);
      cached = null;
      version += 1;
    },
    marking,
    version: () => version,
    configured: () => configured,
    overrides: overrides.clients,
    foresee(network, order) {
      const base = marking();
      const mark = order === null ? (configured.get(network.text)?.mark ?? null) : order.mark;
      const after = isByClient() ? withMark(base, network, mark) : base;
      return {
        override: { network, mark },
        marking: after,
        accept() {
          if (order === null) overrides.liftClient(network);
          else overrides.setClient({ network, order });
          // A configuration that arrived meanwhile is not part of what was foreseen.
          cached = cached === base ? after : null;
          version += 1;
        },
      };
    },
    find: (network) => findClient(marking().clients, network),
  };
}

function withMark(base: Marking, network: Network, mark: number | null): Marking {
  const at = base.clients.findIndex((client) => client.network.text === network.text);
  if ((base.clients[at]?.mark ?? null) === mark) return base;
  const clients = base.clients.slice();
  if (mark === null) clients.splice(at, 1);
  else if (at === -1) clients.push({ network, mark });
  else clients[at] = { network, mark };
  return { ...base, clients };
}

function byText(clients: readonly ConfiguredClient[]): ReadonlyMap<string, ConfiguredClient> {
  return new Map(clients.map((client) => [client.network.text, client]));
}

/** null: no virtual service of that family has the mark. */
export function serviceOfMark(
  { services }: Pick<Config, 'services'>,
  mark: number,
  family: 4 | 6,
): VirtualServiceConfig | null {
  for (const service of services.values()) {
    const { at } = service;
    if (at.kind === 'fwmark' && at.mark === mark && at.family === family) return service;
  }
  return null;
}
