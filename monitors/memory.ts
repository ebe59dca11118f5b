import { defineMonitor, field, type Monitor } from '../src/plugin/plugin.ts';
import { judgeLimits, lacking, measured } from './measure/measured.ts';
import { realWorld, viaFields, viaRule, type World } from './measure/via.ts';

export function memoryMonitor(world: World): Monitor {
  return defineMonitor({
    type: 'memory',
    interval: '5s',
    about: 'Holds the memory in use against a limit',
    options: field
      .object({
        ...viaFields,
        limit: field.number(1, 100).default(90).describe('Percent of the memory in use; reached means overloaded'),
      })
      .superRefine(viaRule),
    network: true,
    loads: () => ['memory'],
    prepare(options) {
      return measured<never>({ what: 'memory', paths: [] }, options, world, (facts) => {
        if (facts.memory === undefined) return { verdict: lacking('memory', facts, 'no figures of memory') };
        const value = Math.round(facts.memory);
        return { verdict: judgeLimits([{ name: 'memory', value, limit: options.limit, unit: ' %' }]) };
      });
    },
  });
}

export const memory = memoryMonitor(realWorld);
