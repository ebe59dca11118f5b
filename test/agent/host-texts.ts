/** /proc of a machine of paper. */
import { type HostTexts, hostFiles } from '../../src/agent/host.ts';

export function netDev(octets: Readonly<Record<string, readonly [number, number]>>): string {
  const line = (name: string, [received, sent]: readonly [number, number]) =>
    `${name.padStart(6)}: ${received}   94042    0    0    0     0          0         0  ${sent}   61880    0    0    0     0       0          0`;
  return [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    line('lo', [7, 7]),
    ...Object.entries(octets).map(([name, both]) => line(name, both)),
    '',
  ].join('\n');
}

export function route(ways: readonly (readonly [string, number])[]): string {
  return [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    ...ways.map(([name, metric]) => `${name}\t00000000\t010200C0\t0003\t0\t0\t${metric}\t00000000\t0\t0\t0`),
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    '',
  ].join('\n');
}

export interface Paper {
  readonly load1?: number;
  readonly load5?: number;
  /** Of two CPUs together, in ticks. */
  readonly busy?: number;
  readonly idle?: number;
  readonly received?: number;
  readonly sent?: number;
}

export function hostTexts({ load1 = 1, load5 = 1, busy = 0, idle = 0, received = 0, sent = 0 }: Paper): HostTexts {
  return {
    loadavg: `${load1.toFixed(2)} ${load5.toFixed(2)} 0.50 1/97 21357\n`,
    stat: `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0\nintr 5\n`,
    meminfo: 'MemTotal: 1000 kB\nMemAvailable: 600 kB\n',
    netDev: netDev({ eth0: [received, sent] }),
    route: route([['eth0', 0]]),
    route6: '',
  };
}

/** The same as files. */
export function readPaper(paper: () => Paper): (path: string) => Promise<string> {
  return async (path) => {
    const texts = hostTexts(paper());
    const name = Object.entries(hostFiles).find(([, file]) => file === path)?.[0];
    const text = name === undefined ? null : texts[name as keyof typeof hostFiles];
    if (text === null) throw new Error(`no ${path} on paper`);
    return text;
  };
}
