import { describe, expect, it } from 'vitest';
import { createTripwires } from '../../../src/engine/watch/tripwires.ts';
import type { Dial, DialEvents } from '../../../src/ports.ts';
import { manualClock } from '../../fake/clock.ts';

function world() {
  const clock = manualClock();
  const lines: { readonly events: DialEvents; over: boolean }[] = [];
  const trips: string[] = [];
  let answer: 'open' | 'refused' | 'failed' = 'open';
  const dial: Dial = (_address, _port, events) => {
    const line = { events, over: false };
    lines.push(line);
    clock.after(1, () => {
      if (line.over) return;
      if (answer === 'open') events.onOpen?.();
      if (answer === 'refused') events.onRefused?.();
      if (answer === 'failed') events.onFailed?.('EHOSTUNREACH');
    });
    return () => {
      line.over = true;
    };
  };
  const wires = createTripwires<string>({ clock, dial, onTrip: (id) => void trips.push(`${id} at ${clock.monoMs()}`) });
  wires.set([{ id: 'edge1/rtsp', address: '10.0.0.1', port: 554 }]);
  return { clock, lines, trips, wires, be: (now: typeof answer) => (answer = now) };
}

describe('tripwires', () => {
  it('holds one connection once the check is ok, and no second one', async () => {
    const { clock, wires, lines } = world();
    expect(wires.state('edge1/rtsp')).toBe('off');
    for (let i = 0; i < 5; i++) {
      wires.arm('edge1/rtsp');
      await clock.advance(1000);
    }
    expect(lines).toHaveLength(1);
    expect(wires.state('edge1/rtsp')).toBe('armed');
  });

  it('trips when the connection closes, and holds a new one later and later', async () => {
    const { clock, wires, lines, trips } = world();
    wires.arm('edge1/rtsp');
    const held: number[] = [];
    for (let i = 0; i < 9; i++) {
      while (lines.length <= i) await clock.advance(10);
      await clock.advance(1);
      held.push(clock.monoMs());
      lines[i]?.events.onClosed?.();
      expect(wires.state('edge1/rtsp')).toBe('waiting');
    }
    expect(trips).toHaveLength(9);
    const waits = held.slice(1).map((at, i) => Math.round((at - (held[i] ?? 0)) / 1000));
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('is quick again after a connection that was held for long', async () => {
    const { clock, wires, lines } = world();
    wires.arm('edge1/rtsp');
    for (let i = 0; i < 4; i++) {
      while (lines.length <= i) await clock.advance(10);
      await clock.advance(1);
      lines[i]?.events.onClosed?.();
    }
    while (lines.length < 5) await clock.advance(10);
    await clock.advance(400_000);
    const closedMs = clock.monoMs();
    lines[4]?.events.onClosed?.();
    while (lines.length < 6) await clock.advance(10);
    expect(clock.monoMs() - closedMs).toBeLessThanOrEqual(1010);
  });

  it('is blind for a moment only when a server hangs up on idle clients after a minute', async () => {
    const { clock, wires, lines } = world();
    wires.arm('edge1/rtsp');
    for (let i = 0; i < 5; i++) {
      await clock.advance(60_000);
      lines[i]?.events.onClosed?.();
      expect(wires.state('edge1/rtsp')).toBe('waiting');
      await clock.advance(60);
      expect(wires.state('edge1/rtsp')).toBe('armed');
    }
  });

  it('does not trip for a connection that never stood', async () => {
    const { clock, wires, trips, be } = world();
    be('refused');
    wires.arm('edge1/rtsp');
    await clock.advance(10_000);
    be('failed');
    await clock.advance(100_000);
    expect(trips).toEqual([]);
  });

  it('lets go when the check fails, and waits for it to be ok', async () => {
    const { clock, wires, lines } = world();
    wires.arm('edge1/rtsp');
    await clock.advance(10);
    wires.disarm('edge1/rtsp');
    expect(lines[0]?.over).toBe(true);
    await clock.advance(100_000);
    expect(lines).toHaveLength(1);
    wires.arm('edge1/rtsp');
    await clock.advance(10);
    expect(wires.state('edge1/rtsp')).toBe('armed');
  });

  it('keeps what stays and drops what is gone when it is set anew', async () => {
    const { clock, wires, lines } = world();
    wires.arm('edge1/rtsp');
    await clock.advance(10);
    wires.set([
      { id: 'edge1/rtsp', address: '10.0.0.1', port: 554 },
      { id: 'edge2/rtsp', address: '10.0.0.2', port: 554 },
    ]);
    expect(wires.state('edge1/rtsp')).toBe('armed');
    wires.set([]);
    expect(lines[0]?.over).toBe(true);
    expect(clock.timers()).toBe(0);
  });
});
