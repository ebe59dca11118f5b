import { describe, expect, it } from 'vitest';
import type { Config, VirtualServiceConfig } from '../../src/config/config.ts';
import { cluster, configuration } from './cluster.ts';

const balance = { by: ['cpu'], everyMs: 15_000, dryRun: false } as const;

function balanced(change: Partial<VirtualServiceConfig> = {}): Config {
  return configuration({}, { scheduler: 'wlc', balance, ...change });
}

/** Runs, was seen well, and says how full it is. */
async function running(config = balanced(), [edge1, edge2] = [50, 50]) {
  const c = cluster(config);
  c.load('edge1', edge1);
  c.load('edge2', edge2);
  c.load('spare', 50);
  await c.clock.advance(3000);
  return c;
}

type World = Awaited<ReturnType<typeof running>>;

async function weights(c: World): Promise<Record<string, number>> {
  const pairs = (await c.table()).split(' ').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name, weight]) => [name, Number(weight)]));
}

const commands = (c: World, sinceMs = 0) =>
  c.store
    .history({ sinceMs, limit: 1000 })
    .flatMap((row) => (row.type === 'action' ? [row] : []))
    .toReversed();

describe('a pool with `balance`', () => {
  it('has weights in a fine scale, and leaves them alone while its servers are equally full', async () => {
    const c = await running();
    expect(await c.table()).toBe('edge1=100 edge2=100');
    await c.clock.advance(10 * 60_000);
    expect(await c.table()).toBe('edge1=100 edge2=100');
    expect(commands(c).filter(({ command }) => command.startsWith('edit'))).toHaveLength(0);
  });

  it('takes weight from the fuller server and tells why, in history and status', async () => {
    const c = await running(balanced(), [80, 50]);
    await c.clock.advance(3 * 60_000);
    const { edge1 = 0, edge2 } = await weights(c);
    expect(edge1).toBeLessThan(60);
    expect(edge2).toBe(100);
    const [first] = commands(c).filter(({ command }) => command.startsWith('edit'));
    expect(first?.command).toBe('edit 10.10.3.20:0 weight 93');
    expect(first?.cause).toBe('edge1: cpu 80 %, smoothed 80 %, pool 65 %: fuller than the pool, weight 100 to 93');
    const [service] = c.engine.control.status().services;
    expect(service?.balance).toEqual(balance);
    expect(service?.places[0]).toMatchObject({ actualWeight: edge1, balanced: { weight: edge1, base: 100 } });
    expect((await c.engine.control.explain('edge1')).pools[0]?.because.at(-1)).toMatch(
      /^has \d\d % of its base 100: cpu 80 %, smoothed 80 %, pool 65 %: fuller than the pool, weight/,
    );
  });

  it('finds what each server can carry, and then stops changing', async () => {
    const c = await running();
    const carries = { edge1: 1, edge2: 0.5 };
    const settle = async (minutes: number) => {
      for (let i = 0; i < minutes * 12; i++) {
        const { edge1 = 0, edge2 = 0 } = await weights(c);
        const viewers = 90 / (edge1 + edge2);
        c.load('edge1', (viewers * edge1) / carries.edge1);
        c.load('edge2', (viewers * edge2) / carries.edge2);
        await c.clock.advance(5000);
      }
    };
    await settle(40);
    const { edge1 = 0, edge2 = 0 } = await weights(c);
    expect(edge2 / edge1).toBeGreaterThan(0.45);
    expect(edge2 / edge1).toBeLessThan(0.55);
    const edits = commands(c).filter(({ command }) => command.startsWith('edit')).length;
    expect(edits).toBeLessThan(20);
    await settle(10);
    expect(commands(c).filter(({ command }) => command.startsWith('edit'))).toHaveLength(edits);
  });

  it('swaps as quickly and with the same commands as without, the stand-in at its whole weight', async () => {
    const swapOf = async (config: Config) => {
      const c = await running(config, [80, 50]);
      await c.clock.advance(5 * 60_000);
      const before = await weights(c);
      c.become('edge1', 'refused');
      let ms = 0;
      while ((await c.table()).includes('edge1')) {
        await c.clock.advance(1);
        ms += 1;
      }
      return { ms, before, after: await weights(c), actions: commands(c, c.clock.wallMs() - 1000).length };
    };
    const plain = await swapOf(configuration());
    const weighed = await swapOf(balanced());
    expect(weighed.ms).toBe(plain.ms);
    expect(weighed.after).toEqual({ edge2: weighed.before['edge2'], spare: 100 });
    expect(weighed.actions).toBe(plain.actions);
  });

  it('gives a server back its learned weight at once when its stand-in goes, and slowly when it had none', async () => {
    const c = await running(balanced(), [80, 50]);
    await c.clock.advance(5 * 60_000);
    const { edge1 = 0 } = await weights(c);
    c.become('edge1', 'refused');
    await c.clock.advance(10_000);
    expect(await weights(c)).toEqual({ edge2: 100, spare: 100 });
    c.load('edge1', 50);
    c.become('edge1', 'up');
    await c.clock.advance(32_000);
    const back = await weights(c);
    expect(back).toEqual({ edge2: 100, edge1: expect.any(Number) });
    // What was learned, and not what was written: a step that is too small stays to be done.
    expect(Math.abs((back['edge1'] ?? 0) - edge1)).toBeLessThan(4);

    const alone = await running(balanced({ members: memberless }), [80, 50]);
    await alone.clock.advance(5 * 60_000);
    alone.become('edge1', 'refused');
    await alone.clock.advance(10_000);
    expect(await weights(alone)).toEqual({ edge2: 100 });
    alone.become('edge1', 'up');
    await alone.clock.advance(3000);
    expect((await weights(alone))['edge1']).toBeLessThan(14);
    await alone.clock.advance(60_000);
    const { edge1: later = 0 } = await weights(alone);
    expect(later).toBeGreaterThan(14);
    expect(later).toBeLessThan(50);
  });

  it('adopts the weights of the table after a restart', async () => {
    const c = await running(balanced(), [80, 50]);
    await c.clock.advance(5 * 60_000);
    const before = await weights(c);
    expect(before['edge1']).toBeLessThan(90);
    const atMs = c.clock.wallMs();
    c.crashAndStart();
    c.load('edge1', 50);
    await c.clock.advance(4 * 60_000);
    expect(await weights(c)).toEqual(before);
    expect(commands(c, atMs)).toEqual([]);
  });

  it('adopts a swap that was made before a restart, with its weights', async () => {
    const c = await running(balanced(), [80, 50]);
    await c.clock.advance(5 * 60_000);
    c.become('edge1', 'refused');
    await c.clock.advance(10_000);
    const atMs = c.clock.wallMs();
    c.crashAndStart();
    await c.clock.advance(20_000);
    expect(await weights(c)).toEqual({ edge2: 100, spare: 100 });
    expect(commands(c, atMs)).toEqual([]);
  });

  it('holds the weights while nobody says anything, and goes back to the base slowly later', async () => {
    const c = await running(balanced(), [80, 50]);
    await c.clock.advance(5 * 60_000);
    const { edge1 = 0 } = await weights(c);
    c.load('edge1', null);
    c.load('edge2', null);
    await c.clock.advance(20_000);
    const held = await weights(c);
    await c.clock.advance(35_000);
    expect(await weights(c)).toEqual(held);
    expect((await c.engine.control.explain('edge1')).pools[0]?.because.at(-1)).toMatch(
      /no news of cpu for \d\d s, held/,
    );
    await c.clock.advance(5 * 60_000);
    expect((await weights(c))['edge1']).toBeGreaterThan(edge1);
  });

  it('waits while the table cannot be changed', async () => {
    const c = await running(balanced(), [80, 50]);
    const { apply } = c.balancer;
    Object.assign(c.balancer, { apply: () => Promise.reject(new Error('ipvsadm refused')) });
    await c.clock.advance(20 * 60_000);
    expect(await c.table()).toBe('edge1=100 edge2=100');
    Object.assign(c.balancer, { apply });
    await c.clock.advance(6000);
    const { edge1 } = await weights(c);
    expect(edge1).toBeGreaterThan(90);
    expect(c.engine.control.status().problems).toEqual([]);
  });

  it('tells once when more than half of it is overloaded, and lowers nothing any more', async () => {
    const c = await running(balanced(), [99, 98]);
    await c.clock.advance(10 * 60_000);
    expect(await c.table()).toBe('edge1=100 edge2=100');
    const text =
      'playout: more than half of its servers are overloaded, so no further weights will be lowered; add capacity';
    expect(c.engine.control.status().problems).toMatchObject([{ kind: 'weights', text }]);
    expect(c.mails.map(({ notice }) => notice.subject)).toEqual([` director: ${text}`]);
    c.load('edge1', 50);
    c.load('edge2', 50);
    await c.clock.advance(10 * 60_000);
    expect(c.engine.control.status().problems).toEqual([]);
    expect(c.mails).toHaveLength(1);
  });

  it('puts a weight right that another hand changed', async () => {
    const c = await running();
    const service = (await c.balancer.read()).get('fwmark:1');
    const entry = service?.entries[0];
    if (entry === undefined) return expect.unreachable();
    await c.balancer.apply([
      { op: 'edit', service: { kind: 'fwmark', mark: 1, family: 4 }, entry: { ...entry, weight: 7 } },
    ]);
    expect(await c.table()).toBe('edge1=7 edge2=100');
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge1=100 edge2=100');
    expect(c.engine.control.status().services[0]?.lastDrift?.text).toMatch(/changed externally: edit/);
  });
});

