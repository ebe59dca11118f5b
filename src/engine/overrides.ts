/**
 * The manual overrides: what operators set at run time, and what neither a reload nor a restart may undo (law 10).
 * Overrides of servers, pools and clients that the configuration does not name wait here for them. This is all of the
 * state that two directors have to share.
 */
import { parseNetwork } from '../config/networks.ts';
import type { Network } from '../core/marks.ts';
import type { Hold, Pin } from '../core/model.ts';
import type { Pins } from '../core/pins.ts';
import type { Log } from '../ports.ts';
import type { ClientOrder, Store } from '../store/store.ts';

export interface ClientOverride {
  readonly network: Network;
  readonly order: ClientOrder;
}

export interface Overrides {
  hold(server: string): Hold | null;
  setHold(hold: Hold): void;
  liftHold(server: string): void;
  /** Sorted by the names of their pools. */
  pinsOf(server: string): readonly Pin[];
  /** By server. */
  pinsIn(service: string): ReadonlyMap<string, Pin>;
  weightsIn(service: string): Pins;
  setPin(pin: Pin): void;
  liftPin(pin: Pick<Pin, 'server' | 'service'>): void;
  /** By network in canonical form, in the order in which they were set. */
  clients(): ReadonlyMap<string, ClientOverride>;
  setClient(override: ClientOverride): void;
  liftClient(network: Network): void;
  /** Holds and pins that have expired. `nowMs` is wall time. */
  expired(nowMs: number): { readonly holds: readonly Hold[]; readonly pins: readonly Pin[] };
}

export interface StoredOverrides {
  readonly holds: readonly Hold[];
  readonly pins: readonly Pin[];
  readonly clients: readonly ClientOverride[];
}

export function createOverrides(stored: StoredOverrides): Overrides {
  const holds = new Map(stored.holds.map((hold) => [hold.server, hold]));
  const pools = new Map<string, Map<string, Pin>>();
  const clients = new Map(stored.clients.map((override) => [override.network.text, override]));
  const pinsIn = (service: string): ReadonlyMap<string, Pin> => pools.get(service) ?? new Map();
  const allPins = (): readonly Pin[] => [...pools.values()].flatMap((pool) => [...pool.values()]);
  const setPin = (pin: Pin): void => {
    const pool = pools.get(pin.service) ?? new Map<string, Pin>();
    pools.set(pin.service, pool.set(pin.server, pin));
  };
  for (const pin of stored.pins) setPin(pin);

  return {
    hold: (server) => holds.get(server) ?? null,
    setHold: (hold) => void holds.set(hold.server, hold),
    liftHold: (server) => void holds.delete(server),
    pinsOf: (server) =>
      allPins()
        .filter((pin) => pin.server === server)
        .toSorted((a, b) => (a.service < b.service ? -1 : 1)),
    pinsIn,
    weightsIn: (service) => new Map([...pinsIn(service)].map(([server, { weight }]) => [server, weight])),
    setPin,
    liftPin: ({ server, service }) => void pools.get(service)?.delete(server),
    clients: () => clients,
    setClient(override) {
      // Deleted first, so that the newest is the last.
      clients.delete(override.network.text);
      clients.set(override.network.text, override);
    },
    liftClient: ({ text }) => void clients.delete(text),
    expired(nowMs) {
      const isExpired = ({ untilMs }: Hold | Pin): boolean => untilMs !== null && untilMs <= nowMs;
      return { holds: [...holds.values()].filter(isExpired), pins: allPins().filter(isExpired) };
    },
  };
}

/** The overrides that the database holds. A client that cannot be parsed is logged and left out. */
export function readOverrides(store: Pick<Store, 'holds' | 'pins' | 'clientMarks'>, log: Log): Overrides {
  const clients = store.clientMarks().flatMap((order): ClientOverride[] => {
    const parsed = parseNetwork(order.network);
    if ('ok' in parsed) return [{ network: parsed.ok, order }];
    log.error({ network: order.network }, 'client override left out: expected an IP address or a network');
    return [];
  });
  return createOverrides({ holds: store.holds(), pins: store.pins(), clients });
}
