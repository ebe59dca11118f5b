/** What every balancer keeps, as cases without a test runner, so that a real kernel can be asked too. */
import assert from 'node:assert/strict';
import { type Balancer, BalancerError } from '../../src/balancer/balancer.ts';
import { isApplied, planService } from '../../src/core/plan.ts';
import { type Command, type Entry, entryKey, type ServiceSpec, serviceKey, type Table } from '../../src/core/table.ts';

/** One empty table and its balancers. */
export interface Stage {
  /** A balancer on the table; several may be open at once. */
  open(): Balancer;
  /** Another hand on the table, past every balancer. */
  hand(commands: readonly Command[]): Promise<void>;
  /** One service as the table itself shows it, to compare byte for byte. */
  raw(key: string): string;
}

export interface BalancerCase {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
}

const playout: ServiceSpec = fwmark(1, 50);
const other: ServiceSpec = fwmark(7, 300);
const news: ServiceSpec = {
  at: { kind: 'tcp', address: '10.10.3.30', port: 554 },
  scheduler: 'wlc',
  persistenceS: null,
  persistencePrefix: 32,
};
const radio: ServiceSpec = {
  at: { kind: 'udp', address: '2001:db8::30', port: 5004 },
  scheduler: 'rr',
  persistenceS: 60,
  persistencePrefix: 64,
};

export const balancerContract: readonly BalancerCase[] = [
  {
    name: 'reads an empty table',
    run: (stage) => withBalancer(stage, async (balancer) => assert.equal((await balancer.read()).size, 0)),
  },
  {
    name: 'resolves an apply once the table shows it',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await balancer.apply(pool(playout, [entry('10.10.3.20'), entry('10.10.3.21', 5)]));
        expectService(await balancer.read(), playout, [entry('10.10.3.20'), entry('10.10.3.21', 5)]);
      }),
  },
  {
    name: 'does nothing for no commands',
    run: (stage) => withBalancer(stage, (balancer) => balancer.apply([])),
  },
  {
    name: 'keeps every field of every kind of service and server',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const wide: ServiceSpec = { ...fwmark(0xfffffff0, 2_678_400), persistencePrefix: 24 };
        const ipv6Mark: ServiceSpec = {
          ...playout,
          at: { kind: 'fwmark', mark: 2, family: 6 },
          persistencePrefix: 128,
        };
        const pools: readonly (readonly [ServiceSpec, readonly Entry[]])[] = [
          [wide, [{ ...entry('10.10.3.20', 65_535), forward: 'tun' }]],
          [news, [{ address: '10.10.3.20', port: 1554, forward: 'nat', weight: 0 }]],
          [radio, [{ address: '2001:db8::11', port: 5004, forward: 'dr', weight: 3 }]],
          [ipv6Mark, [{ address: '2001:db8:0:1::12', port: 0, forward: 'dr', weight: 1 }]],
        ];
        for (const [spec, entries] of pools) await balancer.apply(pool(spec, entries));
        const table = await balancer.read();
        for (const [spec, entries] of pools) expectService(table, spec, entries);
      }),
  },
  {
    name: 'swaps: adds, drains and removes',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await balancer.apply(pool(playout, [entry('10.10.3.20'), entry('10.10.3.21')]));
        const wanted = [entry('10.10.3.21', 0), entry('10.10.3.29')];
        await balancer.apply(planService({ spec: playout, entries: wanted }, (await balancer.read()).get('fwmark:1')));
        expectService(await balancer.read(), playout, wanted);
      }),
  },
  {
    name: 'changes a service and leaves its servers',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await balancer.apply(pool(playout, [entry('10.10.3.20', 4)]));
        const changed: ServiceSpec = { ...playout, scheduler: 'wlc', persistenceS: null };
        await balancer.apply([{ op: 'edit-service', service: changed }]);
        expectService(await balancer.read(), changed, [entry('10.10.3.20', 4)]);
      }),
  },
  {
    name: 'removes a service',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await balancer.apply(pool(playout, [entry('10.10.3.20')]));
        await balancer.apply([{ op: 'remove-service', service: playout }]);
        assert.equal((await balancer.read()).size, 0);
      }),
  },
  {
    name: 'sees what another hand did',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await balancer.apply(pool(playout, [entry('10.10.3.20')]));
        await stage.hand([
          { op: 'add', service: playout.at, entry: entry('10.10.3.66', 9) },
          { op: 'edit', service: playout.at, entry: entry('10.10.3.20', 0) },
        ]);
        expectService(await balancer.read(), playout, [entry('10.10.3.20', 0), entry('10.10.3.66', 9)]);
      }),
  },
  {
    name: 'brings the table there when another hand was quicker',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await stage.hand(pool(playout, [entry('10.10.3.20', 7)]));
        const longer: ServiceSpec = { ...playout, persistenceS: 90 };
        await balancer.apply([...pool(longer, [entry('10.10.3.20', 2)]), remove(playout, '10.10.3.99')]);
        expectService(await balancer.read(), longer, [entry('10.10.3.20', 2)]);
      }),
  },
  {
    name: 'leaves services of others byte for byte',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await stage.hand([...pool(other, [entry('10.10.3.20', 3)]), ...pool(radio, [])]);
        const keys = [serviceKey(other.at), serviceKey(radio.at)];
        const before = keys.map((key) => stage.raw(key));
        await balancer.apply(pool(playout, [entry('10.10.3.20'), entry('10.10.3.21')]));
        await balancer.apply([remove(playout, '10.10.3.20')]);
        await balancer.apply([{ op: 'remove-service', service: playout }]);
        assert.deepEqual(
          keys.map((key) => stage.raw(key)),
          before,
        );
        assert.ok(before.every((text) => text !== ''));
      }),
  },
  {
    name: 'does the rest when one command is refused, and says which',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await balancer.apply(pool(playout, [entry('10.10.3.20')]));
        const commands: readonly Command[] = [
          { op: 'add', service: playout.at, entry: entry('10.10.3.29') },
          { op: 'add', service: other.at, entry: entry('10.10.3.77') },
          remove(playout, '10.10.3.20'),
        ];
        const error = await balancer.apply(commands).then(
          () => null,
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof BalancerError);
        assert.equal(error.kind, 'refused');
        assert.match(error.message, /10\.10\.3\.77/);
        assert.doesNotMatch(error.message, /\n|\.$/);
        expectService(await balancer.read(), playout, [entry('10.10.3.29')]);
      }),
  },
  {
    name: 'applies to several services at once, the refused and the good apart',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const specs = [1, 2, 3, 4].map((mark) => fwmark(mark, null));
        for (const spec of specs) await balancer.apply(pool(spec, [entry('10.10.3.20')]));
        const swaps = specs.map((spec) => balancer.apply([...add(spec, '10.10.3.29'), remove(spec, '10.10.3.20')]));
        const refused = balancer.apply(add(other, '10.10.3.29'));
        const results = await Promise.allSettled([...swaps, refused]);
        assert.deepEqual(
          results.map(({ status }) => status),
          ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
        );
        const table = await balancer.read();
        for (const spec of specs) expectService(table, spec, [entry('10.10.3.29')]);
      }),
  },
  {
    name: 'leaves the table when it is closed, and adopts it when it is opened',
    async run(stage) {
      await withBalancer(stage, (balancer) => balancer.apply(pool(playout, [entry('10.10.3.20')])));
      await withBalancer(stage, async (balancer) => {
        expectService(await balancer.read(), playout, [entry('10.10.3.20')]);
      });
    },
  },
  {
    name: 'refuses to apply once closed',
    async run(stage) {
      const balancer = stage.open();
      await balancer.close();
      await assert.rejects(balancer.apply(pool(playout, [])), BalancerError);
      await balancer.close();
    },
  },
];

