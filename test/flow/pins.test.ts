import { describe, expect, it } from 'vitest';
import type { PinRequest } from '../../src/api/control.ts';
import type { Config, VirtualServiceConfig } from '../../src/config/config.ts';
import { type Cluster, cluster, configuration } from './cluster.ts';

const order: PinRequest = { weight: 30, service: null, forMs: null, why: 'half a machine', by: 'anna' };

async function settled<T>(c: Cluster, answer: Promise<T>): Promise<T> {
  // Before time goes on: a refusal must not be unhandled meanwhile.
  answer.catch(() => {});
  await c.clock.advance(100);
  return answer;
}

async function running(change: Partial<VirtualServiceConfig> = {}, config: Partial<Config> = {}): Promise<Cluster> {
  const c = cluster(configuration(config, { scheduler: 'wlc', ...change }));
  for (const host of ['edge1', 'edge2', 'spare'] as const) c.load(host, 50);
  await c.clock.advance(3000);
  return c;
}

const pin = (c: Cluster, change: Partial<PinRequest> = {}, server = 'edge1') =>
  settled(c, c.engine.control.pin(server, { ...order, ...change }));
const unpin = (c: Cluster, service: string | null = null, server = 'edge1') =>
  settled(c, c.engine.control.unpin(server, service, 'anna', ''));
const remarks = (c: Cluster) =>
  c.store.history({ limit: 1000 }).flatMap((row) => (row.type === 'remark' && row.server !== null ? [row] : []));
const sorted = async (c: Cluster) => (await c.table()).split(' ').sort().join(' ');

