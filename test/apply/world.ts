/** A director of paper: a configuration, a table that fails when it is told to, a packet filter in memory. */

import { type Kernel, nothingRemembered, type Remembered } from '../../src/apply/kernel.ts';
import type { Balancer } from '../../src/balancer/balancer.ts';
import { BalancerError } from '../../src/balancer/balancer.ts';
import { ipvsadmArguments } from '../../src/balancer/ipvs/arguments.ts';
import type { Config, VirtualServiceConfig } from '../../src/config/config.ts';
import type { Marking, VipPath } from '../../src/core/marks.ts';
import { applyCommand, planService } from '../../src/core/plan.ts';
import { type Entry, entryKey, type ServiceSpec, type Table } from '../../src/core/table.ts';
import { type FakePacketFilter, fakePacketFilter } from '../fake/packet-filter.ts';

export const addresses: Readonly<Record<string, string>> = {
  edge1: '10.10.3.20',
  edge2: '10.10.3.21',
  edge3: '10.10.3.22',
  spare: '10.10.3.29',
};

/** A fwmark service of members with a weight of 1, each backed by spare. */
export function service(
  name: string,
  mark: number,
  members: readonly string[],
  change: Partial<VirtualServiceConfig> = {},
): VirtualServiceConfig {
  return {
    name,
    balancer: 'ipvs',
    at: { kind: 'fwmark', mark, family: 4 },
    scheduler: 'rr',
    persistenceS: null,
    persistencePrefix: 32,
    forward: 'dr',
    members: members.map((server) => ({ server, weight: 1, port: 0, backups: ['spare'] })),
    minPooled: { count: 1 },
    failBack: { afterMs: 30_000 },
    ...change,
  };
}

export const noMarks: Marking = { groups: [], clients: [], paths: [] };

/** Packets to 10.10.3.30:1935 get this mark. */
export function marksOf(mark: number): Marking {
  const tcp = [{ first: 1935, last: 1935 }];
  const group = { interface: null, vips: ['10.10.3.30'], tcp, udp: [], byClient: false, mark };
  return { groups: [group], clients: [], paths: [] };
}

export function path(server: string, mark: number, sourcePort = 20_000): VipPath {
  const address = addresses[server] ?? '';
  return { server, address, vip: '10.10.3.30', port: 1935, sourcePort, mark, forward: 'dr' };
}

export function configOf(
  services: readonly VirtualServiceConfig[],
  { groups, clients, paths }: Marking = noMarks,
): Config {
  const servers = Object.entries(addresses).map(
    ([name, address]) => [name, { name, address, backups: [], shared: false }] as const,
  );
  return {
    director: {
      name: 'lb1',
      references: [],
      stateDir: '/nowhere',
      pulse: null,
      reconcileEveryMs: 5000,
      maxChecks: 10,
      maxChecksPerServer: 2,
      retention: { historyMs: 1, backups: 1 },
    },
    servers: new Map(servers),
    checks: [],
    services: new Map(services.map((one) => [one.name, one])),
    classify: { backend: 'auto', groups, clients: clients.map((one) => ({ ...one, where: 'understudy.yaml:1' })) },
    paths,
    alerts: new Map(),
    mail: null,
  };
}

export interface PaperKernel extends Kernel {
  readonly chosen: FakePacketFilter;
  readonly other: FakePacketFilter;
  table(): Table;
  put(table: Table): void;
  /** Commands done so far. */
  done(): number;
  /** The command behind the next `after` is refused, and so are the `times` - 1 that follow. */
  refuse(after: number, times?: number): void;
}

export function paperKernel(table: Table = new Map(), remembered: Remembered = nothingRemembered): PaperKernel {
  let now = table;
  let done = 0;
  let refusals = { after: Number.POSITIVE_INFINITY, times: 0 };
  const chosen = fakePacketFilter('nftables', ['nftables: 1 table of others']);
  const other = fakePacketFilter('iptables');
  const balancer: Balancer = {
    kind: 'ipvs',
    read: async () => now,
    async apply(commands) {
      let refused: string | null = null;
      for (const command of commands) {
        if (refusals.after > 0) {
          refusals.after -= 1;
        } else if (refusals.times > 0) {
          refusals.times -= 1;
          refused ??= ipvsadmArguments(command).join(' ');
          continue;
        }
        now = applyCommand(now, command);
        done += 1;
      }
      if (refused !== null) throw new BalancerError('refused', `ipvsadm refused: no memory, wanted \`${refused}\``);
    },
    problem: () => null,
    close: async () => {},
  };
  return {
    balancer,
    chosen,
    other,
    filter: async () => chosen,
    allFilters: async () => ({ filters: [chosen, other], unseen: [] }),
    remembered: async () => remembered,
    controlSockets: () => [],
    ipvsadmLines: (commands) => commands.map((command) => ipvsadmArguments(command).join(' ')),
    close: async () => {},
    table: () => now,
    put: (next) => {
      now = next;
    },
    done: () => done,
    refuse: (after, times = 1) => {
      refusals = { after, times };
    },
  };
}

/** A table of fwmark services: mark, and the weight of each server. */
export function tableOf(pools: Readonly<Record<number, Readonly<Record<string, number>>>>): Table {
  return Object.entries(pools).reduce<Table>((table, [mark, weights]) => {
    const at = { kind: 'fwmark', mark: Number(mark), family: 4 } as const;
    const spec: ServiceSpec = { at, scheduler: 'rr', persistenceS: null, persistencePrefix: 32 };
    const entries = Object.entries(weights).map(
      ([server, weight]): Entry => ({ address: addresses[server] ?? server, port: 0, forward: 'dr', weight }),
    );
    return planService({ spec, entries }, undefined).reduce(applyCommand, table);
  }, new Map());
}

/** The same for equal tables, whatever order their entries are in. */
export function pictureOf(table: Table): readonly string[] {
  return [...table]
    .map(([key, { spec, entries }]) => {
      const servers = entries.map((entry) => `${entryKey(entry)}=${entry.weight}${entry.forward}`).sort();
      const { scheduler, persistenceS, persistencePrefix } = spec;
      return `${key} ${scheduler} ${persistenceS === null ? '-' : `${persistenceS}/${persistencePrefix}`}: ${servers.join(' ')}`;
    })
    .sort();
}
