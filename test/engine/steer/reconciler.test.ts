import { describe, expect, it } from 'vitest';
import type { TableAction } from '../../../src/store/store.ts';
import { because, type PoolsWorld, poolsWorld, service, settledWorld } from '../pools-world.ts';

const booked = (actions: readonly TableAction[]) =>
  actions.map(({ command, cause, incidentId }) => `${command} <${cause}> ${incidentId ?? '-'}`);

const failing = { status: 'fail', okSinceMs: null } as const;

function services(count: number) {
  return Array.from({ length: count }, (_, index) =>
    service({
      name: `p${index}`,
      at: { kind: 'fwmark', mark: index + 1, family: 4 },
      members: [{ server: `s${index + 10}`, weight: 1, port: 0, backups: [] }],
    }),
  );
}

describe('a look at all pools', () => {
  it('reads each table once, however many pools are in it', async () => {
    const { counts, clock } = await settledWorld(services(20));
    counts.reads = 0;
    await clock.advance(5000);
    expect(counts).toEqual({ reads: 1, applies: 20 });
  });

  it('reads again behind an apply, and not what was read before it', async () => {
    const world = poolsWorld();
    world.reconciler.set(services(2), 5000);
    world.reconciler.kick(because(null, 'start'));
    await world.clock.advance(0);
    expect([world.table('fwmark:1'), world.table('fwmark:2')]).toEqual(['10.0.0.10=1', '10.0.0.11=1']);
    expect(world.counts).toEqual({ reads: 2, applies: 2 });
    expect(world.reconciler.pools().get('p1')?.actual?.entries).toHaveLength(1);
  });

  it('tells every pool when the shared reading fails, and makes them right later', async () => {
    const world = await settledWorld(services(3));
    world.balancer.unreadable = true;
    world.memory.table = new Map();
    await world.clock.advance(5000);
    expect([...world.reconciler.pools().values()].map((pool) => pool.problem?.text)).toEqual(
      Array(3).fill('no IPVS in the kernel'),
    );
    world.balancer.unreadable = false;
    await world.clock.advance(10_000);
    expect(world.table('fwmark:3')).toBe('10.0.0.12=1');
  });
});

describe('the cause of a table command', () => {
  async function bothFail(world: PoolsWorld, gapMs: number) {
    world.become('s1', failing);
    world.reconciler.kick(because('s1', 's1 fail: refused'), ['playout']);
    if (gapMs > 0) await world.clock.advance(gapMs);
    world.become('s2', failing);
    world.reconciler.kick(because('s2', 's2 fail: refused'), ['playout']);
    await world.clock.advance(100);
    return booked(world.actions).toSorted();
  }
  const each = [
    'add 10.0.0.8:0 weight 1 <s1 fail: refused> incident-s1',
    'add 10.0.0.9:0 weight 1 <s2 fail: refused> incident-s2',
    'remove 10.0.0.1:0 <s1 fail: refused> incident-s1',
    'remove 10.0.0.2:0 <s2 fail: refused> incident-s2',
  ];

  it.each([
    { when: 'at once', gapMs: 0, readMs: 0, applyMs: 0 },
    { when: 'while the table is read', gapMs: 1, readMs: 5, applyMs: 0 },
    { when: 'while commands are under way', gapMs: 3, readMs: 0, applyMs: 5 },
  ])('is that of each server when two fail $when', async ({ gapMs, readMs, applyMs }) => {
    const world = await settledWorld();
    Object.assign(world.balancer, { readMs, applyMs });
    expect(await bothFail(world, gapMs)).toEqual(each);
  });

  it('is kept through refusals, with the time since the decision', async () => {
    const world = await settledWorld();
    world.balancer.refuses = true;
    await bothFail(world, 1);
    world.actions.splice(0);
    world.balancer.refuses = false;
    const sinceMs = world.clock.monoMs();
    await world.clock.advance(1000);
    expect(booked(world.actions).toSorted()).toEqual(each);
    expect(world.actions.every(({ tookMs }) => tookMs >= sinceMs)).toBe(true);
  });

  it('is the server that failed during the routine look, not the end of streams', async () => {
    const world = await settledWorld();
    world.balancer.readMs = 10;
    await world.clock.advance(4995);
    await world.clock.advance(7);
    world.become('s2', failing);
    world.reconciler.kick(because('s2', 's2 fail: refused'), ['playout']);
    await world.clock.advance(100);
    expect(booked(world.actions)).toEqual([
      'add 10.0.0.8:0 weight 1 <s2 fail: refused> incident-s2',
      'remove 10.0.0.2:0 <s2 fail: refused> incident-s2',
    ]);
  });

  it('is the member that comes back, also for the stand-in that leaves', async () => {
    const world = await settledWorld();
    await bothFail(world, 0);
    world.actions.splice(0);
    world.become('s1', { status: 'ok', okSinceMs: world.clock.monoMs() });
    world.reconciler.kick(because('s1', 's1 ok'), ['playout']);
    await world.clock.advance(10);
    expect(booked(world.actions)).toEqual([
      'add 10.0.0.1:0 weight 1 <s1 ok> incident-s1',
      'remove 10.0.0.8:0 <s1 ok> incident-s1',
    ]);
  });

  it('is the kick itself for what is about no server that kicked', async () => {
    const world = await settledWorld();
    world.memory.table = new Map();
    world.become('s1', failing);
    world.reconciler.kick(because('s1', 's1 fail: refused'), ['playout']);
    await world.clock.advance(10);
    expect(new Set(world.actions.map(({ cause }) => cause))).toEqual(new Set(['s1 fail: refused']));
  });

  it('is drift, told once although the repair is refused for a while', async () => {
    const world = await settledWorld();
    world.memory.table = new Map();
    world.balancer.refuses = true;
    await world.clock.advance(8000);
    world.balancer.refuses = false;
    await world.clock.advance(8000);
    expect(world.drifts).toHaveLength(1);
    expect(booked(world.actions.filter(({ result }) => result === 'verified'))[0]).toBe(
      'add service fwmark:1 rr <drift> -',
    );
  });
});

