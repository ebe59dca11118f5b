import { describe, expect, it } from 'vitest';
import { createPulses } from '../../../src/engine/watch/pulses.ts';
import type { Dial } from '../../../src/ports.ts';
import { manualClock } from '../../fake/clock.ts';

type Answer = 'open' | 'refused' | 'silence';

function world(answer: (port: number, ask: number) => Answer, ports = [9, 554]) {
  const clock = manualClock();
  const asks: number[] = [];
  const events: string[] = [];
  let open = 0;
  const dial: Dial = (_, port, on) => {
    asks.push(port);
    open++;
    const says = answer(port, asks.length);
    const cancel = clock.after(1, () => {
      if (says === 'open') on.onOpen?.();
      if (says === 'refused') on.onRefused?.();
    });
    return () => {
      cancel();
      open--;
    };
  };
  const pulses = createPulses({
    clock,
    dial,
    onDark: () => void events.push(`dark at ${clock.monoMs()}`),
    onHeardAgain: () => void events.push(`heard at ${clock.monoMs()}`),
  });
  pulses.set([{ address: '10.0.0.1', ports }], 200);
  return { clock, asks, events, pulses, open: () => open };
}

describe('pulses', () => {
  it('asks once in its time while answers come, and holds nothing open', async () => {
    const { clock, asks, open, events } = world(() => 'refused');
    await clock.advance(10_050);
    expect(asks.length).toBeGreaterThanOrEqual(49);
    expect(asks.length).toBeLessThanOrEqual(51);
    expect(open()).toBe(0);
    expect(events).toEqual([]);
  });

  it('takes an accepted connection for life as well', async () => {
    const { clock, pulses } = world(() => 'open');
    await clock.advance(1000);
    expect(pulses.state('10.0.0.1').heardAtMs).not.toBeNull();
  });

  it('says so as soon as the silence has lasted, without waiting for one more ask', async () => {
    let silent = false;
    const { clock, asks, events } = world(() => (silent ? 'silence' : 'refused'));
    await clock.advance(5000);
    silent = true;
    const before = asks.length;
    while (asks.length === before) await clock.advance(1);
    const firstMs = clock.monoMs();
    await clock.advance(1000);
    expect(events).toHaveLength(1);
    expect(Number(events[0]?.split(' ').at(-1)) - firstMs).toBeLessThanOrEqual(355);
  });

  it('says once that a host went dark, and once that it is heard again', async () => {
    const { clock, events, pulses } = world((_, ask) => (ask < 10 || ask > 60 ? 'refused' : 'silence'));
    await clock.advance(30_000);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatch(/^dark/);
    expect(events[1]).toMatch(/^heard/);
    expect(pulses.isDark('10.0.0.1')).toBe(false);
  });

  it('tries the next port when the first one never answers, and never calls the host dark before it was heard', async () => {
    const { clock, asks, events, pulses } = world((port) => (port === 9 ? 'silence' : 'open'));
    await clock.advance(10_000);
    expect(new Set(asks.slice(-10))).toEqual(new Set([554]));
    expect(pulses.state('10.0.0.1').heardAtMs).not.toBeNull();
    expect(events).toEqual([]);
  });

  it('begins anew, with another port, when its witness was wrong', async () => {
    const { clock, asks, pulses } = world((port, ask) => (port === 9 && ask > 10 ? 'silence' : 'refused'));
    await clock.advance(4000);
    expect(pulses.isDark('10.0.0.1')).toBe(true);
    pulses.distrust('10.0.0.1');
    await clock.advance(2000);
    expect(pulses.isDark('10.0.0.1')).toBe(false);
    expect(asks.at(-1)).toBe(554);
  });

  it('lets go of everything at the end', async () => {
    const { clock, pulses, open } = world(() => 'silence');
    await clock.advance(5000);
    pulses.stop();
    expect(open()).toBe(0);
    expect(clock.timers()).toBe(0);
  });
});
