/** Marks beside pools: neither waits for the other, and people are told when marks are in problem. */
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { pathMarks } from '../../src/core/marks.ts';
import { client, group, path } from '../engine/marks-world.ts';
import { type Cluster, cluster, configuration, monitor } from './cluster.ts';

function marked(change: Partial<Config> = {}): Config {
  return configuration({
    classify: { backend: 'auto', groups: [group], clients: [client('192.168.7.40', 1)] },
    ...change,
  });
}

async function running(config = marked()): Promise<Cluster> {
  const c = cluster(config);
  await c.clock.advance(3000);
  return c;
}

const marks = (c: Cluster): string | undefined =>
  c.packets
    .kernel()
    ?.clients.map(({ network, mark }) => `${network.text}=${mark}`)
    .join(' ');
const anna = { by: 'anna', why: 'moved' };
const subjects = (c: Cluster): string[] => c.mails.map(({ notice }) => notice.subject);

describe('a director that marks packets', () => {
  it('swaps as quickly as ever while the packet filter hangs', async () => {
    const c = await running();
    c.packets.hold('differences');
    await c.clock.advance(5000);
    c.become('edge1', 'refused');
    await c.clock.advance(20);
    expect(await c.table()).toBe('edge2=1 spare=1');
    expect(c.packets.calls.at(-1)).toBe('differences');
  });

  it('shows the marks in its status', async () => {
    const c = await running();
    expect(c.engine.control.status().marks).toEqual({
      kind: 'nftables',
      groups: 1,
      clients: 1,
      overrides: 0,
      paths: 0,
      inSyncSinceMs: c.clock.wallMs() - 3000,
      problem: null,
      lastDrift: null,
    });
    expect((await running(configuration())).engine.control.status().marks).toBeNull();
  });

  it('tells people after 10 s that packets are not marked as desired, and keeps the pools right', async () => {
    const c = cluster(marked());
    c.packets.fail('apply', 'nft: Operation not permitted', { times: 1000 });
    await c.clock.advance(9000);
    expect(subjects(c)).toEqual([]);
    const text = 'packets are not marked as desired: nft: Operation not permitted';
    expect(c.engine.control.status().problems).toMatchObject([{ kind: 'marks', text }]);
    await c.clock.advance(4000);
    expect(subjects(c)).toEqual([` director: ${text}`]);
    c.become('edge1', 'refused');
    await c.clock.advance(1000);
    expect(await c.table()).toBe('edge2=1 spare=1');
  });

  it('has an order on disk when it answers, so that kill -9 loses nothing', async () => {
    const c = await running();
    await c.engine.control.setClient('192.168.7.21', 1, anna);
    c.crashAndStart();
    await c.clock.advance(10);
    expect(marks(c)).toBe('192.168.7.40=1 192.168.7.21=1');
    expect(await c.engine.control.history({ limit: 5 })).toContainEqual(
      expect.objectContaining({
        kind: 'client',
        text: '192.168.7.21 keeps mark 1 (the default until now), set by anna: moved',
      }),
    );
  });

  it('says of an order that it is not on disk while the disk refuses', async () => {
    const c = await running();
    expect((await c.engine.control.setClient('192.168.7.21', 1, anna)).unsaved).toBeNull();
    (c.store as { record: unknown }).record = () => {
      throw new Error('database or disk is full');
    };
    const { unsaved } = await c.engine.control.setClient('192.168.7.22', 1, anna);
    expect(unsaved).toBe('the database does not take changes: database or disk is full');
  });

  it('finds a client with the servers that take it now', async () => {
    const c = await running();
    const pooled = () => c.engine.control.findClient('192.168.7.40').groups[0]?.pooled?.map(({ server }) => server);
    expect(pooled()).toEqual(['edge1', 'edge2']);
    c.become('edge1', 'refused');
    await c.clock.advance(100);
    expect(pooled()).toEqual(['edge2', 'spare']);
  });

  it('explains which packets come to a pool', async () => {
    const c = await running();
    expect((await c.engine.control.explain('edge1')).pools[0]?.reachedBy).toEqual([
      '10.10.3.30 tcp 1935 gets mark 1 from 1 listed network of clients and clients that are not listed',
    ]);
  });

  it('takes over a reload, and takes its marks away with one that wants none', async () => {
    const c = await running();
    c.engine.take(marked({ classify: { backend: 'auto', groups: [group], clients: [client('10.0.0.0/8', 1)] } }));
    await c.clock.advance(0);
    expect(marks(c)).toBe('10.0.0.0/8=1');
    c.engine.take(configuration());
    await c.clock.advance(0);
    expect(c.packets.kernel()).toBeNull();
  });

  it('has the services of VIP paths beside the pools, and judges by them only when they are there', async () => {
    const base = configuration();
    const way = path('edge1', pathMarks.first + 20);
    const vip = { ...monitor('vip'), tripwire: false };
    const check = { server: 'edge1', monitor: vip, watches: ['edges'], alerts: [], steers: [], path: way };
    const c = cluster({ ...base, checks: [...base.checks, check], paths: [way] });
    c.packets.fail('apply', 'refused', { times: 5 });
    await c.clock.advance(1500);
    const seen = () => c.engine.control.status().servers[0]?.checks.find(({ monitor: name }) => name === 'vip');
    expect(seen()).toMatchObject({ status: 'untested', unknown: expect.stringContaining('was not in place: refused') });
    await c.clock.advance(5000);
    expect(seen()).toMatchObject({ status: 'ok', unknown: null });
    expect((await c.balancer.read()).get(`fwmark:${way.mark}`)?.entries).toMatchObject([{ address: way.address }]);
    c.become('edge1', 'refused');
    await c.clock.advance(100);
    expect(await c.table()).toBe('edge2=1 spare=1');
  });

  it('keeps what it knows of a way when a reload gives it other ports: no incident ends by that', async () => {
    const base = configuration();
    const vip = { ...monitor('vip'), tripwire: false };
    const ways = (first: number) => {
      const paths = ['edge1', 'edge2', 'spare'].map((server, at) => ({
        ...path(server, pathMarks.first + first + at),
        address: base.servers.get(server)?.address ?? '',
      }));
      const checks = base.checks.map((check, at) => ({ ...check, monitor: vip, path: paths[at] ?? null }));
      return { ...base, checks, paths };
    };
    const c = await running(ways(0));
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    expect(subjects(c)).toEqual(['edge1 down: vip refused']);
    c.engine.take(ways(1));
    await c.clock.advance(500);
    expect(c.engine.control.status().servers[0]?.status).toBe('fail');
    await c.clock.advance(30_000);
    expect(c.engine.control.status().incidents).toHaveLength(1);
    expect(subjects(c)).toEqual(['edge1 down: vip refused']);
  });

  it('leaves marks and services when it stops, and no timer', async () => {
    const c = await running();
    const stopped = c.engine.stop();
    await c.clock.advance(100);
    await stopped;
    expect(marks(c)).toBe('192.168.7.40=1');
    expect(c.clock.timers()).toBe(0);
  });
});