describe('a pin in a pool with the weights of the configuration', () => {
  it('is written at once, with its cause, kept, and taken back when it is lifted', async () => {
    const c = await running();
    const answer = await pin(c);
    const laid = { server: 'edge1', service: 'playout', weight: 30, untilMs: null, why: 'half a machine', by: 'anna' };
    expect(answer).toEqual({ pins: [{ ...laid, atMs: expect.any(Number) }], notes: [], unsaved: null });
    expect(await c.table()).toBe('edge1=30 edge2=1');
    const [action] = c.store.history({ limit: 2 }).flatMap((row) => (row.type === 'action' ? [row] : []));
    expect(action).toMatchObject({
      command: 'edit 10.10.3.20:0 weight 30',
      cause: 'edge1: pin to 30 in playout by anna: half a machine',
    });
    await c.clock.advance(600_000);
    expect(await c.table()).toBe('edge1=30 edge2=1');

    expect((await unpin(c)).lifted).toEqual(answer.pins);
    expect(await c.table()).toBe('edge1=1 edge2=1');
    expect((await unpin(c)).lifted).toEqual([]);
    expect(remarks(c).map(({ kind, text }) => [kind, text])).toEqual([
      ['unpin', 'unpin in playout by anna'],
      ['pin', 'pin to 30 in playout by anna: half a machine'],
    ]);
  });

  it('stands behind a drain, an overload and a failure, and counts again after each', async () => {
    const c = await running({ failBack: { afterMs: 0 } });
    await pin(c);
    await settled(c, c.engine.control.hold('edge1', { kind: 'drain', forMs: null, why: '', by: 'anna' }));
    expect(await sorted(c)).toBe('edge1=0 edge2=1 spare=1');
    expect(c.engine.control.status().services[0]?.places[0]?.pin).toMatchObject({ weight: 30, inForce: false });
    expect((await c.engine.control.explain('edge1')).pools[0]?.because.at(-1)).toBe(
      'pinned to 30 by anna: half a machine, when it gets viewers again',
    );
    await settled(c, c.engine.control.enable('edge1', 'anna', ''));
    expect(await sorted(c)).toBe('edge1=30 edge2=1');

    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    expect(await sorted(c)).toBe('edge2=1 spare=1');
    c.become('edge1', 'up');
    await c.clock.advance(10_000);
    expect(await sorted(c)).toBe('edge1=30 edge2=1');

    c.become('edge1', 'overloaded');
    await c.clock.advance(5000);
    expect(await sorted(c)).toBe('edge1=0 edge2=1 spare=1');
    c.become('edge1', 'up');
    await c.clock.advance(10_000);
    expect(await sorted(c)).toBe('edge1=30 edge2=1');
  });

  it('expires at its time', async () => {
    const c = await running();
    await pin(c, { forMs: 60_000 });
    await c.clock.advance(58_000);
    expect(await c.table()).toBe('edge1=30 edge2=1');
    await c.clock.advance(4000);
    expect(await c.table()).toBe('edge1=1 edge2=1');
    expect(c.store.pins()).toEqual([]);
    expect(remarks(c)[0]).toMatchObject({ kind: 'unpin', text: 'pin to 30 in playout by anna expired' });
  });

  it('survives kill -9', async () => {
    const c = await running();
    await pin(c, { forMs: 600_000 });
    c.crashAndStart();
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge1=30 edge2=1');
    expect(c.engine.control.status().servers[0]?.pins).toMatchObject([{ weight: 30, service: 'playout' }]);
    await c.clock.advance(600_000);
    expect(await c.table()).toBe('edge1=1 edge2=1');
  });

  it('survives a reload, and waits for a pool and a server that are away', async () => {
    const c = await running();
    await pin(c);
    c.engine.take(configuration({}, { scheduler: 'wlc', persistenceS: 60 }));
    await c.clock.advance(6000);
    expect(await c.table()).toBe('edge1=30 edge2=1');

    c.engine.take(configuration({ services: new Map() }));
    await c.clock.advance(6000);
    expect(c.engine.control.status().servers[0]?.pins).toMatchObject([{ weight: 30, service: 'playout' }]);
    const all = configuration();
    const services = new Map(
      [...all.services].map(([name, service]) => [name, { ...service, members: service.members.slice(1) }]),
    );
    c.engine.take({
      ...all,
      services,
      servers: new Map([...all.servers].filter(([name]) => name !== 'edge1')),
      checks: all.checks.filter(({ server }) => server !== 'edge1'),
    });
    await c.clock.advance(6000);
    expect(await c.table()).not.toContain('edge1');
    c.crashAndStart();
    c.engine.take(configuration({}, { scheduler: 'wlc' }));
    await c.clock.advance(6000);
    expect(await sorted(c)).toBe('edge1=30 edge2=1');
  });

  it('is laid on a stand-in where its pool is named, and counts while it stands in', async () => {
    const c = await running();
    await expect(pin(c, {}, 'spare')).rejects.toThrow(
      'expected a member of a pool, got `spare`; it stands in, in playout: name one',
    );
    const { notes } = await pin(c, { service: 'playout', weight: 7 }, 'spare');
    expect(notes).toEqual(['playout: gets no viewers now (spare); the pin applies when it does']);
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    expect(await sorted(c)).toBe('edge2=1 spare=7');
  });

  it('refuses names that are not there and a weight that the table does not take', async () => {
    const c = await running();
    await expect(pin(c, {}, 'edge9')).rejects.toThrow('expected one of edge1, edge2, spare, got `edge9`');
    await expect(pin(c, { service: 'vod' })).rejects.toThrow('expected one of playout, got `vod`');
    await expect(unpin(c, 'vod')).rejects.toThrow('expected one of playout, got `vod`');
    await expect(pin(c, { weight: 0 })).rejects.toThrow('expected a weight from 1 to 65535 in playout, got `0`');
    await expect(pin(c, { weight: 65_536 })).rejects.toThrow(
      'expected a weight from 1 to 65535 in playout, got `65536`',
    );
    expect(c.store.pins()).toEqual([]);
  });

  it('says that it will not matter for a scheduler which does not go by weights', async () => {
    const c = await running({ scheduler: 'rr' });
    expect((await pin(c)).notes).toEqual(['playout: the scheduler rr does not share out new viewers by weight']);
  });

  it('says that it is not on disk while the disk refuses', async () => {
    const c = await running();
    const { record } = c.store;
    (c.store as { record: unknown }).record = () => {
      throw new Error('database or disk is full');
    };
    const text = 'the database does not take changes: database or disk is full';
    expect((await pin(c)).unsaved).toBe(text);
    expect(await c.table()).toBe('edge1=30 edge2=1');
    expect((await unpin(c)).unsaved).toBe(text);
    (c.store as { record: unknown }).record = record;
    await c.clock.advance(60_000);
    expect((await pin(c)).unsaved).toBeNull();
    expect(c.store.pins()).toHaveLength(1);
  });

  it('puts right what another hand changed, and marks it in the table', async () => {
    const c = await running();
    await pin(c);
    const at = { kind: 'fwmark', mark: 1, family: 4 } as const;
    const entry = { address: '10.10.3.20', port: 0, forward: 'dr', weight: 5 } as const;
    await c.balancer.apply([{ op: 'edit', service: at, entry }]);
    await c.clock.advance(6000);
    expect(await c.table()).toBe('edge1=30 edge2=1');
    const [view] = await settled(c, c.engine.control.table());
    expect(view?.desired).toEqual([
      { ...entry, weight: 30, pinned: true },
      { ...entry, address: '10.10.3.21', weight: 1 },
    ]);
  });
});

