/** Parses files of /proc; null: the text does not match proc(5). */

export interface LoadAverages {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
}

export function parseLoadavg(text: string): LoadAverages | null {
  const match = /^(\d{1,9}\.\d+) (\d{1,9}\.\d+) (\d{1,9}\.\d+) /.exec(text);
  return match === null ? null : { load1: Number(match[1]), load5: Number(match[2]), load15: Number(match[3]) };
}

export interface CpuTicks {
  readonly cpus: number;
  /** All CPUs together since the machine started, in ticks. */
  readonly busy: number;
  readonly total: number;
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guest time is already included in user time. */
const countedTicks = 8;

export function parseCpuTicks(text: string): CpuTicks | null {
  const line = /^cpu +(\d{1,18}(?: \d{1,18}){7,})/m.exec(text)?.[1];
  if (line === undefined) return null;
  const ticks = line.split(' ').slice(0, countedTicks).map(Number);
  const total = ticks.reduce((sum, one) => sum + one, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { cpus: Math.max(1, text.match(/^cpu\d+ /gm)?.length ?? 1), busy: total - idle, total };
}

/** Percent of the memory that programs cannot get without swapping. */
export function parseMemory(text: string): number | null {
  const total = kilobytes(text, 'MemTotal');
  const available = kilobytes(text, 'MemAvailable');
  return total === null || available === null || total === 0 || available > total
    ? null
    : (100 * (total - available)) / total;
}

function kilobytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}: +(\\d{1,15}) kB$`, 'm').exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

export interface Octets {
  readonly received: number;
  readonly sent: number;
}

/** Every interface of /proc/net/dev. */
export function parseNetDev(text: string): ReadonlyMap<string, Octets> {
  const octets = new Map<string, Octets>();
  for (const [, name = '', received = '', sent = ''] of text.matchAll(
    /^ *([^\s:]+(?::\d+)?): *(\d+)(?: +\d+){7} +(\d+)(?: +\d+){7} *$/gm,
  )) {
    octets.set(name, { received: Number(received), sent: Number(sent) });
  }
  return octets;
}

/** The default route with the lowest metric, from /proc/net/route. */
export function defaultInterface(text: string): string | null {
  let best: { readonly name: string; readonly metric: number } | null = null;
  for (const line of text.split('\n')) {
    const [name = '', destination, , flags = '', , , metric = '', mask] = line.trim().split(/\s+/);
    const isUp = (Number.parseInt(flags, 16) & 1) === 1;
    if (destination !== '00000000' || mask !== '00000000' || !isUp) continue;
    if (best === null || Number(metric) < best.metric) best = { name, metric: Number(metric) };
  }
  return best?.name ?? null;
}

/** The same from /proc/net/ipv6_route, for a machine without an IPv4 default route. */
export function defaultInterface6(text: string): string | null {
  let best: { readonly name: string; readonly metric: number } | null = null;
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [destination = '', prefix] = fields;
    const name = fields[9] ?? '';
    const metric = Number.parseInt(fields[5] ?? '', 16);
    const isUp = (Number.parseInt(fields[8] ?? '', 16) & 1) === 1;
    // The kernel keeps a reject route for everything on lo.
    if (!/^0{32}$/.test(destination) || prefix !== '00' || !isUp || name === 'lo') continue;
    if (best === null || metric < best.metric) best = { name, metric };
  }
  return best?.name ?? null;
}
