/** What every balancer keeps, as cases without a test runner, so that a real kernel can be asked too. */
import assert from 'node:assert/strict';
import { type Balancer, BalancerError } from '../../src/balancer/balancer.ts';
import { isApplied, planService } from '../../src/core/plan.ts';
import { type Command, type Entry, entryKey, type ServiceSpec, serviceKey, type Table } from '../../src/core/table.ts';

/** A table without real servers, and its balancers. */
export interface Stage {
  /**
   * Four virtual services to fill; where services can be made, none of them is there yet. `absent` is not there and
   * nobody makes it.
   */
  readonly services: readonly [ServiceSpec, ServiceSpec, ServiceSpec, ServiceSpec];
  readonly absent: ServiceSpec;
  /** How packets go to the servers. */
  readonly forward: Entry['forward'];
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

/** The services of a stage that has no wishes of its own. */
export const anyServices: Pick<Stage, 'services' | 'absent' | 'forward'> = {
  services: [playout, fwmark(2, null), fwmark(3, null), fwmark(4, null)],
  absent: other,
  forward: 'dr',
};

/** Of real servers in services that are there, or that the balancer can make. */
export const balancerContract: readonly BalancerCase[] = [
  {
    name: 'shows no real servers in an empty table',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        assert.deepEqual(
          [...(await balancer.read()).values()].flatMap(({ entries }) => entries),
          [],
        );
      }),
  },
  {
    name: 'resolves an apply once the table shows it',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const [spec] = stage.services;
        const entries = [entry(stage, '10.10.3.20'), entry(stage, '10.10.3.21', 5)];
        await make(balancer, spec, entries);
        expectService(await balancer.read(), spec, entries);
      }),
  },
  {
    name: 'does nothing for no commands',
    run: (stage) => withBalancer(stage, (balancer) => balancer.apply([])),
  },
  {
    name: 'swaps: adds, drains and removes',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const [spec] = stage.services;
        await make(balancer, spec, [entry(stage, '10.10.3.20'), entry(stage, '10.10.3.21')]);
        const wanted = [entry(stage, '10.10.3.21', 0), entry(stage, '10.10.3.29')];
        await make(balancer, spec, wanted);
        expectService(await balancer.read(), spec, wanted);
      }),
  },
  {
    name: 'plans nothing more once it is as it should be',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const [spec] = stage.services;
        const wanted = [entry(stage, '10.10.3.20', 3), entry(stage, '10.10.3.21', 0), entry(stage, '10.10.3.29')];
        await make(balancer, spec, wanted);
        const table = await balancer.read();
        assert.deepEqual(planService({ spec, entries: wanted }, table.get(serviceKey(spec.at))), []);
      }),
  },
  {
    name: 'sees what another hand did',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const [spec] = stage.services;
        await make(balancer, spec, [entry(stage, '10.10.3.20')]);
        await stage.hand([
          { op: 'add', service: spec.at, entry: entry(stage, '10.10.3.29', 9) },
          { op: 'edit', service: spec.at, entry: entry(stage, '10.10.3.20', 4) },
        ]);
        const seen = [entry(stage, '10.10.3.20', 4), entry(stage, '10.10.3.29', 9)];
        expectService(await balancer.read(), spec, seen);
      }),
  },
  {
    name: 'brings real servers there when another hand was quicker',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const [spec] = stage.services;
        await make(balancer, spec, [entry(stage, '10.10.3.21')]);
        const planned = (await plan(balancer, spec, [entry(stage, '10.10.3.20', 2)])).toReversed();
        await stage.hand([{ op: 'add', service: spec.at, entry: entry(stage, '10.10.3.20', 7) }]);
        await balancer.apply([...planned, remove(stage, spec, '10.10.3.29')]);
        expectService(await balancer.read(), spec, [entry(stage, '10.10.3.20', 2)]);
      }),
  },
  {
    name: 'leaves services of others byte for byte',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const [spec, one, two] = stage.services;
        await make(balancer, one, [entry(stage, '10.10.3.20', 3)]);
        await make(balancer, two, [entry(stage, '10.10.3.21')]);
        const keys = [serviceKey(one.at), serviceKey(two.at)];
        const before = keys.map((key) => stage.raw(key));
        await make(balancer, spec, [entry(stage, '10.10.3.20'), entry(stage, '10.10.3.21')]);
        await balancer.apply([remove(stage, spec, '10.10.3.20')]);
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
        const [spec] = stage.services;
        await make(balancer, spec, [entry(stage, '10.10.3.20')]);
        const commands: readonly Command[] = [
          { op: 'add', service: spec.at, entry: entry(stage, '10.10.3.29') },
          { op: 'add', service: stage.absent.at, entry: entry(stage, '10.10.3.77') },
          remove(stage, spec, '10.10.3.20'),
        ];
        const error = await balancer.apply(commands).then(
          () => null,
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof BalancerError);
        assert.equal(error.kind, 'refused');
        assert.match(error.message, /10\.10\.3\.77/);
        assert.doesNotMatch(error.message, /\n|\.$/);
        expectService(await balancer.read(), spec, [entry(stage, '10.10.3.29')]);
      }),
  },
  {
    name: 'applies to several services at once, the refused and the good apart',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const { services, absent } = stage;
        for (const spec of services) await make(balancer, spec, [entry(stage, '10.10.3.20')]);
        const swaps = services.map((spec) =>
          balancer.apply([add(stage, spec, '10.10.3.29'), remove(stage, spec, '10.10.3.20')]),
        );
        const refused = balancer.apply([add(stage, absent, '10.10.3.29')]);
        const results = await Promise.allSettled([...swaps, refused]);
        assert.deepEqual(
          results.map(({ status }) => status),
          ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
        );
        const table = await balancer.read();
        for (const spec of services) expectService(table, spec, [entry(stage, '10.10.3.29')]);
      }),
  },
  {
    name: 'leaves the table when it is closed, and adopts it when it is opened',
    async run(stage) {
      const [spec] = stage.services;
      await withBalancer(stage, (balancer) => make(balancer, spec, [entry(stage, '10.10.3.20')]));
      await withBalancer(stage, async (balancer) => {
        expectService(await balancer.read(), spec, [entry(stage, '10.10.3.20')]);
      });
    },
  },
  {
    name: 'refuses to apply once closed',
    async run(stage) {
      const [spec] = stage.services;
      const balancer = stage.open();
      await balancer.close();
      await assert.rejects(balancer.apply([add(stage, spec, '10.10.3.20')]), BalancerError);
      await balancer.close();
    },
  },
];

