import { defineMonitor, field, type Monitor } from '../src/plugin/plugin.ts';
import { judgeLimits, lacking, measured, namesOfLimits, roundTo } from './measure/measured.ts';
import { realWorld, viaFields, viaRule, type World } from './measure/via.ts';

const averages = ['load1', 'load5', 'load15'] as const;

const limit = (minutes: number) =>
  field.number(0, 100_000).optional().describe(`${minutes}-minute load average; reached means overloaded`);

export function loadMonitor(world: World): Monitor {
  return defineMonitor({
    type: 'load',
    interval: '5s',
    about: 'Holds the load averages against limits',
    options: field
      .object({
        ...viaFields,
        per_cpu: field.flag().default(false).describe('Divide the load averages by the number of CPUs'),
        limits: field
          .object({ load1: limit(1), load5: limit(5), load15: limit(15) })
          .default({})
          .describe('Without limits it only measures'),
      })
      .superRefine(viaRule),
    network: true,
    loads: ({ limits }) => namesOfLimits(limits),
    prepare(options) {
      const { per_cpu, limits } = options;
      return measured<never>({ what: 'load', paths: [] }, options, world, (facts) => {
        const { loads, cpus } = facts;
        if (loads === undefined) return { verdict: lacking('load', facts, 'no load averages') };
        if (per_cpu && cpus === undefined) return { verdict: lacking('load', facts, 'no number of CPUs') };
        const share = per_cpu && cpus !== undefined ? cpus : 1;
        const held = averages.map((name) => ({
          name,
          value: roundTo(loads[name] / share, 2),
          limit: limits[name],
          unit: '',
        }));
        return { verdict: judgeLimits(held, cpus === undefined ? '' : `; ${cpus} CPUs`) };
      });
    },
  });
}

export const load = loadMonitor(realWorld);
