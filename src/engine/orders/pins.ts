/**
 * Weights that hands pinned. Those of servers and pools that are not in the configuration wait here for them (law 10):
 * a reload changes nothing.
 */
import type { Pin } from '../../core/model.ts';
import type { Pins as Weights } from '../../core/pins.ts';

export interface Pins {
  all(): readonly Pin[];
  /** In the order of their pools' names. */
  of(server: string): readonly Pin[];
  /** By server. */
  inPool(service: string): ReadonlyMap<string, Pin>;
  weightsIn(service: string): Weights;
  set(pin: Pin): void;
  lift(pin: Pick<Pin, 'server' | 'service'>): void;
}

export function createPins(stored: readonly Pin[]): Pins {
  const pools = new Map<string, Map<string, Pin>>();
  const inPool = (service: string): ReadonlyMap<string, Pin> => pools.get(service) ?? new Map();
  const set = (pin: Pin): void => {
    const pool = pools.get(pin.service) ?? new Map<string, Pin>();
    pools.set(pin.service, pool.set(pin.server, pin));
  };
  for (const pin of stored) set(pin);
  return {
    all: () => [...pools.values()].flatMap((pool) => [...pool.values()]),
    of(server) {
      const own = [...pools.values()].flatMap((pool) => pool.get(server) ?? []);
      return own.sort((a, b) => (a.service < b.service ? -1 : 1));
    },
    inPool,
    weightsIn: (service) => new Map([...inPool(service)].map(([server, { weight }]) => [server, weight])),
    set,
    lift: ({ server, service }) => void pools.get(service)?.delete(server),
  };
}
