import { expect, test } from 'vitest';
import { type HostTexts, lookAtHost, noHostMemory } from '../../src/agent/host.ts';
import { hostTexts } from './host-texts.ts';

const rules = { measure: 'load5', interface: null } as const;

/** Looks one after the other, `[atMs, texts]` each; the last reading. */
function lookedAt(looks: readonly (readonly [number, HostTexts])[], with_: typeof rules | object = rules) {
  let memory = noHostMemory;
  let reading = lookAtHost(hostTexts({}), memory, 0, rules).reading;
  for (const [atMs, texts] of looks) ({ reading, memory } = lookAtHost(texts, memory, atMs, { ...rules, ...with_ }));
  return reading;
}

test('the first look has no rates, and says so', () => {
  expect(lookedAt([[0, hostTexts({ load5: 1.4 })]])).toEqual({
    figures: { load1: 1, load5: 1.4, load15: 0.5, cpus: 2, cpu: 70, memory: 40 },
    missing: { busy: 'no earlier reading', band_in: 'no earlier reading', band_out: 'no earlier reading' },
  });
});

test('the second look has rates over the time between', () => {
  const reading = lookedAt([
    [1000, hostTexts({ busy: 100, idle: 100, received: 5_000_000, sent: 1_000_000 })],
    [6000, hostTexts({ busy: 400, idle: 800, received: 67_500_000, sent: 1_062_500 })],
  ]);
  expect(reading.figures).toMatchObject({ busy: 30, band_in: 100, band_out: 0.1 });
  expect(reading.missing).toEqual({});
});

test('a look right after another keeps the rates of before', () => {
  const looks = [
    [0, hostTexts({ busy: 0, idle: 0 })],
    [5000, hostTexts({ busy: 500, idle: 500, sent: 625_000 })],
    [5001, hostTexts({ busy: 501, idle: 500, sent: 9_999_999 })],
  ] as const;
  expect(lookedAt(looks).figures).toMatchObject({ busy: 50, band_out: 1 });
});

test.each([
  ['load1', 350],
  ['load5', 20],
  ['busy', 25],
])('cpu is what `%s` measures', (measure, cpu) => {
  const looks = [
    [0, hostTexts({ load1: 7, load5: 0.4 })],
    [5000, hostTexts({ load1: 7, load5: 0.4, busy: 250, idle: 750 })],
  ] as const;
  expect(lookedAt(looks, { measure }).figures['cpu']).toBe(cpu);
});

test.each([
  ['counters that began anew', hostTexts({ busy: 5, idle: 5, received: 5, sent: 5 }), 'no earlier reading'],
  ['an interface that is gone', { ...hostTexts({ idle: 9e6 }), netDev: '' }, 'no interface eth0'],
  ['no default route', { ...hostTexts({ idle: 9e6 }), route: '' }, 'no default route'],
])('%s give no rate, and never a negative one', (_, texts, cause) => {
  const first = hostTexts({ busy: 100, idle: 100, received: 1000, sent: 1000 });
  const { figures, missing } = lookedAt([
    [0, first],
    [5000, texts],
  ]);
  expect(figures).not.toHaveProperty('band_out');
  expect(missing).toMatchObject({ band_in: cause, band_out: cause });
  expect(figures['busy'] ?? 0).toBeGreaterThanOrEqual(0);
});

test('a machine that cannot be read has no figure at all', () => {
  const nothing = { loadavg: null, stat: null, meminfo: null, netDev: null, route: null, route6: null };
  expect(lookedAt([[0, nothing]])).toEqual({
    figures: {},
    missing: {
      busy: 'no /proc/stat',
      cpu: 'no /proc/loadavg',
      band_in: 'no default route',
      band_out: 'no default route',
      memory: 'no /proc/meminfo',
    },
  });
});

test('an interface that is named counts whether or not it has the default route', () => {
  const texts = (sent: number) => ({ ...hostTexts({ sent }), route: '' });
  const looks = [
    [0, texts(0)],
    [1000, texts(125_000)],
  ] as const;
  expect(lookedAt(looks, { interface: 'eth0' }).figures['band_out']).toBe(1);
});
