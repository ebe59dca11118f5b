import { defineMonitor, field, type Monitor, type Verdict } from '../src/plugin/plugin.ts';
import { type BusyMemory, remember } from './measure/busy.ts';
import type { Facts } from './measure/facts.ts';
import { type Judged, lacking, measured, noEarlier } from './measure/measured.ts';
import { realWorld, viaFields, viaRule, type World } from './measure/via.ts';
import { ok } from './shared/verdicts.ts';

type CpuMeasure = 'load1' | 'load5' | 'load15' | 'busy';

function judge(measure: CpuMeasure, percent: number, cpus: number | undefined, limit: number): Verdict {
  const rounded = Math.round(percent);
  const detail = `${measure} ${rounded} %${cpus === undefined ? '' : ` of ${cpus} CPUs`}, limit ${limit} %`;
  const measures = { [measure]: rounded, cpu: rounded };
  const limits = { cpu: limit };
  // The rounded value is judged, so that the displayed value and the verdict agree.
  if (rounded >= limit) return { status: 'overloaded', summary: 'limit reached: cpu', detail, measures, limits };
  return { ...ok('below its limit', detail), measures, limits };
}

function judgeBusy(facts: Facts, before: BusyMemory | undefined, limit: number): Judged<BusyMemory> {
  const { cpus, cpuTime, busy } = facts;
  if (cpuTime === undefined || cpus === undefined) {
    return { verdict: busy === undefined ? lacking('cpu', facts, 'no CPU times') : judge('busy', busy, cpus, limit) };
  }
  const memory = remember(before, { ...cpuTime, cpus });
  return { verdict: memory.busy === null ? noEarlier('cpu') : judge('busy', memory.busy, cpus, limit), memory };
}

export function cpuMonitor(world: World): Monitor {
  return defineMonitor({
    type: 'cpu',
    interval: '5s',
    about: 'Holds the load of the CPUs against a limit',
    options: field
      .object({
        ...viaFields,
        measure: field
          .oneOf(['load1', 'load5', 'load15', 'busy'])
          .default('load5')
          .describe('1-, 5- or 15-minute load per CPU, or the share of time spent busy since the last check'),
        limit: field.number(1, 10_000).default(90).describe('Percent; reached means overloaded'),
      })
      .superRefine(viaRule),
    network: true,
    loads: () => ['cpu'],
    prepare(options) {
      const { measure, limit } = options;
      return measured<BusyMemory>({ what: 'cpu', paths: [] }, options, world, (facts, before) => {
        if (measure === 'busy') return judgeBusy(facts, before, limit);
        const { loads, cpus } = facts;
        if (loads === undefined) return { verdict: lacking('cpu', facts, 'no load averages') };
        if (cpus === undefined) return { verdict: lacking('cpu', facts, 'no number of CPUs') };
        return { verdict: judge(measure, (100 * loads[measure]) / cpus, cpus, limit) };
      });
    },
  });
}

export const cpu = cpuMonitor(realWorld);
