/** The reconciler and the balancer on a real HAProxy: the lab's, or this host's. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createHaproxyBalancer } from '../../../src/balancer/haproxy/haproxy.ts';
import { haproxyPools } from '../../../src/balancer/haproxy/seats.ts';
import type { Config, VirtualServiceConfig } from '../../../src/config/config.ts';
import type { ServerView } from '../../../src/core/pool.ts';
import { createReconciler } from '../../../src/engine/steer/reconciler.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { findHaproxy, type RealHaproxy, startHaproxy, until } from '../../fake/haproxy/real-haproxy.ts';
import { tempFolder } from '../../store/temp-folder.ts';

const program = findHaproxy();
const addresses = { edge1: '127.0.0.21', edge2: '127.0.0.22', spare: '127.0.0.29' };
type Name = keyof typeof addresses;

interface World {
  readonly haproxy: RealHaproxy;
  become(server: Name, change: Partial<ServerView>): Promise<void>;
  /** A viewer: says which server it reached, and stays until it is hung up. */
  view(): Promise<{ readonly server: string; readonly socket: Socket }>;
  weights(): Record<string, number>;
  conns(server: Name): number;
  readonly drifts: string[];
  readonly causes: string[];
  problem(): string | null;
  settle(): Promise<void>;
}

/** `spareLine`: the stand-in has a line of its own, that waits. Frontend and backend share a name, as they often do. */
async function onHaproxy(spareLine: boolean, run: (world: World) => Promise<void>): Promise<void> {
  if (program === null) throw new Error('no haproxy');
  const port = await freePort();
  const servers: Server[] = [];
  const viewers: Socket[] = [];
  for (const [name, address] of Object.entries(addresses)) servers.push(await greeter(name, address, port));
  const line = (name: Name, more = '') => `  server ${name} ${addresses[name]}:${port} ${more}\n`;
  const haproxy = await startHaproxy(
    program,
    tempFolder(),
    `frontend rtmp\n  bind 127.0.0.1:${port}\n  default_backend rtmp\nbackend rtmp\n${line('edge1')}${line('edge2')}${spareLine ? line('spare', 'disabled') : ''}`,
  );
  const config: VirtualServiceConfig = {
    name: 'rtmp',
    balancer: 'haproxy',
    at: { kind: 'haproxy', socket: haproxy.socket, backend: 'rtmp' },
    scheduler: 'haproxy',
    persistenceS: null,
    persistencePrefix: 32,
    forward: 'nat',
    members: (['edge1', 'edge2'] as const).map((server) => ({ server, weight: 10, port: 0, backups: ['spare'] })),
    minPooled: { count: 1 },
    failBack: { afterMs: 0 },
  };
  const views = new Map<string, ServerView>(
    Object.entries(addresses).map(([name, address]) => [
      name,
      { name, address, status: 'ok', okSinceMs: 0, hold: null, shared: false, returnNow: false },
    ]),
  );
  const known = {
    services: new Map([['rtmp', config]]),
    servers: new Map([...views.values()].map((view) => [view.name, { ...view, backups: [] }])),
  } as unknown as Config;
  const balancer = createHaproxyBalancer({
    clock: systemClock,
    socket: haproxy.socket,
    pools: () => haproxyPools(known, haproxy.socket),
  });
  const drifts: string[] = [];
  const causes: string[] = [];
  const reconciler = createReconciler({
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    balancer: () => balancer,
    server: (_, name) => views.get(name),
    onActions: (done) => causes.push(...done.map(({ cause }) => cause)),
    onChange: (_, drift) => drift !== null && drifts.push(drift),
  });
  const kick = async () => {
    reconciler.kick({ text: 'test', incidentId: null, sinceMs: systemClock.monoMs() });
    await reconciler.settled();
  };
  const entries = () => reconciler.pools().get('rtmp')?.actual?.entries ?? [];
  const nameOf = (address: string) => Object.entries(addresses).find(([, one]) => one === address)?.[0] ?? address;
  try {
    reconciler.set([config], 100);
    await kick();
    await run({
      haproxy,
      drifts,
      causes,
      settle: kick,
      async become(server, change) {
        views.set(server, { ...(views.get(server) as ServerView), ...change });
        await kick();
      },
      async view() {
        const seen = await viewer(port);
        viewers.push(seen.socket);
        return seen;
      },
      weights: () => Object.fromEntries(entries().map(({ address, weight }) => [nameOf(address), weight])),
      conns: (server) => entries().find(({ address }) => address === addresses[server])?.activeConns ?? -1,
      problem: () => reconciler.pools().get('rtmp')?.problem?.text ?? null,
    });
  } finally {
    await reconciler.stop();
    await balancer.close();
    for (const socket of viewers) socket.destroy();
    await haproxy.stop();
    for (const server of servers) server.close();
  }
}

