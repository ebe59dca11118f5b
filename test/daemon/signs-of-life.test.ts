import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/control.ts';
import { keepAlive, summary } from '../../src/daemon/signs-of-life.ts';
import { manualClock } from '../fake/clock.ts';
import { badNight, fakeControl, status } from '../http/fake-control.ts';

interface World {
  readonly watchdogMs?: number | null;
  readonly isAlive?: () => boolean;
  readonly ping?: () => void;
}

function world({ watchdogMs = null, isAlive = () => true, ping = () => {} }: World = {}) {
  const clock = manualClock();
  const said: string[] = [];
  const notifier = { watchdogMs, alive: () => said.push('alive'), status: (text: string) => said.push(text) };
  const stop = keepAlive({ notifier, engine: { isAlive, control: fakeControl() }, store: { ping }, clock });
  return { clock, said, stop };
}

describe('signs of life', () => {
  it('come twice in the time that systemd waits', async () => {
    const { clock, said } = world({ watchdogMs: 3000 });
    await clock.advance(1499);
    expect(said).toEqual([]);
    await clock.advance(1 + 1500);
    expect(said.filter((text) => text === 'alive')).toHaveLength(2);
  });

  it('say how we are every 5 s where no watchdog asks, or a slow one', async () => {
    for (const watchdogMs of [null, 60_000]) {
      const { clock, said } = world({ watchdogMs });
      await clock.advance(10_000);
      expect(said).toEqual(['alive', '3 servers, none failing', 'alive', '3 servers, none failing']);
    }
  });

  it('cease while the scheduler stands still', async () => {
    const { clock, said } = world({ isAlive: () => false });
    await clock.advance(5000);
    expect(said).toEqual(['3 servers, none failing']);
  });

  it('go on while the disk refuses: a restart would mend nothing', async () => {
    const full = () => {
      throw new Error('database or disk is full');
    };
    const { clock, said } = world({ ping: full });
    await clock.advance(5000);
    expect(said).toContain('alive');
  });

  it('end, and leave no timer', async () => {
    const { clock, said, stop } = world();
    await clock.advance(5000);
    stop();
    said.length = 0;
    await clock.advance(60_000);
    expect(said).toEqual([]);
    expect(clock.timers()).toBe(0);
  });
});

it.each<readonly [Status, string]>([
  [status(), '3 servers, none failing'],
  [badNight(), '1 of 4 servers failing: edge1; 127.0.0.1:25: connection refused'],
])('sums a status up in one line', (of, line) => {
  expect(summary({ control: fakeControl(of) })).toBe(line);
});
