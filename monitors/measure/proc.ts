import type { Facts, Link, Loads } from './facts.ts';

/** Parses files of /proc into facts; text that does not match proc(5) gives none. */

/** USER_HZ, which is 100 on all supported platforms. */
const ticksPerSecond = 100;
/** user, nice, system, idle, iowait, irq, softirq, steal; guest time is already included in user time. */
const countedTicks = 8;

export function loadsOf(loadavg: string): Loads | null {
  const match = /^(\d{1,9}\.\d+) (\d{1,9}\.\d+) (\d{1,9}\.\d+) /.exec(loadavg);
  return match === null ? null : { load1: Number(match[1]), load5: Number(match[2]), load15: Number(match[3]) };
}

export function cpuOf(stat: string): Required<Pick<Facts, 'cpus' | 'cpuTime'>> | null {
  const total = /^cpu +(\d{1,18}(?: \d{1,18}){7,})/m.exec(stat)?.[1];
  if (total === undefined) return null;
  const ticks = total.split(' ').slice(0, countedTicks).map(Number);
  const sum = ticks.reduce((left, right) => left + right, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return {
    cpus: Math.max(1, stat.match(/^cpu\d+ /gm)?.length ?? 1),
    cpuTime: { busyS: (sum - idle) / ticksPerSecond, totalS: sum / ticksPerSecond },
  };
}

/** Percent that is not `MemAvailable`. */
export function memoryOf(meminfo: string): number | null {
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d{1,15}) kB$`, 'm').exec(meminfo)?.[1] ?? Number.NaN);
  const all = kilobytes('MemTotal');
  const share = (100 * (all - kilobytes('MemAvailable'))) / all;
  return share >= 0 && share <= 100 ? share : null;
}

/** Interfaces of /proc/net/dev; the one with the default route is the chosen one. */
export function linksOf(netDev: string, route: string, route6: string): readonly Link[] {
  const chosen = wayOut(route) ?? wayOut6(route6);
  const lines = netDev.matchAll(/^ *([^\s:]+(?::\d+)?): *(\d{1,19})(?: +\d+){7} +(\d{1,19})(?: +\d+){7} *$/gm);
  return [...lines].map(([, name = '', received, sent]) => ({
    name,
    received: Number(received),
    sent: Number(sent),
    isIdle: name === 'lo',
    isChosen: name === chosen,
  }));
}

/** The default route with the lowest metric, from /proc/net/route. */
function wayOut(text: string): string | null {
  const ways = text.split('\n').flatMap((line) => {
    const [name = '', destination, , flags = '', , , metric = '', mask] = line.trim().split(/\s+/);
    const isUp = (Number.parseInt(flags, 16) & 1) === 1;
    return destination === '00000000' && mask === '00000000' && isUp ? [{ name, metric: Number(metric) }] : [];
  });
  return best(ways);
}

/** The same from /proc/net/ipv6_route, for a machine without an IPv4 default route. */
function wayOut6(text: string): string | null {
  const ways = text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [destination = '', prefix] = fields;
    const name = fields[9] ?? '';
    const isUp = (Number.parseInt(fields[8] ?? '', 16) & 1) === 1;
    // The kernel keeps a reject route for everything on lo.
    const isDefault = /^0{32}$/.test(destination) && prefix === '00' && name !== 'lo';
    return isDefault && isUp ? [{ name, metric: Number.parseInt(fields[5] ?? '', 16) }] : [];
  });
  return best(ways);
}

function best(ways: readonly { readonly name: string; readonly metric: number }[]): string | null {
  return [...ways].sort((left, right) => left.metric - right.metric)[0]?.name ?? null;
}