const failing = { status: 'fail', okSinceMs: null } as const;

describe.skipIf(program === null)('a real HAProxy', () => {
  test('drains: running streams live on and are counted, new ones go elsewhere', () =>
    onHaproxy(true, async (world) => {
      const streams = [await world.view(), await world.view()];
      expect(streams.map(({ server }) => server).toSorted()).toEqual(['edge1', 'edge2']);
      await world.become('spare', failing);
      await world.become('edge1', { hold: 'drain' });
      expect(world.weights()).toEqual({ edge1: 0, edge2: 10 });
      expect(world.conns('edge1')).toBe(1);
      expect(await seen(world, 4)).toEqual(new Set(['edge2']));
      const onEdge1 = streams.find(({ server }) => server === 'edge1')?.socket;
      onEdge1?.write('?');
      await until(() => (onEdge1?.bytesRead ?? 0) > 'edge1\n'.length);
      onEdge1?.destroy();
      await until(async () => {
        await world.settle();
        return world.conns('edge1') === 0;
      });
    }));

  test.each([
    ['a line of its own', true],
    ['no line of its own', false],
  ] as const)('swaps in a stand-in with %s, and back', (_, spareLine) =>
    onHaproxy(spareLine, async (world) => {
      await world.become('edge1', failing);
      expect(world.weights()).toEqual({ edge2: 10, spare: 10 });
      expect(await seen(world, 4)).toEqual(new Set(['edge2', 'spare']));
      await world.become('edge1', { status: 'ok', okSinceMs: 0 });
      expect(await seen(world, 4)).toEqual(new Set(['edge1', 'edge2']));
      expect(world.problem()).toBeNull();
      expect(world.drifts).toEqual([]);
    }),
  );

  test.each([
    ['maint', { edge2: 10, spare: 10 }],
    ['drain', { edge1: 0, edge2: 10, spare: 10 }],
  ] as const)('leaves `%s` by another hand as it is, covers it, and goes on when it is lifted', (state, covered) =>
    onHaproxy(true, async (world) => {
      await world.haproxy.ask(`set server rtmp/edge1 state ${state}`);
      await until(() => world.causes.includes('changed in the balancer itself'));
      expect(world.drifts).toEqual([]);
      await world.settle();
      expect(world.weights()).toEqual(covered);
      await world.become('edge1', failing);
      await world.become('edge1', { status: 'ok', okSinceMs: 0 });
      const [adminState] =
        /rtmp \d+ edge1 \S+ \d+ (\d+)/.exec(await world.haproxy.ask('show servers state rtmp'))?.slice(1) ?? [];
      expect(adminState).toBe(state === 'maint' ? '1' : '8');
      await world.haproxy.ask('set server rtmp/edge1 state ready');
      await world.settle();
      expect(world.weights()).toMatchObject({ edge1: 10, edge2: 10 });
      expect(world.problem()).toBeNull();
    }),
  );

  test('puts right what a reload forgot, by itself', () =>
    onHaproxy(true, async (world) => {
      await world.become('edge1', failing);
      await world.haproxy.reload();
      await until(() => world.drifts.length > 0);
      await until(async () => {
        await world.settle();
        return JSON.stringify(world.weights()) === JSON.stringify({ edge2: 10, spare: 10 });
      });
      expect(world.drifts[0]).toMatch(/another hand, repaired: .*spare|127\.0\.0\.29/);
      expect(await seen(world, 4)).toEqual(new Set(['edge2', 'spare']));
    }));
});

/** Which servers so many new viewers reach. */
async function seen(world: World, count: number): Promise<ReadonlySet<string>> {
  const servers = new Set<string>();
  for (let at = 0; at < count; at += 1) servers.add((await world.view()).server);
  return servers;
}

/** Says its name, and a dot for every byte it is sent. */
function greeter(name: string, address: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('.'));
    socket.write(`${name}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}

function viewer(port: number): Promise<{ server: string; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (chunk: Buffer) => resolve({ server: chunk.toString('latin1').trim(), socket }));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without a server')));
  });
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
