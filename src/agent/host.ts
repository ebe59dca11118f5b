/** The figures of this machine, from files of /proc; rates need an earlier reading. */
import {
  type CpuTicks,
  defaultInterface,
  defaultInterface6,
  type Octets,
  parseCpuTicks,
  parseLoadavg,
  parseMemory,
  parseNetDev,
} from './proc.ts';
import { noEarlierReading, type Reading, roundTo } from './reading.ts';

export type Measure = 'load5' | 'load1' | 'busy';

export const hostFiles = {
  loadavg: '/proc/loadavg',
  stat: '/proc/stat',
  meminfo: '/proc/meminfo',
  netDev: '/proc/net/dev',
  route: '/proc/net/route',
  route6: '/proc/net/ipv6_route',
} as const;

/** File contents; null: unreadable. */
export type HostTexts = Readonly<Record<keyof typeof hostFiles, string | null>>;

export interface HostMemory {
  readonly atMs: number;
  readonly ticks: CpuTicks | null;
  readonly interface: string | null;
  readonly octets: Octets | null;
  /** The last rates, for a reading that follows another too soon. */
  readonly busy: number | null;
  readonly band: { readonly in: number; readonly out: number } | null;
}

export const noHostMemory: HostMemory = {
  atMs: Number.NEGATIVE_INFINITY,
  ticks: null,
  interface: null,
  octets: null,
  busy: null,
  band: null,
};

export interface HostRules {
  readonly measure: Measure;
  /** null: the interface with the default route. */
  readonly interface: string | null;
}

/** Ticks are 10 ms, and a shorter interval would say little about the next one. */
const shortestStretchMs = 500;

export function lookAtHost(
  texts: HostTexts,
  before: HostMemory,
  atMs: number,
  rules: HostRules,
): { readonly reading: Reading; readonly memory: HostMemory } {
  const name = rules.interface ?? defaultInterface(texts.route ?? '') ?? defaultInterface6(texts.route6 ?? '');
  const seen = { ticks: parseCpuTicks(texts.stat ?? ''), interface: name, octets: octetsOf(texts.netDev, name) };
  const stretchMs = atMs - before.atMs;
  const memory =
    stretchMs < shortestStretchMs
      ? before
      : { atMs, ...seen, busy: busyShare(before.ticks, seen.ticks), band: bandwidth(before, seen, stretchMs) };

  const figures: Record<string, number> = {};
  const missing: Record<string, string> = {};
  const put = (figure: string, value: number | null, cause: string): void => {
    if (value === null) missing[figure] = cause;
    else figures[figure] = value;
  };
  const load = parseLoadavg(texts.loadavg ?? '');
  const cpus = seen.ticks?.cpus ?? null;
  if (load !== null) Object.assign(figures, load);
  if (cpus !== null) figures['cpus'] = cpus;
  const busyCause = seen.ticks === null ? 'no /proc/stat' : noEarlierReading;
  put('busy', round(memory.busy), busyCause);
  if (rules.measure === 'busy') put('cpu', round(memory.busy), busyCause);
  else put('cpu', load && cpus ? Math.round((100 * load[rules.measure]) / cpus) : null, 'no /proc/loadavg');

  const noOctets = name === null ? 'no default route' : `no interface ${name}`;
  const bandCause = name === null || seen.octets === null ? noOctets : noEarlierReading;
  put('band_in', memory.band && roundTo(memory.band.in, 1), bandCause);
  put('band_out', memory.band && roundTo(memory.band.out, 1), bandCause);
  put('memory', round(parseMemory(texts.meminfo ?? '')), 'no /proc/meminfo');
  return { reading: { figures, missing }, memory };
}

function octetsOf(netDev: string | null, name: string | null): Octets | null {
  return name === null ? null : (parseNetDev(netDev ?? '').get(name) ?? null);
}

/** null: the counters were reset, or CPUs were added or removed. */
function busyShare(before: CpuTicks | null, now: CpuTicks | null): number | null {
  if (before === null || now === null || before.cpus !== now.cpus) return null;
  const spent = now.total - before.total;
  return spent <= 0 || now.busy < before.busy ? null : Math.min(100, (100 * (now.busy - before.busy)) / spent);
}

/** Mbit/s; null: another interface, or its counters were reset. */
function bandwidth(
  before: HostMemory,
  now: { readonly interface: string | null; readonly octets: Octets | null },
  stretchMs: number,
): HostMemory['band'] {
  if (before.octets === null || now.octets === null || before.interface !== now.interface) return null;
  const received = now.octets.received - before.octets.received;
  const sent = now.octets.sent - before.octets.sent;
  if (received < 0 || sent < 0) return null;
  // 8 bits per octet; bits per millisecond are kbit/s.
  return { in: (received * 8) / stretchMs / 1000, out: (sent * 8) / stretchMs / 1000 };
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