/** Of balancers that make and remove virtual services. */
export const serviceContract: readonly BalancerCase[] = [
  {
    name: 'reads an empty table',
    run: (stage) => withBalancer(stage, async (balancer) => assert.equal((await balancer.read()).size, 0)),
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
          [wide, [{ ...entry(stage, '10.10.3.20', 65_535), forward: 'tun' }]],
          [news, [{ address: '10.10.3.20', port: 1554, forward: 'nat', weight: 0 }]],
          [radio, [{ address: '2001:db8::11', port: 5004, forward: 'dr', weight: 3 }]],
          [ipv6Mark, [{ address: '2001:db8:0:1::12', port: 0, forward: 'dr', weight: 1 }]],
        ];
        for (const [spec, entries] of pools) await make(balancer, spec, entries);
        const table = await balancer.read();
        for (const [spec, entries] of pools) expectService(table, spec, entries);
      }),
  },
  {
    name: 'changes a service and leaves its servers',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await make(balancer, playout, [entry(stage, '10.10.3.20', 4)]);
        const changed: ServiceSpec = { ...playout, scheduler: 'wlc', persistenceS: null };
        await balancer.apply([{ op: 'edit-service', service: changed }]);
        expectService(await balancer.read(), changed, [entry(stage, '10.10.3.20', 4)]);
      }),
  },
  {
    name: 'removes a service',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await make(balancer, playout, [entry(stage, '10.10.3.20')]);
        await balancer.apply([{ op: 'remove-service', service: playout }]);
        assert.equal((await balancer.read()).size, 0);
      }),
  },
  {
    name: 'sees a real server that another hand added',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await make(balancer, playout, [entry(stage, '10.10.3.20')]);
        await stage.hand([
          { op: 'add', service: playout.at, entry: entry(stage, '10.10.3.66', 9) },
          { op: 'edit', service: playout.at, entry: entry(stage, '10.10.3.20', 0) },
        ]);
        expectService(await balancer.read(), playout, [entry(stage, '10.10.3.20', 0), entry(stage, '10.10.3.66', 9)]);
      }),
  },
  {
    name: 'brings the table there when another hand was quicker',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        await stage.hand(planService({ spec: playout, entries: [entry(stage, '10.10.3.20', 7)] }, undefined));
        const longer: ServiceSpec = { ...playout, persistenceS: 90 };
        const planned = planService({ spec: longer, entries: [entry(stage, '10.10.3.20', 2)] }, undefined);
        await balancer.apply([...planned, remove(stage, playout, '10.10.3.99')]);
        expectService(await balancer.read(), longer, [entry(stage, '10.10.3.20', 2)]);
      }),
  },
  {
    name: 'leaves services that another hand made byte for byte',
    run: (stage) =>
      withBalancer(stage, async (balancer) => {
        const theirs = [
          ...planService({ spec: other, entries: [entry(stage, '10.10.3.20', 3)] }, undefined),
          ...planService({ spec: radio, entries: [] }, undefined),
        ];
        await stage.hand(theirs);
        const keys = [serviceKey(other.at), serviceKey(radio.at)];
        const before = keys.map((key) => stage.raw(key));
        await make(balancer, playout, [entry(stage, '10.10.3.20'), entry(stage, '10.10.3.21')]);
        await balancer.apply([remove(stage, playout, '10.10.3.20')]);
        await balancer.apply([{ op: 'remove-service', service: playout }]);
        assert.deepEqual(
          keys.map((key) => stage.raw(key)),
          before,
        );
        assert.ok(before.every((text) => text !== ''));
      }),
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

async function plan(balancer: Balancer, spec: ServiceSpec, entries: readonly Entry[]): Promise<readonly Command[]> {
  return planService({ spec, entries }, (await balancer.read()).get(serviceKey(spec.at)));
}

async function make(balancer: Balancer, spec: ServiceSpec, entries: readonly Entry[]): Promise<void> {
  await balancer.apply(await plan(balancer, spec, entries));
}

function add(stage: Stage, spec: ServiceSpec, address: string): Command {
  return { op: 'add', service: spec.at, entry: entry(stage, address) };
}

function remove(stage: Stage, spec: ServiceSpec, address: string): Command {
  return { op: 'remove', service: spec.at, entry: entry(stage, address) };
}

function entry({ forward }: Stage, address: string, weight = 1): Entry {
  return { address, port: 0, forward, weight };
}

function fwmark(mark: number, persistenceS: number | null): ServiceSpec {
  return { at: { kind: 'fwmark', mark, family: 4 }, scheduler: 'rr', persistenceS, persistencePrefix: 32 };
}
