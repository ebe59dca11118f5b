/** The whole engine with many checks at one second, in a process of its own: CPU per check, lateness, memory. */

import { monitors } from '../monitors/index.ts';
import { createMemoryBalancer } from '../src/balancer/memory.ts';
import type { CheckConfig, Config } from '../src/config/config.ts';
import { startEngine } from '../src/engine/engine.ts';
import type { Log } from '../src/ports.ts';
import { openStore } from '../src/store/open.ts';
import { portsOf } from '../src/store/store.ts';
import { systemClock } from '../src/system/clock.ts';
import { dial } from '../src/system/dial.ts';
import type { LoadJob, LoadResult } from './jobs.ts';

const job = JSON.parse(process.argv[2] ?? '{}') as LoadJob;
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const names = job.addresses.map((address, i) => ({ name: `s${i}`, address }));
const timing = { intervalMs: 1000, timeoutMs: 1000, retryIntervalMs: 100, fall: 2, rise: 2 };
const options = monitors.get(job.type)?.options.parse({ port: job.port });
const config: Config = {
  director: {
    name: 'bench',
    references: [],
    stateDir: '/nowhere',
    pulse: job.pulse ? { everyMs: 200, port: job.port } : null,
    reconcileEveryMs: 5000,
    maxChecks: 1000,
    maxChecksPerServer: 8,
    retention: { historyMs: 1e9, backups: 0 },
  },
  servers: new Map(names.map(({ name, address }) => [name, { name, address, backups: [], shared: false }])),
  checks: names.map(({ name }): CheckConfig => {
    const monitor = { name: job.type, type: job.type, timing, onLimit: 'drain', tripwire: job.pulse, options } as const;
    return { server: name, monitor, watches: ['all'], alerts: [], steers: [], path: null };
  }),
  services: new Map(),
  alerts: new Map(),
  classify: { backend: 'auto', groups: [], clients: [] },
  paths: [],
  mail: null,
};
const store = openStore(':memory:');
let runs = 0;
const counted = new Map(
  [...monitors].map(([type, monitor]) => [type, { ...monitor, prepare: countRuns(monitor.prepare) }]),
);
const engine = startEngine({
  config,
  clock: systemClock,
  random: Math.random,
  log: quiet,
  dial,
  store: portsOf(store),
  monitors: counted,
  alertTypes: () => new Map(),
  balancer: () => createMemoryBalancer(),
  packetFilter: () => Promise.reject(new Error('nothing is to be marked')),
  render: () => ({ subject: '', text: '', html: '', references: [] }),
  director: () => ({ version: '', pid: process.pid, configFile: '', configLoadedMs: 0, configError: null }),
  reload: () => Promise.reject(new Error('no file')),
});

await pause(job.warmUpMs);
const before = { cpu: process.cpuUsage(), runs, ms: performance.now() };
await pause(job.measureMs);
const cpu = process.cpuUsage(before.cpu);
const done = runs - before.runs;
const { scheduler, servers } = engine.control.status();
const result: LoadResult = {
  checksPerSecond: (done * 1000) / (performance.now() - before.ms),
  cpuPerCheckUs: (cpu.user + cpu.system) / done,
  cpuShare: (cpu.user + cpu.system) / 1000 / (performance.now() - before.ms),
  latenessP50Ms: scheduler.latenessP50Ms,
  latenessP99Ms: scheduler.latenessP99Ms,
  missedBeats: scheduler.missedBeats,
  notOk: servers.filter((server) => server.status !== 'ok').length,
  rssMb: process.memoryUsage.rss() / 1e6,
};
process.send?.(result);
await engine.stop();
process.disconnect?.();

function countRuns(
  prepare: (options: unknown) => ReturnType<NonNullable<ReturnType<typeof monitors.get>>['prepare']>,
): typeof prepare {
  return (given) => {
    const check = prepare(given);
    return (target, context) => {
      runs++;
      return check(target, context);
    };
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