describe('a pool that leaves the configuration', () => {
  async function leavingWhile(what: 'reading' | 'applying' | 'refusing') {
    const world = await settledWorld();
    Object.assign(world.balancer, { readMs: what === 'reading' ? 50 : 0, applyMs: 50, refuses: what === 'refusing' });
    world.become('s1', failing);
    world.reconciler.kick(because('s1', 's1 fail: refused'), ['playout']);
    await world.clock.advance(10);
    return world;
  }

  it('applies nothing any more when it was only reading', async () => {
    const world = await leavingWhile('reading');
    world.reconciler.set([], 5000);
    const { applies } = world.counts;
    await world.clock.advance(60_000);
    expect(world.counts.applies).toBe(applies);
    expect(world.table()).toBe('10.0.0.1=1 10.0.0.2=1');
  });

  it('does not try again what was refused, and leaves no timer', async () => {
    const world = await leavingWhile('refusing');
    world.reconciler.set([], 5000);
    const { applies } = world.counts;
    await world.clock.advance(60_000);
    expect(world.counts.applies).toBe(applies);
    await world.reconciler.stop();
    expect(world.clock.timers()).toBe(0);
  });

  it('is waited for by the next pool of the same service, which has the last word', async () => {
    const world = await leavingWhile('applying');
    world.reconciler.set([], 5000);
    const again = service({ name: 'again', members: [{ server: 's2', weight: 7, port: 0, backups: [] }] });
    world.reconciler.set([again], 5000);
    const { reads } = world.counts;
    world.reconciler.kick(because(null, 'reload'));
    await world.clock.advance(10);
    expect(world.counts.reads).toBe(reads);
    await world.clock.advance(200);
    expect(world.table()).toBe('10.0.0.2=7');
  });

  it('is waited for by stop and by settled', async () => {
    for (const end of ['stop', 'settled'] as const) {
      const world = await leavingWhile('applying');
      world.reconciler.set([], 5000);
      let done = false;
      const ended = world.reconciler[end]().then(() => {
        done = true;
      });
      await world.clock.advance(10);
      expect(done).toBe(false);
      await world.clock.advance(50);
      await ended;
      await world.reconciler.stop();
      expect(world.clock.timers()).toBe(0);
    }
  });

  it('gives its stand-ins back to the others', async () => {
    const one = service({ name: 'one', members: [{ server: 's1', weight: 1, port: 0, backups: ['s9'] }] });
    const other = service({
      name: 'other',
      at: { kind: 'fwmark', mark: 2, family: 4 },
      members: [{ server: 's2', weight: 1, port: 0, backups: ['s9'] }],
    });
    const world = await settledWorld([one, other]);
    for (const name of ['s1', 's2']) world.become(name, failing);
    world.reconciler.kick(because(null, 'both fail'));
    await world.clock.advance(10);
    expect([world.table(), world.table('fwmark:2')]).toEqual(['10.0.0.9=1', '']);
    world.reconciler.set([other], 5000);
    world.reconciler.kick(because(null, 'reload'));
    await world.clock.advance(10);
    expect(world.table('fwmark:2')).toBe('10.0.0.9=1');
  });
});

describe('settled', () => {
  it('resolves although other pools fail again and again', async () => {
    const world = await settledWorld(services(8));
    Object.assign(world.balancer, { readMs: 300, refuses: true });
    world.memory.table = new Map();
    await world.clock.advance(20_000);
    let done = false;
    world.reconciler.kick(because(null, 'drain'));
    void world.reconciler.settled().then(() => {
      done = true;
    });
    await world.clock.advance(2000);
    expect(done).toBe(true);
  });
});

describe('foresee', () => {
  it('says what would be left if one server were different, and changes nothing', async () => {
    const world = await settledWorld();
    const s1 = { name: 's1', address: '10.0.0.1', okSinceMs: 0, shared: false, returnNow: false } as const;
    const held = new Map([['s1', { ...s1, status: 'ok', hold: 'disable' } as const]]);
    const left = world.reconciler.foresee('playout', held);
    expect(left?.entries.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.8']);
    await world.clock.advance(20_000);
    expect(world.table()).toBe('10.0.0.1=1 10.0.0.2=1');
  });
});
