import type { Disk, Facts, Link } from './facts.ts';
import { readSamples, type Sample } from './prometheus.ts';

const names = [
  'node_load1',
  'node_load5',
  'node_load15',
  'node_cpu_seconds_total',
  'node_memory_MemTotal_bytes',
  'node_memory_MemAvailable_bytes',
  'node_filesystem_size_bytes',
  'node_filesystem_free_bytes',
  'node_filesystem_avail_bytes',
  'node_filesystem_files',
  'node_filesystem_files_free',
  'node_network_receive_bytes_total',
  'node_network_transmit_bytes_total',
  'node_network_speed_bytes',
  'node_network_up',
  'node_time_seconds',
  'node_boot_time_seconds',
] as const;
type Name = (typeof names)[number];

/** Guest time is already included in user time, so only these modes count (proc(5)). */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
const idleModes = ['idle', 'iowait'];

/** Samples with one name, by one of their labels. */
type ByLabel = ReadonlyMap<string, number>;

/** null: not an answer from node_exporter. */
export function fromNodeExporter(text: string): Facts | null {
  const samples = new Map<string, Sample[]>();
  for (const sample of readSamples(text, names)) {
    if (!Number.isFinite(sample.value)) continue;
    const others = samples.get(sample.name);
    if (others === undefined) samples.set(sample.name, [sample]);
    else others.push(sample);
  }
  const of = (name: Name): readonly Sample[] => samples.get(name) ?? [];
  const one = (name: Name): number | undefined => of(name)[0]?.value;
  const by = (label: string, name: Name): ByLabel =>
    new Map(of(name).map(({ labels, value }) => [labels.get(label) ?? '', value]));

  if (samples.size === 0) return null;
  const [load1, load5, load15] = [one('node_load1'), one('node_load5'), one('node_load15')];
  const cpu = cpuFacts(of('node_cpu_seconds_total'));
  const memory = share(one('node_memory_MemTotal_bytes'), one('node_memory_MemAvailable_bytes'));
  const [now, boot] = [one('node_time_seconds'), one('node_boot_time_seconds')];
  return {
    ...cpu,
    ...(load1 !== undefined && load5 !== undefined && load15 !== undefined && { loads: { load1, load5, load15 } }),
    ...(memory !== null && { memory }),
    ...(now !== undefined && boot !== undefined && { upS: now - boot }),
    disks: disksOf((name) => by('mountpoint', name)),
    links: linksOf((name) => by('device', name)),
  };
}

function cpuFacts(samples: readonly Sample[]): Pick<Facts, 'cpus' | 'cpuTime'> {
  const cpus = new Set<string>();
  let busyS = 0;
  let totalS = 0;
  for (const { labels, value } of samples) {
    const mode = labels.get('mode') ?? '';
    if (value < 0 || !modes.includes(mode)) continue;
    cpus.add(labels.get('cpu') ?? '');
    totalS += value;
    if (!idleModes.includes(mode)) busyS += value;
  }
  return cpus.size === 0 ? {} : { cpus: cpus.size, cpuTime: { busyS, totalS } };
}

function disksOf(by: (name: Name) => ByLabel): readonly Disk[] {
  const [free, available] = [by('node_filesystem_free_bytes'), by('node_filesystem_avail_bytes')];
  const [files, filesFree] = [by('node_filesystem_files'), by('node_filesystem_files_free')];
  return [...by('node_filesystem_size_bytes')].flatMap(([path, size]) => {
    const open = available.get(path);
    const used = size - (free.get(path) ?? Number.NaN);
    if (open === undefined || !(used >= 0)) return [];
    // As in df(1): space reserved for root is neither used nor free.
    const disk = { path, used: used + open === 0 ? 0 : (100 * used) / (used + open) };
    const inodes = share(files.get(path), filesFree.get(path));
    return [inodes === null ? disk : { ...disk, inodes }];
  });
}

function linksOf(by: (name: Name) => ByLabel): readonly Link[] {
  const [sent, speed, up] = [
    by('node_network_transmit_bytes_total'),
    by('node_network_speed_bytes'),
    by('node_network_up'),
  ];
  return [...by('node_network_receive_bytes_total')].flatMap(([name, received]) => {
    const out = sent.get(name);
    if (out === undefined) return [];
    const octetsPerS = speed.get(name) ?? 0;
    return [
      {
        name,
        received,
        sent: out,
        isIdle: name === 'lo' || up.get(name) === 0,
        // The kernel reports -1 for a link without a speed, such as a virtual one.
        ...(octetsPerS > 0 && { speed: (octetsPerS * 8) / 1e6 }),
      },
    ];
  });
}

/** Percent that is not free; null: unknown. */
function share(all: number | undefined, free: number | undefined): number | null {
  return all === undefined || free === undefined || all <= 0 || free < 0 || free > all
    ? null
    : (100 * (all - free)) / all;
}
