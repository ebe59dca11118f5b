import { defineMonitor, field, type Monitor } from '../src/plugin/plugin.ts';
import { type BandMemory, linkFrom, rememberBand } from './measure/band.ts';
import type { Band } from './measure/facts.ts';
import {
  type Judged,
  judgeLimits,
  lacking,
  measured,
  namesOfLimits,
  noEarlier,
  noReading,
  roundTo,
} from './measure/measured.ts';
import { realWorld, viaFields, viaRule, type World } from './measure/via.ts';

interface BandLimits {
  readonly band_in?: number | undefined;
  readonly band_out?: number | undefined;
}

const limit = (what: string) =>
  field.number(0, 1_000_000).optional().describe(`Mbit/s ${what}; reached means overloaded`);

function judge(band: Band, limits: BandLimits, link: string): Judged<BandMemory>['verdict'] {
  const held = (['in', 'out'] as const).map((way) => ({
    name: `band_${way}`,
    value: roundTo(band[way], 1),
    limit: limits[`band_${way}`],
    unit: ' Mbit/s',
  }));
  return judgeLimits(held, link);
}

export function bandwidthMonitor(world: World): Monitor {
  return defineMonitor({
    type: 'bandwidth',
    interval: '5s',
    about: 'Holds what goes over a network interface against limits',
    options: field
      .object({
        ...viaFields,
        interface: field
          .text()
          .optional()
          .describe('Interface to measure; default: the one with the default route, if known, otherwise the busiest'),
        limits: field
          .object({ band_in: limit('coming in'), band_out: limit('going out') })
          .default({})
          .describe('Without limits it only measures'),
      })
      .superRefine((options, context) => {
        viaRule(options, context);
        if (options.via === 'agent' && options.interface !== undefined) {
          const message = 'expected the interface in the configuration of the agent, which measures by itself';
          context.addIssue({ code: 'custom', path: ['interface'], message });
        }
      }),
    network: true,
    loads: ({ limits }) => namesOfLimits(limits),
    prepare(options) {
      const { limits } = options;
      const wanted = options.interface ?? null;
      return measured<BandMemory>({ what: 'bandwidth', paths: [] }, options, world, (facts, before, atMs) => {
        if (facts.band !== undefined) return { verdict: judge(facts.band, limits, '') };
        if (facts.links === undefined) return { verdict: lacking('bandwidth', facts, 'no interfaces') };
        const link = linkFrom(facts.links, wanted, before?.base.link.name ?? null);
        if (link === null) {
          const cause = wanted === null ? 'no interface that is up' : `no interface ${wanted}`;
          return { verdict: noReading('bandwidth', cause, `interfaces: ${names(facts.links)}`) };
        }
        const memory = rememberBand(before, { atMs, link, upS: facts.upS ?? null });
        const speed = link.speed === undefined ? '' : `, ${link.speed} Mbit/s`;
        return {
          verdict: memory.band === null ? noEarlier('bandwidth') : judge(memory.band, limits, `; ${link.name}${speed}`),
          memory,
        };
      });
    },
  });
}

function names(links: readonly { readonly name: string }[]): string {
  return links
    .slice(0, 20)
    .map(({ name }) => name)
    .join(', ');
}

export const bandwidth = bandwidthMonitor(realWorld);
