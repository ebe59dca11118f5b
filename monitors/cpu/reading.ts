import { readSamples } from './prometheus.ts';

/** What a machine says about its CPUs at one moment. */
export interface CpuReading {
  readonly cpus: number;
  readonly load5: number;
  /** CPU seconds of all CPUs together, since the machine started. */
  readonly busyS: number;
  readonly totalS: number;
}

/** Guest time is already inside user time, so that only these count (proc(5)). */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
const idleModes = ['idle', 'iowait'];
/** USER_HZ, which is 100 wherever Linux runs on what we support. */
const ticksPerSecond = 100;

/** null: not an answer of node_exporter. */
export function fromNodeExporter(text: string): CpuReading | null {
  const cpus = new Set<string>();
  let load5: number | null = null;
  let busyS = 0;
  let totalS = 0;
  for (const { name, labels, value } of readSamples(text, ['node_load5', 'node_cpu_seconds_total'])) {
    if (!Number.isFinite(value) || value < 0) continue;
    const mode = labels.get('mode') ?? '';
    if (name === 'node_load5') load5 = value;
    else if (modes.includes(mode)) {
      cpus.add(labels.get('cpu') ?? '');
      totalS += value;
      if (!idleModes.includes(mode)) busyS += value;
    }
  }
  return load5 === null || cpus.size === 0 ? null : { cpus: cpus.size, load5, busyS, totalS };
}

/** From the texts of /proc/loadavg and /proc/stat; null when they are not what proc(5) says. */
export function fromProc(loadavg: string, stat: string): CpuReading | null {
  const load5 = /^\d+\.\d+ (\d+\.\d+) \d+\.\d+ /.exec(loadavg)?.[1];
  const total = /^cpu +(\d+(?: \d+){7,})/m.exec(stat)?.[1];
  if (load5 === undefined || total === undefined) return null;
  const ticks = total.split(' ').slice(0, modes.length).map(Number);
  const sum = ticks.reduce((left, right) => left + right, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return {
    cpus: Math.max(1, stat.match(/^cpu\d+ /gm)?.length ?? 1),
    load5: Number(load5),
    busyS: (sum - idle) / ticksPerSecond,
    totalS: sum / ticksPerSecond,
  };
}
