import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { cluster, configuration, monitor, servers } from './cluster.ts';

const subjects = (c: ReturnType<typeof cluster>): string[] => c.mails.map(({ notice }) => notice.subject);

/** A cluster that runs and was seen well. */
async function running(config = configuration()) {
  const c = cluster(config);
  await c.clock.advance(3000);
  expect(await c.table()).toMatch(/edge1=1/);
  return c;
}

async function swapTimeMs(c: ReturnType<typeof cluster>, limitMs: number): Promise<number> {
  for (let ms = 0; ms <= limitMs; ms++) {
    if ((await c.table()) === 'edge2=1 spare=1') return ms;
    await c.clock.advance(1);
  }
  throw new Error(`no swap in ${limitMs} ms: ${await c.table()}`);
}

describe('failover', () => {
  it('pools what it has seen well and tells nobody', async () => {
    const c = await running();
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(c.mails).toEqual([]);
  });

  it('swaps within milliseconds when a process dies', async () => {
    const c = await running();
    await c.clock.advance(3456);
    c.become('edge1', 'refused');
    expect(await swapTimeMs(c, 100)).toBeLessThanOrEqual(10);
    await c.clock.advance(1000);
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused']);
    expect(c.store.actionsOf(c.mails[0]?.notice.incidentId ?? '').map((a) => `${a.command}: ${a.result}`)).toEqual([
      'add 10.10.3.29:0 weight 1: verified',
      'remove 10.10.3.20:0: verified',
    ]);
  });

  it('swaps well within a second when a host goes dark, wherever in the interval', async () => {
    for (const phase of [0, 150, 333, 500, 777, 999]) {
      const c = await running();
      await c.clock.advance(2000 + phase);
      c.become('edge1', 'dark');
      expect(await swapTimeMs(c, 900)).toBeLessThanOrEqual(800);
    }
  });

  it('swaps a hung program whose host still answers', async () => {
    for (const phase of [0, 333, 777]) {
      const c = await running();
      await c.clock.advance(2000 + phase);
      c.become('edge1', 'hung');
      expect(await swapTimeMs(c, 3000)).toBeLessThanOrEqual(2600);
    }
  });

  it('brings a server back after the hold-down, in the same incident', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    c.become('edge1', 'up');
    await c.clock.advance(20_000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    await c.clock.advance(20_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused', 'edge1 recovered: rtsp refused']);
    expect(new Set(c.mails.map(({ notice }) => notice.incidentId)).size).toBe(1);
  });

  it('gives the words of the failure until the server is held to be ok', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    c.become('edge1', 'up');
    const seen = new Set<string>();
    for (let ms = 0; ms < 3000; ms += 50) {
      await c.clock.advance(50);
      const check = c.engine.control.status().servers.find(({ name }) => name === 'edge1')?.checks[0];
      if (check?.status === 'fail') seen.add(check.summary);
    }
    expect([...seen]).toEqual(['refused']);
  });

  it('waits for the hand of a manual fail-back also while a check that does not steer is bad', async () => {
    const base = configuration({}, { failBack: 'manual' });
    const informs = {
      server: 'edge1',
      monitor: monitor('cpu', { onLimit: 'warn' }),
      watches: ['load'],
      alerts: [],
      steers: [],
      path: null,
    } as const;
    const c = await running({ ...base, checks: [...base.checks, informs] });
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    c.become('edge1', 'up');
    await c.clock.advance(600_000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    const enabled = c.engine.control.enable('edge1', 'anna', '');
    await c.clock.advance(10);
    await enabled;
    await c.clock.advance(6000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
  });

  it('goes on with the incident of a server that fails again soon, and opens a new one later', async () => {
    const c = await running();
    const ids = new Set<string | undefined>();
    for (const pauseMs of [60_000, 60_000, 700_000, 60_000]) {
      c.become('edge1', 'refused');
      await c.clock.advance(5000);
      ids.add(c.engine.control.status().incidents[0]?.id);
      c.become('edge1', 'up');
      await c.clock.advance(pauseMs);
    }
    expect(ids.size).toBe(2);
  });

  it('feeds the watchdog while its scheduler runs, and not when it stands still', async () => {
    const c = await running();
    expect(c.engine.isAlive()).toBe(true);
    c.clock.dropTimers();
    await c.clock.advance(6000);
    expect(c.engine.isAlive()).toBe(true);
    await c.clock.advance(2000);
    expect(c.engine.isAlive()).toBe(false);
  });

  it('keeps the last one when all are dead, and swaps nothing for a dead backup', async () => {
    const c = await running();
    c.become('spare', 'refused');
    await c.clock.advance(5000);
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge2=1');
    c.become('edge2', 'refused');
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge2=1');
    expect(c.engine.kept()).toEqual(['edge2 in playout, kept although failing']);
    c.become('spare', 'up');
    await c.clock.advance(3000);
    expect(await c.table()).toBe('spare=1');
  });

  it('drains an overloaded server and brings it back', async () => {
    const c = await running();
    c.become('edge1', 'overloaded');
    await c.clock.advance(4000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=0 edge2=1 spare=1');
    c.become('edge1', 'up');
    await c.clock.advance(40_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(subjects(c)[0]).toBe('edge1 overloaded: rtsp limit reached');
  });
});

describe('our own problem (law 1)', () => {
  it('changes nothing when the reference is silent as well, and says so once', async () => {
    const c = await running();
    for (const host of ['edge1', 'edge2', 'spare', 'gateway'] as const) c.become(host, 'dark');
    await c.clock.advance(60_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(c.engine.control.status().problems).toMatchObject([{ kind: 'frozen' }]);
    expect(c.engine.control.status().servers.map((s) => s.status)).toEqual(['ok', 'ok', 'ok']);
    expect(subjects(c)).toHaveLength(1);
    expect(subjects(c)[0]).toContain('director: reference 10.10.3.1 does not answer');
    for (const host of ['edge1', 'edge2', 'spare', 'gateway'] as const) c.become(host, 'up');
    await c.clock.advance(10_000);
    expect(c.engine.control.status().problems).toEqual([]);
  });

  it('waits for the servers to be heard again when the reference is back first', async () => {
    const c = await running();
    for (const host of ['edge1', 'edge2', 'spare', 'gateway'] as const) c.become(host, 'dark');
    await c.clock.advance(8000);
    c.become('gateway', 'up');
    await c.clock.advance(1100);
    for (const host of ['edge1', 'edge2', 'spare'] as const) c.become(host, 'up');
    await c.clock.advance(5000);
    expect(c.store.history({ limit: 100 }).filter((row) => row.type === 'change' && row.to === 'fail')).toEqual([]);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
  });

  it('has no second problem to tell while the servers are waited for', async () => {
    const c = await running();
    for (const host of ['edge1', 'edge2', 'spare', 'gateway'] as const) c.become(host, 'dark');
    await c.clock.advance(30_000);
    c.become('gateway', 'up');
    await c.clock.advance(1100);
    for (const host of ['edge1', 'edge2', 'spare'] as const) c.become(host, 'up');
    await c.clock.advance(15_000);
    const remarks = c.store.history({ limit: 100 }).filter((row) => row.type === 'remark');
    expect(remarks.map(({ kind }) => kind).sort()).toEqual(['ended', 'problem', 'start']);
    expect(subjects(c)).toHaveLength(1);
  });

  it('still swaps for a server that stays silent when the reference is back', async () => {
    const c = await running();
    for (const host of ['edge1', 'edge2', 'spare', 'gateway'] as const) c.become(host, 'dark');
    await c.clock.advance(8000);
    for (const host of ['edge2', 'spare', 'gateway'] as const) c.become(host, 'up');
    expect(await swapTimeMs(c, 5000)).toBeGreaterThan(1000);
  });

  it('still believes a refusal while the reference is silent', async () => {
    const c = await running();
    c.become('gateway', 'dark');
    await c.clock.advance(5000);
    c.become('edge1', 'refused');
    await c.clock.advance(1000);
    expect(await c.table()).toBe('edge2=1 spare=1');
  });

  it('keeps the tables and says once that it cannot judge, when it has no descriptors left', async () => {
    const c = await running();
    for (const host of ['edge1', 'edge2', 'spare'] as const) c.become(host, 'unjudged');
    await c.clock.advance(60_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(c.engine.control.status().problems).toMatchObject([{ kind: 'frozen' }]);
    expect(subjects(c)).toEqual([
      ' director: 3 of 3 servers cannot be checked; their last known status is kept: EMFILE',
    ]);
    for (const host of ['edge1', 'edge2', 'spare'] as const) c.become(host, 'up');
    await c.clock.advance(5000);
    expect(c.engine.control.status().problems).toEqual([]);
  });

  it('makes no change of a server that hangs up on idle connections, again and again', async () => {
    const c = await running();
    for (let i = 0; i < 50; i++) {
      c.hangUpOnIdle('edge1');
      await c.clock.advance(7000);
    }
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(c.store.history({ limit: 1000 }).filter((row) => row.type === 'change' && row.to !== 'ok')).toEqual([]);
  });
});

describe('a restart (laws 2, 7, 8)', () => {
  it('adopts the table, resumes the incident, and tells the recovery that happened meanwhile', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    c.become('edge1', 'up');
    c.crashAndStart();
    expect(await c.table()).toBe('edge2=1 spare=1');
    await c.clock.advance(25_000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    await c.clock.advance(15_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused', 'edge1 recovered: rtsp refused']);
  });

  it('changes nothing for one lost packet after a start', async () => {
    const c = await running();
    c.crashAndStart();
    c.become('edge1', 'hung');
    await c.clock.advance(900);
    c.become('edge1', 'up');
    await c.clock.advance(5000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect(c.mails).toEqual([]);
  });

  it('does not tell again what it told before it died', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    c.crashAndStart();
    await c.clock.advance(10_000);
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused']);
    await c.clock.advance(60_000);
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused', 'edge1 reminder: rtsp refused']);
  });

  it('keeps a hold', async () => {
    const c = await running();
    const hold = c.engine.control.hold('edge1', { kind: 'drain', forMs: 60_000, why: 'kernel', by: 'anna' });
    await c.clock.advance(10);
    await hold;
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=0 edge2=1 spare=1');
    c.crashAndStart();
    await c.clock.advance(30_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=0 edge2=1 spare=1');
    await c.clock.advance(90_000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
  });
});

describe('manual overrides', () => {
  it('refuses a drain that would leave fewer than min_pooled', async () => {
    const c = await running(configuration({}, { minPooled: { count: 2 } }));
    c.become('spare', 'refused');
    await c.clock.advance(2000);
    await expect(c.engine.control.hold('edge1', { kind: 'drain', forMs: null, why: '', by: 'anna' })).rejects.toThrow(
      'refused to drain edge1: playout would be left with 1 pooled, expected at least 2 (min_pooled)',
    );
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
  });

  it('acknowledges: no reminder, but the recovery', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    c.engine.control.ack('edge1', 'anna', 'on it');
    await c.clock.advance(150_000);
    c.become('edge1', 'up');
    await c.clock.advance(5000);
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused', 'edge1 recovered: rtsp refused']);
  });

  it('says of an order that it is not on disk while the disk refuses', async () => {
    const c = await running();
    const order = { kind: 'drain', forMs: null, why: '', by: 'anna' } as const;
    const settled = async <T>(answer: Promise<T>): Promise<T> => {
      await c.clock.advance(100);
      return answer;
    };
    expect((await settled(c.engine.control.hold('edge1', order))).unsaved).toBeNull();
    expect((await settled(c.engine.control.enable('edge1', 'anna', ''))).unsaved).toBeNull();
    const { record } = c.store;
    (c.store as { record: unknown }).record = () => {
      throw new Error('database or disk is full');
    };
    const text = 'the database does not take changes: database or disk is full';
    expect((await settled(c.engine.control.hold('edge1', order))).unsaved).toBe(text);
    expect((await settled(c.engine.control.enable('edge1', 'anna', ''))).unsaved).toBe(text);
    c.become('edge1', 'refused');
    await c.clock.advance(1000);
    expect(c.engine.control.ack('edge1', 'anna', '').unsaved).toBe(text);
    (c.store as { record: unknown }).record = record;
    await c.clock.advance(60_000);
    expect(c.engine.control.ack('edge1', 'anna', '').unsaved).toBeNull();
  });

  it('refuses an acknowledgement of nothing, and unknown names', async () => {
    const c = await running();
    expect(() => c.engine.control.ack('edge1', 'anna', '')).toThrow('edge1 has no open incident to acknowledge');
    await expect(c.engine.control.explain('edge9')).rejects.toThrow('expected one of edge1, edge2, spare, got `edge9`');
  });

  it('is quiet about a disabled server', async () => {
    const c = await running();
    const hold = c.engine.control.hold('edge1', { kind: 'disable', forMs: null, why: 'broken', by: 'anna' });
    await c.clock.advance(10);
    await hold;
    c.become('edge1', 'refused');
    await c.clock.advance(10_000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    expect(c.mails).toEqual([]);
  });

  it('repairs what another hand changed in our service, says so, and leaves the services of others', async () => {
    const c = await running();
    const foreign = {
      at: { kind: 'tcp', address: '10.9.9.9', port: 80 },
      scheduler: 'wlc',
      persistenceS: null,
      persistencePrefix: 32,
    } as const;
    const intruder = { address: '10.9.9.8', port: 0, forward: 'dr', weight: 7 } as const;
    await c.balancer.apply([
      { op: 'add-service', service: foreign },
      { op: 'add', service: { kind: 'fwmark', mark: 1, family: 4 }, entry: intruder },
      { op: 'remove', service: { kind: 'fwmark', mark: 1, family: 4 }, entry: { ...intruder, address: servers.edge2 } },
    ]);
    await c.clock.advance(6000);
    expect((await c.table()).split(' ').sort().join(' ')).toBe('edge1=1 edge2=1');
    expect((await c.balancer.read()).get('tcp:10.9.9.9:80')?.spec).toEqual(foreign);
    expect(c.engine.control.status().services[0]?.lastDrift?.text).toContain('changed externally');
    expect(c.store.history({ limit: 50 }).some((row) => row.type === 'remark' && row.kind === 'drift')).toBe(true);
  });
});

describe('a reload (law 9)', () => {
  it('keeps the state of what did not change, and takes over the rest', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    const old = c.engine.config();
    const spare = {
      server: 'spare',
      monitor: monitor('rtmp'),
      watches: ['edges'],
      alerts: ['oncall'],
      steers: ['memory'],
      path: null,
    } as const;
    const { changed } = c.engine.take({ ...old, checks: [...old.checks, spare] });
    expect(changed).toEqual(['check spare/rtmp added']);
    expect(c.engine.control.status().servers[0]).toMatchObject({ name: 'edge1', status: 'fail' });
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused']);
  });

  it('keeps the hold of a server that leaves the configuration and comes back', async () => {
    const c = await running();
    const hold = c.engine.control.hold('edge1', { kind: 'disable', forMs: null, why: 'broken', by: 'anna' });
    await c.clock.advance(10);
    await hold;
    const whole = c.engine.config();
    const without = (name: string): Config => ({
      ...whole,
      servers: new Map([...whole.servers].filter(([one]) => one !== name)),
      checks: whole.checks.filter((check) => check.server !== name),
      services: new Map(
        [...whole.services].map(([key, s]) => [key, { ...s, members: s.members.filter((m) => m.server !== name) }]),
      ),
    });
    c.engine.take(without('edge1'));
    await c.clock.advance(5000);
    c.engine.take(whole);
    await c.clock.advance(5000);
    expect(c.engine.control.status().servers[0]?.hold?.kind).toBe('disable');
    expect(await c.table()).not.toContain('edge1');
  });

  it('is refused while the daemon stops, and starts nothing again', async () => {
    const c = await running();
    const stopped = c.engine.stop();
    await c.clock.advance(1000);
    await stopped;
    expect(() => c.engine.take(c.engine.config())).toThrow('the daemon is stopping');
    expect(c.clock.timers()).toBe(0);
  });

  it('closes the incident of a server that is gone', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    const old = c.engine.config();
    c.engine.take({
      ...old,
      servers: new Map([...old.servers].filter(([name]) => name !== 'edge1')),
      checks: old.checks.filter((check) => check.server !== 'edge1'),
      services: new Map(
        [...old.services].map(([name, s]) => [name, { ...s, members: s.members.filter((m) => m.server !== 'edge1') }]),
      ),
    });
    await c.clock.advance(5000);
    expect(c.engine.control.status().incidents).toEqual([]);
    expect(await c.table()).toBe('edge2=1');
  });
});

describe('a disk that refuses', () => {
  it('delays the mail, not the swap, and loses nothing', async () => {
    const c = await running();
    const { record } = c.store;
    let full = true;
    (c.store as { record: typeof record }).record = (batch) => {
      if (full) throw new Error('database or disk is full');
      record(batch);
    };
    c.become('edge1', 'refused');
    await c.clock.advance(5000);
    expect(await c.table()).toBe('edge2=1 spare=1');
    expect(c.mails).toEqual([]);
    expect(c.engine.control.status().problems).toMatchObject([{ kind: 'store' }]);
    full = false;
    await c.clock.advance(5000);
    expect(subjects(c)).toEqual(['edge1 down: rtsp refused']);
    expect(c.engine.control.status().problems).toEqual([]);
    expect(
      c.store.history({ limit: 100, server: 'edge1' }).some((row) => row.type === 'change' && row.to === 'fail'),
    ).toBe(true);
  });
});
