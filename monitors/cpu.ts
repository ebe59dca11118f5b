import { readFile } from 'node:fs/promises';
import { type CheckContext, defineMonitor, field, type Monitor, type Target, type Verdict } from '../src/plugin.ts';
import { type BusyMemory, remember } from './cpu/busy.ts';
import { type CpuReading, fromNodeExporter, fromProc } from './cpu/reading.ts';
import { httpGet } from './shared/http.ts';
import { ok, unknown } from './shared/verdicts.ts';

const get = { path: '/metrics', maxBytes: 1_048_576 };

export type ReadText = (path: string) => Promise<string>;

/** Says why there is no reading: a dead exporter is no dead video server, so that nothing is held against it. */
type Reading = { readonly reading: CpuReading } | { readonly verdict: Verdict };

async function askExporter(target: Target, port: number, context: CheckContext): Promise<Reading> {
  const result = await httpGet(target, { ...get, port }, context);
  if ('verdict' in result) {
    const { summary, detail } = result.verdict;
    return { verdict: unknown(`no CPU reading: ${summary}`, detail) };
  }
  const reading = fromNodeExporter(result.body);
  return reading === null ? { verdict: unknown('expected the metrics of node_exporter, got none') } : { reading };
}

async function readProc(readText: ReadText): Promise<Reading> {
  const [loadavg, stat] = await Promise.all([readText('/proc/loadavg'), readText('/proc/stat')]);
  const reading = fromProc(loadavg, stat);
  return reading === null ? { verdict: unknown('expected /proc as in proc(5), got something else') } : { reading };
}

function judge(measure: 'load5' | 'busy', percent: number, cpus: number, limit: number): Verdict {
  const rounded = Math.round(percent);
  const detail = `${measure} ${rounded} % of ${cpus} CPUs, limit ${limit} %`;
  const measures = { [measure]: rounded };
  // The rounded value is judged, so that what is shown and what is done agree.
  if (rounded >= limit) return { status: 'overloaded', summary: 'limit reached: cpu', detail, measures };
  return { ...ok('below its limit', detail), measures };
}

export function cpuMonitor(readText: ReadText): Monitor {
  return defineMonitor({
    type: 'cpu',
    interval: '5s',
    about: 'Holds the load of the CPUs against a limit',
    options: field.object({
      via: field
        .oneOf(['local', 'node_exporter'])
        .default('node_exporter')
        .describe('`local` reads /proc of the machine this program runs on'),
      port: field.port().default(9100).describe('Of node_exporter'),
      measure: field
        .oneOf(['load5', 'busy'])
        .default('load5')
        .describe('5-minute load per CPU, or the share of time spent busy since the last check'),
      limit: field.number(1, 10_000).default(90).describe('Percent; reached means overloaded'),
    }),
    network: true,
    prepare({ via, port, measure, limit }) {
      const memories = new Map<string, BusyMemory>();
      return async (target, context) => {
        const result = await (via === 'local' ? readProc(readText) : askExporter(target, port, context));
        if ('verdict' in result) return result.verdict;
        const { reading } = result;
        if (measure === 'load5') return judge(measure, (100 * reading.load5) / reading.cpus, reading.cpus, limit);
        const memory = remember(memories.get(target.server), reading);
        memories.set(target.server, memory);
        if (memory.busy === null) return unknown('no earlier CPU reading to compare with yet');
        return judge(measure, memory.busy, reading.cpus, limit);
      };
    },
  });
}

export const cpu = cpuMonitor((path) => readFile(path, 'utf8'));
