/** Which clients get which mark: what the configuration lists, with what hands said put over it. */
import type { Config, ConfiguredClient } from '../../config/config.ts';
import { parseNetwork } from '../../config/networks.ts';
import {
  type ClientMark,
  type ClientOverride,
  findClient,
  type Marking,
  type Network,
  overrideClients,
} from '../../core/marks.ts';
import type { ClientOrder } from '../../store/store.ts';

export interface HandMark {
  readonly network: Network;
  readonly order: ClientOrder;
}

/** An order that was not carried out yet. */
export interface Foreseen<T = void> {
  /** What it comes to in the kernel. */
  readonly override: ClientOverride;
  /** How all shall be afterwards; the same object as before when the kernel has nothing to do. */
  readonly marking: Marking;
  /** From now on it holds. */
  accept(): T;
}

export interface Clients {
  /** A new configuration; what hands said stays. */
  take(config: Pick<Config, 'classify' | 'paths'>): void;
  /** The same object until something changes. */
  marking(): Marking;
  /** Goes up with every change of what is listed. */
  version(): number;
  configured(): ReadonlyMap<string, ConfiguredClient>;
  /** In the order in which they were given. */
  byHand(): ReadonlyMap<string, HandMark>;
  /** `order` null: the hand is taken back. */
  foresee(network: Network, order: ClientOrder | null): Foreseen;
  /** The longest network that has this one in it, with its mark; null: none of them. */
  find(network: Network): ClientMark | null;
}

export function createClients(
  config: Pick<Config, 'classify' | 'paths'>,
  orders: readonly ClientOrder[],
  onUnread: (order: ClientOrder) => void,
): Clients {
  let { groups, clients } = config.classify;
  let { paths } = config;
  let configured = byText(clients);
  let cached: Marking | null = null;
  let version = 0;
  const hands = new Map<string, HandMark>();
  for (const order of orders) {
    const parsed = parseNetwork(order.network);
    if ('ok' in parsed) hands.set(parsed.ok.text, { network: parsed.ok, order });
    else onUnread(order);
  }

  const isByClient = (): boolean => groups.some(({ byClient }) => byClient);

  function marking(): Marking {
    cached ??= { groups, paths, clients: isByClient() ? overrideClients(clients, overrides()) : [] };
    return cached;
  }

  function overrides(): readonly ClientOverride[] {
    return [...hands.values()].map(({ network, order }) => ({ network, mark: order.mark }));
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
    byHand: () => hands,
    foresee(network, order) {
      const base = marking();
      const mark = order === null ? (configured.get(network.text)?.mark ?? null) : order.mark;
      const after = isByClient() ? withMark(base, network, mark) : base;
      return {
        override: { network, mark },
        marking: after,
        accept() {
          hands.delete(network.text);
          if (order !== null) hands.set(network.text, { network, order });
          // A configuration that came in meanwhile knows nothing of what was foreseen before it.
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
