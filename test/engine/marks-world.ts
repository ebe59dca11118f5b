/** Marks over a packet filter and a table of paper, with a configuration that a test changes. */

import type { Control } from '../../src/api/control.ts';
import { createMemoryBalancer, type MemoryTable } from '../../src/balancer/memory.ts';
import type { Config, ConfiguredClient } from '../../src/config/config.ts';
import { parseNetwork } from '../../src/config/networks.ts';
import type { Network, PacketGroup, VipPath } from '../../src/core/marks.ts';
import { type Mark, startMark } from '../../src/engine/mark/marks.ts';
import { createClientOrders } from '../../src/engine/orders/client-orders.ts';
import { readOverrides } from '../../src/engine/overrides.ts';
import { openStore } from '../../src/store/open.ts';
import type { Batch, Store } from '../../src/store/store.ts';
import { type ManualClock, manualClock } from '../fake/clock.ts';
import { type FakePacketFilter, fakePacketFilter } from '../fake/packet-filter.ts';
import { configuration } from '../flow/cluster.ts';

export interface MarksWorld {
  readonly clock: ManualClock;
  readonly marks: Mark;
  readonly control: Pick<Control, 'clients' | 'findClient' | 'setClient' | 'unsetClient'>;
  readonly packets: FakePacketFilter;
  readonly memory: MemoryTable;
  readonly store: Store;
  readonly remarks: { readonly kind: string; readonly text: string }[];
  readonly logged: string[];
  /** How often a packet filter was asked for, and why it is not given. */
  readonly choice: {
    asked: number;
    readonly wanted: string[];
    refuses: string | null;
    filter: (wanted: string) => FakePacketFilter;
  };
  readonly table: { reads: number; refuses: string | null; hold: Promise<void> | null };
  reload(config: Config): void;
}

export const anna = { by: 'anna', why: '' };

export function network(text: string): Network {
  const parsed = parseNetwork(text);
  if ('ok' in parsed) return parsed.ok;
  throw new Error(`expected ${parsed.expected}, got ${text}`);
}

export function client(text: string, mark: number, where = 'clients.csv:7'): ConfiguredClient {
  return { network: network(text), mark, where };
}

export const group: PacketGroup = {
  interface: null,
  vips: ['10.10.3.30'],
  tcp: [{ first: 1935, last: 1935 }],
  udp: [],
  byClient: true,
  mark: 1,
};

export function path(server: string, mark: number): VipPath {
  const address = `10.10.3.${mark % 100}`;
  return { server, address, vip: '10.10.3.30', port: 1935, sourcePort: 40_000 + (mark % 100), mark, forward: 'dr' };
}

/** Virtual services with the marks 1 (playout) and 2 (premium), and clients by address. */
export function marking(clients: readonly ConfiguredClient[] = [], change: Partial<Config> = {}): Config {
  const base = configuration();
  const playout = base.services.get('playout');
  if (playout === undefined) throw new Error('expected a service');
  const premium = { ...playout, name: 'premium', at: { kind: 'fwmark', mark: 2, family: 4 } as const };
  return {
    ...base,
    services: new Map([
      ['playout', playout],
      ['premium', premium],
    ]),
    classify: { backend: 'auto', groups: [group], clients },
    ...change,
  };
}

export function marksWorld(first: Config = marking(), store: Store = openStore(':memory:')): MarksWorld {
  let config = first;
  const clock = manualClock(Date.UTC(2026, 10, 21, 3));
  const packets = fakePacketFilter();
  const memory: MemoryTable = { table: new Map() };
  const balancer = createMemoryBalancer(memory);
  const remarks: MarksWorld['remarks'] = [];
  const logged: string[] = [];
  const choice: MarksWorld['choice'] = { asked: 0, wanted: [], refuses: null, filter: () => packets };
  const table: MarksWorld['table'] = { reads: 0, refuses: null, hold: null };
  const note = (_: object, text: string) => void logged.push(text);
  const log = { debug() {}, info: note, warn: note, error: note };
  const journal = {
    write(batch: Batch) {
      store.record(batch);
      for (const { kind, text } of batch.remarks ?? []) remarks.push({ kind, text });
    },
    flush() {},
    problem: () => null,
  };
  const marks = startMark({
    config,
    clock,
    log,
    overrides: readOverrides(store, log),
    journal,
    store: { boot: store },
    async packetFilter(wanted) {
      choice.asked += 1;
      choice.wanted.push(wanted);
      if (choice.refuses !== null) throw new Error(choice.refuses);
      return choice.filter(wanted);
    },
    table: () => ({
      async read() {
        table.reads += 1;
        if (table.refuses !== null) throw new Error(table.refuses);
        return balancer.read();
      },
      async apply(commands) {
        await table.hold;
        await balancer.apply(commands);
      },
    }),
    onChange: () => {},
  });
  const parts = { clock, log, clients: marks.clients, marker: marks.marker, journal };
  const control = createClientOrders({ ...parts, config: () => config, pools: () => new Map() });
  marks.take(config);
  return {
    clock,
    marks,
    control,
    packets,
    memory,
    store,
    remarks,
    logged,
    choice,
    table,
    reload(next) {
      config = next;
      marks.take(next);
    },
  };
}
