import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpu, cpuMonitor } from '../../monitors/cpu.ts';
import { remember } from '../../monitors/measure/busy.ts';
import { fromNodeExporter } from '../../monitors/measure/node-exporter.ts';
import { cpuOf, loadsOf } from '../../monitors/measure/proc.ts';
import { readSamples } from '../../monitors/measure/prometheus.ts';
import { answerAndClose, listen } from './bad-servers.ts';
import { runCheck } from './context.ts';
import { paperWorld } from './measure/world.ts';
import { httpAnswer, prepare, sample } from './sample.ts';

const loadavg = sample('cpu/proc-loadavg.txt').toString();
const [statBefore = '', statAfter = ''] = sample('cpu/proc-stat-2s-apart.txt').toString().split('\n');
const metrics = sample('cpu/node-exporter.prom').toString();

describe('the Prometheus text format', () => {
  it.each([
    ['a_total 1', {}, 1],
    ['a_total 1.674515e+06', {}, 1_674_515],
    ['a_total +Inf', {}, Infinity],
    ['a_total -Inf', {}, -Infinity],
    ['a_total NaN', {}, Number.NaN],
    ['a_total{} 2', {}, 2],
    ['a_total{b="c",d="e"} 3 1700000000000', { b: 'c', d: 'e' }, 3],
    [String.raw`a_total{b="q\"u,}o\\te\n"} 4`, { b: 'q"u,}o\\te\n' }, 4],
  ])('reads %s', (line, labels, value) => {
    const [sampleRead] = readSamples(line, ['a_total']);
    expect(sampleRead?.value).toBe(value);
    expect(Object.fromEntries(sampleRead?.labels ?? [])).toEqual(labels);
  });

  it.each(['# a_total 1', 'a_total', 'a_total x', 'a_total_more 1', 'a_total 0x10', 'a_total{ 1 1 1'])(
    'passes over %s',
    (line) => {
      expect(readSamples(line, ['a_total'])).toEqual([]);
    },
  );

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (labels, value) => void readSamples(`a{${labels}} ${value}`, ['a'])),
    );
  });
});

describe('a CPU reading', () => {
  it('comes from node_exporter', () => {
    const reading = fromNodeExporter(metrics);
    expect(reading).toMatchObject({ cpus: 2, loads: { load1: 3.46, load5: 2.75, load15: 2.41 } });
    expect(reading?.cpuTime?.totalS).toBeCloseTo(4706.41, 2);
    expect(reading?.cpuTime?.busyS).toBeCloseTo(4706.41 - 1678.89 - 2.53 - 1558.48 - 8.55, 2);
  });

  it('comes from /proc', () => {
    const two = `${statBefore}\ncpu0 1 0 0 0 0 0 0 0 0 0\ncpu1 1 0 0 0 0 0 0 0 0 0\nintr 1`;
    expect(cpuOf(two)).toMatchObject({ cpus: 2, cpuTime: { totalS: 4706.51 } });
    expect(loadsOf(loadavg)).toMatchObject({ load5: 2.75 });
  });

  it('is none when the text is another', () => {
    expect(fromNodeExporter('<html>')).toBeNull();
    expect(loadsOf('')).toBeNull();
    expect(cpuOf('cpu 1 2')).toBeNull();
  });
});

describe('the busy share', () => {
  const first = { cpus: 1, busyS: 10, totalS: 100 };

  it('is measured between two readings', () => {
    const read = (stat: string) => {
      const found = cpuOf(stat);
      if (found === null) throw new Error('expected a reading');
      return { cpus: found.cpus, ...found.cpuTime };
    };
    // (117 + 55 + 1 + 1) of 400 ticks.
    expect(remember(remember(undefined, read(statBefore)), read(statAfter)).busy).toBeCloseTo(43.5, 1);
  });

  it('is not known before the second reading', () => {
    expect(remember(undefined, first)).toEqual({ base: first, busy: null });
  });

  it('outlives a second reading that comes too soon', () => {
    const known = { base: first, busy: 70 };
    expect(remember(known, { ...first, totalS: 100.1, busyS: 10.1 })).toEqual(known);
  });

  it('starts over when the machine did', () => {
    const restarted = { ...first, busyS: 1, totalS: 2 };
    expect(remember({ base: first, busy: 70 }, restarted)).toEqual({ base: restarted, busy: null });
  });
});

describe('cpu', () => {
  async function ask(options: object, body = metrics) {
    const server = await listen(answerAndClose(httpAnswer(body)));
    const verdict = await runCheck(prepare(cpu, { ...options, port: server.port }));
    await server.close();
    return verdict;
  }

  it('holds the 5-minute load per CPU against its limit', async () => {
    const measures = { load5: 138 };
    expect(await ask({ limit: 139 })).toMatchObject({ status: 'ok', measures });
    expect(await ask({ limit: 138 })).toMatchObject({ status: 'overloaded', summary: 'limit reached: cpu', measures });
    expect(await ask({})).toMatchObject({ status: 'overloaded', detail: 'load5 138 % of 2 CPUs, limit 90 %' });
  });

  it('holds nothing against the server when the metrics are not there', async () => {
    expect(await ask({}, 'up 1\n')).toMatchObject({ status: 'unknown' });
  });

  it('knows the busy share of this machine from the second check on', async () => {
    const world = paperWorld();
    world.files.set('/proc/loadavg', loadavg).set('/proc/stat', statBefore);
    const check = prepare(cpuMonitor(world), { via: 'local', measure: 'busy', limit: 44 });
    expect(await runCheck(check)).toMatchObject({ status: 'unknown' });
    world.files.set('/proc/stat', statAfter);
    expect(await runCheck(check)).toMatchObject({ status: 'overloaded', measures: { busy: 44 } });
  });

  it('reads the /proc of this machine', async () => {
    const verdict = await runCheck(prepare(cpu, { via: 'local', limit: 10_000 }));
    expect(verdict.status).toBe('ok');
    expect(verdict.measures?.['load5']).toBeGreaterThanOrEqual(0);
  });
});
