import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BandMemory, linkFrom, rememberBand } from '../../../monitors/measure/band.ts';
import type { Link } from '../../../monitors/measure/facts.ts';

const mbit = 125_000;

function link(received: number, sent: number, more: Partial<Link> = {}): Link {
  return { name: 'eth0', received, sent, ...more };
}

function memoryOf(...readings: readonly { atMs: number; link: Link; upS?: number }[]): BandMemory | undefined {
  return readings.reduce<BandMemory | undefined>(
    (memory, { upS = null, ...reading }) => rememberBand(memory, { ...reading, upS }),
    undefined,
  );
}

describe('the rate of an interface', () => {
  it('is measured between two readings', () => {
    const memory = memoryOf({ atMs: 0, link: link(1000, 0) }, { atMs: 2000, link: link(1000 + 2 * mbit, 8 * mbit) });
    expect(memory?.band).toEqual({ in: 1, out: 4 });
  });

  it('is not known before the second reading', () => {
    expect(memoryOf({ atMs: 0, link: link(1, 1) })?.band).toBeNull();
  });

  it.each([
    ['a counter began anew', link(5, 2 * mbit), null],
    ['the machine was restarted although its counters are higher', link(mbit, mbit), 1],
    ['it is another interface', link(mbit, mbit, { name: 'eth1' }), null],
    ['its counters are of another length', link(5, 5, { wrapsAt: 2 ** 32 }), null],
    ['it would be faster than any link', link(2 ** 60, mbit), null],
  ])('starts over when %s', (_why, now, upS) => {
    const memory = memoryOf(
      { atMs: 0, link: link(1000, 1000), upS: 500 },
      { atMs: 1000, link: now, ...(upS !== null && { upS }) },
    );
    expect(memory).toEqual({ base: { atMs: 1000, link: now, upS }, band: null });
  });

  it('passes the end of a short counter', () => {
    const wraps = { wrapsAt: 2 ** 32 };
    const memory = memoryOf(
      { atMs: 0, link: link(2 ** 32 - mbit, 0, wraps) },
      { atMs: 1000, link: link(mbit, 0, wraps) },
    );
    expect(memory?.band).toEqual({ in: 2, out: 0 });
  });

  it('outlives a second reading that comes too soon, and counters that were not read anew', () => {
    const known = memoryOf({ atMs: 0, link: link(0, 0) }, { atMs: 1000, link: link(mbit, mbit) });
    expect(rememberBand(known, { atMs: 1100, link: link(2 * mbit, mbit), upS: null })).toBe(known);
    expect(rememberBand(known, { atMs: 15_000, link: link(mbit, mbit), upS: null })).toBe(known);
    expect(rememberBand(known, { atMs: 60_000, link: link(mbit, mbit), upS: null }).band).toEqual({ in: 0, out: 0 });
  });

  it('is never negative', () => {
    const octets = fc.nat(2 ** 31);
    const reading = fc.record({
      atMs: fc.nat(100_000),
      received: octets,
      sent: octets,
      upS: fc.option(fc.nat(1000)),
      short: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 10 }), (readings) => {
        let memory: BandMemory | undefined;
        for (const one of readings.toSorted((left, right) => left.atMs - right.atMs)) {
          const counters = link(one.received, one.sent, one.short ? { wrapsAt: 2 ** 32 } : {});
          memory = rememberBand(memory, { atMs: one.atMs, upS: one.upS, link: counters });
          expect(memory.band?.in ?? 0).toBeGreaterThanOrEqual(0);
          expect(memory.band?.out ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe('the interface that counts', () => {
  const lo = link(9e9, 9e9, { name: 'lo', isIdle: true });
  const eth0 = link(10, 10);
  const eth1 = link(20, 20, { name: 'eth1' });

  it.each([
    ['the named one, whatever it is', [lo, eth0], 'lo', null, 'lo'],
    ['none when the named one is not there', [lo, eth0], 'eth9', null, undefined],
    ['the one with the address or the default route', [eth1, { ...eth0, isChosen: true }], null, 'eth1', 'eth0'],
    ['else the busiest that is up', [lo, eth0, eth1], null, null, 'eth1'],
    ['else the one that was taken before', [lo, eth0, eth1], null, 'eth0', 'eth0'],
    ['none when all are idle', [lo], null, null, undefined],
  ])('is %s', (_which, links, wanted, kept, name) => {
    expect(linkFrom(links, wanted, kept)?.name).toBe(name);
  });
});