async function withBalancer(stage: Stage, use: (balancer: Balancer) => Promise<void>): Promise<void> {
  const balancer = stage.open();
  try {
    await use(balancer);
  } finally {
    await balancer.close();
  }
}

function expectService(table: Table, spec: ServiceSpec, entries: readonly Entry[]): void {
  const service = table.get(serviceKey(spec.at));
  assert.ok(service, `no ${serviceKey(spec.at)}`);
  assert.ok(isApplied([{ op: 'edit-service', service: spec }], table), JSON.stringify(service.spec));
  const seen = service.entries.map(({ address, port, forward, weight }) => ({ address, port, forward, weight }));
  assert.deepEqual(seen.toSorted(byKey), entries.toSorted(byKey));
}

function byKey(a: Entry, b: Entry): number {
  return entryKey(a) < entryKey(b) ? -1 : 1;
}

function pool(spec: ServiceSpec, entries: readonly Entry[]): readonly Command[] {
  return planService({ spec, entries }, undefined);
}

function add(spec: ServiceSpec, address: string): readonly Command[] {
  return [{ op: 'add', service: spec.at, entry: entry(address) }];
}

function remove(spec: ServiceSpec, address: string): Command {
  return { op: 'remove', service: spec.at, entry: entry(address) };
}

function entry(address: string, weight = 1): Entry {
  return { address, port: 0, forward: 'dr', weight };
}

function fwmark(mark: number, persistenceS: number | null): ServiceSpec {
  return { at: { kind: 'fwmark', mark, family: 4 }, scheduler: 'rr', persistenceS, persistencePrefix: 32 };
}