describe('a pin in a pool of HAProxy', () => {
  const at = { kind: 'haproxy', socket: '/run/haproxy.sock', backend: 'rtmp' } as const;

  function haproxyCluster(): Cluster {
    const { checks } = configuration();
    const steering = checks.map((check) => ({ ...check, steers: ['haproxy' as const] }));
    return cluster(configuration({ checks: steering }, { balancer: 'haproxy', at, scheduler: 'haproxy' }));
  }

  it('is refused above what HAProxy takes', async () => {
    const c = haproxyCluster();
    await c.clock.advance(3000);
    await expect(pin(c, { weight: 257 })).rejects.toThrow(
      'expected a weight from 1 to 256 in playout (HAProxy), got `257`',
    );
    await pin(c, { weight: 256 });
    const entries = (await c.balancer.read()).get('haproxy:rtmp@/run/haproxy.sock')?.entries;
    expect(entries?.map(({ weight }) => weight)).toEqual([256, 1]);
  });

  it('is refused where an agent weighs the line, and gives way to an agent that came later', async () => {
    const c = haproxyCluster();
    await c.clock.advance(3000);
    await pin(c, { weight: 30 }, 'edge2');
    const { read } = c.balancer;
    const selfWeighed = new Set(['10.10.3.20:0', '10.10.3.21:0']);
    (c.balancer as { read: typeof read }).read = async () =>
      new Map([...(await read())].map(([key, service]) => [key, { ...service, selfWeighed }]));
    await c.clock.advance(6000);
    await expect(pin(c)).rejects.toThrow(
      'the agent of edge1 tells HAProxy its weight in playout: a pin would not hold there',
    );
    expect((await c.engine.control.explain('edge2')).pools[0]?.because.slice(-2)).toEqual([
      'pinned to 30 by anna: half a machine',
      'its agent reports its weight to the balancer',
    ]);
    expect(c.engine.control.status().services[0]?.places[1]?.pin).toMatchObject({ inForce: false });
  });
});

describe('a pin in a pool with `balance`', () => {
  const balance = { by: ['cpu'], everyMs: 15_000, dryRun: false } as const;
  const weights = async (c: Cluster): Promise<Record<string, number>> =>
    Object.fromEntries((await c.table()).split(' ').map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]));

  it('is written at once, and the law moves the others without it', async () => {
    const c = await running({ balance });
    expect(await c.table()).toBe('edge1=100 edge2=100');
    await pin(c);
    expect(await c.table()).toBe('edge1=30 edge2=100');
    c.load('edge1', 90);
    await c.clock.advance(600_000);
    expect(await c.table()).toBe('edge1=30 edge2=100');
    const [place] = c.engine.control.status().services[0]?.places ?? [];
    expect(place).toMatchObject({
      actualWeight: 30,
      pin: { weight: 30, inForce: true },
      balanced: { weight: 30, base: 100 },
    });
    expect((await c.engine.control.explain('edge1')).pools[0]?.because.slice(-2)).toEqual([
      'pinned to 30 by anna: half a machine',
      'has 30 % of its base 100: cpu 90 %, smoothed 90 %, pool 50 %: pinned manually, weight 30 stays',
    ]);
  });

  it('lets the law go on from there', async () => {
    const c = await running({ balance });
    await pin(c);
    await c.clock.advance(60_000);
    await unpin(c);
    expect(await c.table()).toBe('edge1=30 edge2=100');
    await c.clock.advance(20_000);
    const { edge1 = 0 } = await weights(c);
    expect(edge1).toBeGreaterThan(30);
    expect(edge1).toBeLessThan(60);
    await c.clock.advance(300_000);
    expect((await weights(c))['edge1']).toBeGreaterThan(90);
  });

  it('does not make the law believe after a restart that the others are small', async () => {
    const c = await running({ balance });
    await pin(c, { weight: 5000 });
    expect(await c.table()).toBe('edge1=5000 edge2=100');
    c.crashAndStart();
    await c.clock.advance(120_000);
    expect(await c.table()).toBe('edge1=5000 edge2=100');
  });

  it('counts in a dry run, in which nothing else is moved', async () => {
    const c = await running({ balance: { ...balance, dryRun: true } });
    await pin(c);
    c.load('edge2', 90);
    await c.clock.advance(300_000);
    expect(await c.table()).toBe('edge1=30 edge2=1');
    await unpin(c);
    expect(await c.table()).toBe('edge1=1 edge2=1');
  });
});