describe('a dry run', () => {
  it('says what it would do and leaves the table as configured', async () => {
    const c = await running(balanced({ balance: { ...balance, dryRun: true } }), [80, 50]);
    await c.clock.advance(5 * 60_000);
    expect(await c.table()).toBe('edge1=1 edge2=1');
    expect(c.logged).toContain('dry run: a weight would change');
    const [service] = c.engine.control.status().services;
    expect(service?.places[0]?.balanced?.why).toMatch(/^dry run, it would have \d\d % of its base 100: cpu 80 %/);
    expect(c.mails).toEqual([]);
  });

  it('begins with the table when it becomes earnest, and ends with the weights of the configuration', async () => {
    const c = await running(balanced({ balance: { ...balance, dryRun: true } }), [80, 50]);
    await c.clock.advance(5 * 60_000);
    c.engine.take(balanced());
    await c.clock.advance(100);
    expect(await c.table()).toBe('edge1=100 edge2=100');
    c.engine.take(configuration());
    await c.clock.advance(100);
    expect(await c.table()).toBe('edge1=1 edge2=1');
    expect(c.engine.control.status().services[0]).not.toHaveProperty('balance');
  });
});

it('a scheduler that ignores weights keeps those of the configuration', async () => {
  const c = await running(balanced({ scheduler: 'rr' }), [80, 50]);
  await c.clock.advance(5 * 60_000);
  expect(await c.table()).toBe('edge1=1 edge2=1');
});

it('a reload keeps what was learned', async () => {
  const c = await running(balanced(), [80, 50]);
  await c.clock.advance(5 * 60_000);
  const { edge1: before = 0 } = await weights(c);
  c.load('edge1', 50);
  c.engine.take(balanced({ minPooled: { count: 0 }, balance: { ...balance, everyMs: 30_000 } }));
  await c.clock.advance(60_000);
  const { edge1 = 0, edge2 } = await weights(c);
  expect(Math.abs(edge1 - before)).toBeLessThan(5);
  expect(edge2).toBe(100);
});

it('a stop leaves the weights, and no timer', async () => {
  const c = await running(balanced(), [80, 50]);
  await c.clock.advance(60_000);
  const before = await weights(c);
  await c.engine.stop();
  expect(c.clock.timers()).toBe(0);
  expect(await weights(c)).toEqual(before);
});

const memberless = ['edge1', 'edge2'].map((server) => ({ server, weight: 1, port: 0, backups: [] }));
