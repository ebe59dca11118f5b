/** What people are told when servers flap, holds end, the director stops, or its disk is full. */
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { type Cluster, cluster, configuration } from './cluster.ts';

const subjects = (c: Cluster): string[] => c.mails.map(({ notice }) => notice.subject);
const down = 'edge1 down: rtsp refused';
const recovered = 'edge1 recovered: rtsp refused';
const reminder = 'edge1 reminder: rtsp refused';

function hourly(): Config {
  const rule = { alertafterMs: 0, alerteveryMs: 3_600_000, numalerts: null, upalert: true };
  return configuration({ alerts: new Map([['oncall', { name: 'oncall', type: 'fake', options: {}, rule }]]) });
}

async function running(config = hourly()): Promise<Cluster> {
  const c = cluster(config);
  await c.clock.advance(3000);
  return c;
}

async function stop(c: Cluster): Promise<void> {
  const stopped = c.engine.stop();
  await c.clock.advance(100);
  await stopped;
}

/** Until the incident is closed, and not a moment longer. */
async function comeBack(c: Cluster): Promise<void> {
  c.become('edge1', 'up');
  for (let ms = 0; c.engine.control.status().incidents.length > 0; ms += 5) {
    expect(ms).toBeLessThan(10_000);
    await c.clock.advance(5);
  }
}

async function crash(c: Cluster, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    c.become('edge1', 'refused');
    await c.clock.advance(1500);
    c.become('edge1', 'up');
    await c.clock.advance(4500);
  }
}

describe('a server that crashes again and again', () => {
  it('is told a few times, not at every turn, and its recovery when it lasts', async () => {
    const c = await running();
    await crash(c, 60);
    expect(subjects(c)).toEqual([down, recovered, down, recovered, down]);
    await c.clock.advance(70_000);
    expect(subjects(c)).toEqual([down, recovered, down, recovered, down, recovered]);
    expect(new Set(c.mails.map(({ notice }) => notice.incidentId)).size).toBe(1);
    await c.clock.advance(7_200_000);
    expect(c.mails).toHaveLength(6);
  });

  it('is told to be down when it stays down in the end', async () => {
    const c = await running();
    await crash(c, 60);
    c.become('edge1', 'refused');
    await c.clock.advance(3_600_000);
    expect(subjects(c)).toEqual([down, recovered, down, recovered, down, reminder]);
  });

  it('is told to be down within a minute or so when it was last told to be well', async () => {
    const c = await running();
    await crash(c, 10);
    await c.clock.advance(90_000);
    expect(subjects(c).at(-1)).toBe(recovered);
    c.become('edge1', 'refused');
    await c.clock.advance(65_000);
    expect(subjects(c).slice(5)).toEqual([recovered, down]);
  });

  it('goes on where it was after a restart', async () => {
    const c = await running();
    await crash(c, 5);
    const told = c.mails.length;
    c.crashAndStart();
    await c.clock.advance(20_000);
    expect(c.mails).toHaveLength(told);
    await c.clock.advance(60_000);
    expect(subjects(c).slice(told)).toEqual([recovered]);
  });

  it('starts a new incident when it was well for long', async () => {
    const c = await running();
    for (let count = 0; count < 2; count++) {
      await crash(c, 1);
      await c.clock.advance(700_000);
    }
    expect(subjects(c)).toEqual([down, recovered, down, recovered]);
    expect(new Set(c.mails.map(({ notice }) => notice.incidentId)).size).toBe(2);
  });
});

describe('a server that is disabled', () => {
  it('is reported when the hold has expired and it still fails', async () => {
    const c = await running();
    await c.engine.control.hold('edge1', { kind: 'disable', forMs: 60_000, why: '', by: 'anna' });
    c.become('edge1', 'refused');
    await c.clock.advance(50_000);
    expect(c.mails).toEqual([]);
    await c.clock.advance(80_000);
    expect(subjects(c)).toEqual([down]);
  });

  it('is reminded of after the hold, when it was told of before', async () => {
    const c = await running(configuration());
    c.become('edge1', 'refused');
    await c.clock.advance(10_000);
    await c.engine.control.hold('edge1', { kind: 'disable', forMs: 120_000, why: '', by: 'anna' });
    await c.clock.advance(110_000);
    expect(subjects(c)).toEqual([down]);
    await c.clock.advance(90_000);
    expect(subjects(c).slice(0, 2)).toEqual([down, reminder]);
  });
});

describe('law 8: what was to be told is told', () => {
  it('a recovery that was being gathered when the process was killed', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(20_000);
    await comeBack(c);
    await c.clock.advance(50);
    expect(subjects(c)).toEqual([down]);
    c.crashAndStart();
    await c.clock.advance(3000);
    c.crashAndStart();
    await c.clock.advance(3_600_000);
    expect(subjects(c)).toEqual([down, recovered]);
  });

  it('a recovery that was being gathered at a stop is on disk before the end', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(20_000);
    await comeBack(c);
    await stop(c);
    expect(c.store.waitingNotices().count).toBe(1);
    c.crashAndStart();
    await c.clock.advance(3_600_000);
    expect(subjects(c)).toEqual([down, recovered]);
  });

  it('an alert that a reload adds is told of what is open', async () => {
    const full = hourly();
    const c = await running({ ...full, checks: full.checks.map((check) => ({ ...check, alerts: [] })) });
    c.become('edge1', 'refused');
    await c.clock.advance(10_000);
    c.engine.take(full);
    await c.clock.advance(1000);
    expect(subjects(c)).toEqual([down]);
  });

  it('a stop while the disk refuses ends at once, and says what is lost', async () => {
    const c = await running();
    c.become('edge1', 'refused');
    await c.clock.advance(100);
    c.store.close();
    await stop(c);
    expect(c.clock.timers()).toBe(0);
    expect(c.logged.at(-1)).toMatch(/^\d+ changes and 1 notices were lost: the database does not take changes: /);
  });
});
