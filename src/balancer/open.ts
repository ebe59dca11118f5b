/** Opens the balancers that a configuration needs. */
import { join } from 'node:path';
import type { Config, TableName } from '../config/config.ts';
import { pathServices } from '../core/marks.ts';
import type { Clock, Exec } from '../ports.ts';
import type { Balancer } from './balancer.ts';
import { fileBook } from './haproxy/book.ts';
import { createHaproxyBalancer } from './haproxy/haproxy.ts';
import { haproxyPools } from './haproxy/seats.ts';
import { createIpvsBalancer } from './ipvs/ipvs.ts';
import { createMemoryBalancer } from './memory.ts';

export interface Balancers {
  of(table: TableName): Balancer;
  /** Leaves every table unchanged. */
  close(): Promise<void>;
}

export interface BalancersOptions {
  /** The configuration in force. */
  readonly config: () => Config;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly warn: (text: string) => void;
}

/** Each balancer is opened when a pool first needs it, so the demo never touches a kernel. */
export function openBalancers({ config, exec, clock, warn }: BalancersOptions): Balancers {
  const open = new Map<TableName, Balancer>();
  const book = fileBook(join(config().director.stateDir, 'haproxy-states.json'), warn);
  const make = (table: TableName): Balancer => {
    if (table === 'memory') return createMemoryBalancer();
    if (table === 'ipvs') return createIpvsBalancer({ exec, clock, services: () => ipvsAddresses(config()) });
    const socket = table.slice('haproxy '.length);
    return createHaproxyBalancer({ clock, socket, pools: () => haproxyPools(config(), socket), book });
  };
  return {
    of(table) {
      const balancer = open.get(table) ?? make(table);
      open.set(table, balancer);
      return balancer;
    },
    async close() {
      for (const balancer of open.values()) await balancer.close();
    },
  };
}

function ipvsAddresses({ services, paths }: Config) {
  return [...[...services.values()].map(({ at }) => at), ...pathServices(paths).map(({ spec }) => spec.at)];
}
