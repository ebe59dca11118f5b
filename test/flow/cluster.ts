/** The whole engine in one process: fake hosts and time, a real (in-memory) store and table. */

import { Refusal } from '../../src/api/control.ts';
import { createMemoryBalancer } from '../../src/balancer/memory.ts';
import type { CheckConfig, Config, MonitorConfig, VirtualServiceConfig } from '../../src/config/config.ts';
import { type Engine, type EngineOptions, startEngine } from '../../src/engine/engine.ts';
import {
  type Alert,
  type CheckContext,
  Deadline,
  defineMonitor,
  field,
  type Notice,
  type Target,
  type Verdict,
} from '../../src/plugin/plugin.ts';
import type { Dial, Log } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { portsOf, type Store } from '../../src/store/store.ts';
import { type ManualClock, manualClock } from '../fake/clock.ts';
import { type FakePacketFilter, fakePacketFilter } from '../fake/packet-filter.ts';

/** `hung`: the kernel answers, the program does not. `dark`: nothing answers. `unjudged`: we have no descriptors left. */
export type HostState = 'up' | 'refused' | 'hung' | 'dark' | 'overloaded' | 'unjudged';

export const servers = { edge1: '10.10.3.20', edge2: '10.10.3.21', spare: '10.10.3.29' } as const;
export const gateway = '10.10.3.1';
type ServerName = keyof typeof servers;

export interface Cluster {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly balancer: ReturnType<typeof createMemoryBalancer>;
  /** Lives as long as the table: a restart finds what it marks. */
  readonly packets: FakePacketFilter;
  readonly mails: { readonly recipient: string; readonly notice: Notice }[];
  readonly logged: string[];
  engine: Engine;
  /** Changes what a host does; held connections close when its program ends. */
  become(host: ServerName | 'gateway', state: HostState): void;
  /** How full it says it is, of 100; null: it says nothing of that any more. */
  load(host: ServerName, cpu: number | null): void;
  /** Servers ask before they hang up on idle connections. */
  hangUpOnIdle(host: ServerName): void;
  /** `edge1=1 spare=0`, in the order of the table. */
  table(): Promise<string>;
  /** Stops without a word, as kill -9 does, and starts again on the same store and table. */
  crashAndStart(): void;
}

export function monitor(name: string, change: Partial<MonitorConfig> = {}): MonitorConfig {
  const timing = { intervalMs: 1000, timeoutMs: 1000, retryIntervalMs: 100, fall: 2, rise: 2 };
  return { name, type: 'fake', timing, onLimit: 'drain', tripwire: true, options: {}, ...change };
}

export function configuration(change: Partial<Config> = {}, service: Partial<VirtualServiceConfig> = {}): Config {
  const checks = Object.keys(servers).map((server): CheckConfig => {
    return { server, monitor: monitor('rtsp'), watches: ['edges'], alerts: ['oncall'], steers: ['memory'], path: null };
  });
  const playout: VirtualServiceConfig = {
    name: 'playout',
    balancer: 'memory',
    at: { kind: 'fwmark', mark: 1, family: 4 },
    scheduler: 'rr',
    persistenceS: 50,
    persistencePrefix: 32,
    forward: 'dr',
    members: ['edge1', 'edge2'].map((server) => ({ server, weight: 1, port: 0, backups: ['spare'] })),
    minPooled: { count: 1 },
    failBack: { afterMs: 30_000 },
    ...service,
  };
  const rule = { alertafterMs: 0, alerteveryMs: 60_000, numalerts: null, upalert: true };
  return {
    director: {
      name: 'lb1',
      references: [{ address: gateway, port: null }],
      stateDir: '/nowhere',
      pulse: { everyMs: 200, port: 9 },
      reconcileEveryMs: 5000,
      maxChecks: 100,
      maxChecksPerServer: 8,
      retention: { historyMs: 1e9, backups: 1 },
    },
    servers: new Map(
      Object.entries(servers).map(([name, address]) => {
        return [name, { name, address, backups: name === 'spare' ? [] : ['spare'], shared: false }];
      }),
    ),
    checks,
    services: new Map([[playout.name, playout]]),
    alerts: new Map([['oncall', { name: 'oncall', type: 'fake', options: {}, rule }]]),
    classify: { backend: 'auto', groups: [], clients: [] },
    paths: [],
    mail: null,
    ...change,
  };
}

export function cluster(config: Config = configuration()): Cluster {
  const clock = manualClock(Date.UTC(2026, 10, 21, 3));
  const store = openStore(':memory:');
  const balancer = createMemoryBalancer();
  const packets = fakePacketFilter();
  const mails: Cluster['mails'] = [];
  const logged: string[] = [];
  const states = new Map<string, HostState>([...Object.values(servers), gateway].map((address) => [address, 'up']));
  const loads = new Map<string, number>();
  const held = new Set<{ readonly address: string; readonly close: () => void }>();
  const later = (ms: number, callback: () => void) => clock.after(ms, callback);

  const dial: Dial = (address, port, events) => {
    const state = states.get(address) ?? 'dark';
    const program = port !== 9 && port !== 80 && (state === 'up' || state === 'overloaded' || state === 'hung');
    const line = { address, close: () => void (held.delete(line) && events.onClosed?.()) };
    const cancel = later(1, () => {
      if (state === 'dark') return;
      if (!program) return events.onRefused?.();
      held.add(line);
      events.onOpen?.();
    });
    return () => {
      cancel();
      held.delete(line);
    };
  };

  const fakeMonitor = defineMonitor({
    type: 'fake',
    about: 'asks the fake hosts',
    options: field.object({}),
    network: true,
    tripwirePort: () => 554,
    prepare:
      () =>
      (target: Target, { signal }: CheckContext) =>
        new Promise<Verdict>((resolve, reject) => {
          const state = states.get(target.address) ?? 'dark';
          const verdicts: Partial<Record<HostState, Verdict>> = {
            up: { status: 'ok', summary: 'ok' },
            refused: { status: 'fail', summary: 'refused' },
            overloaded: { status: 'overloaded', summary: 'limit reached' },
            unjudged: { status: 'unknown', summary: 'EMFILE' },
          };
          const verdict = verdicts[state];
          const cpu = loads.get(target.address);
          const figures = cpu === undefined ? {} : { measures: { cpu }, limits: { cpu: 100 } };
          const cancel = verdict === undefined ? () => {} : later(2, () => resolve({ ...verdict, ...figures }));
          signal.addEventListener('abort', () => {
            cancel();
            if (signal.reason instanceof Deadline) resolve({ status: 'fail', summary: 'no answer', silent: true });
            else reject(signal.reason as Error);
          });
        }),
  });
  const alert: Alert = {
    type: 'fake',
    about: 'keeps what it is told',
    options: field.object({}),
    recipients: () => ['oncall@example.org'],
    prepare: () => async (recipient, notice) => void mails.push({ recipient, notice }),
  };
  const note = (_: object, text: string): void => void logged.push(text);
  const log: Log = { debug: () => {}, info: note, warn: note, error: note };
  const options: EngineOptions = {
    config,
    clock,
    random: () => 0.5,
    log,
    dial,
    store: portsOf(store),
    monitors: new Map([['fake', fakeMonitor]]),
    alertTypes: () => new Map([['fake', alert]]),
    balancer: () => balancer,
    packetFilter: () => Promise.resolve(packets),
    render: ({ notice }) => ({
      subject: `${notice.incident?.server ?? ''} ${notice.kind}: ${notice.incident?.summary ?? notice.about}`,
      text: '',
      html: '',
      references: [],
    }),
    director: () => ({ version: '0', pid: 1, configFile: 'x.yaml', configLoadedMs: 0, configError: null }),
    reload: async () => {
      throw new Refusal('no file in this test');
    },
  };
  let alive = startEngine(options);
  const address = (host: ServerName | 'gateway'): string => (host === 'gateway' ? gateway : servers[host]);
  return {
    clock,
    store,
    balancer,
    packets,
    mails,
    logged,
    get engine() {
      return alive;
    },
    set engine(engine) {
      alive = engine;
    },
    become(host, state) {
      states.set(address(host), state);
      if (state !== 'refused') return;
      for (const line of [...held]) if (line.address === address(host)) line.close();
    },
    load(host, cpu) {
      if (cpu === null) loads.delete(address(host));
      else loads.set(address(host), cpu);
    },
    hangUpOnIdle(host) {
      for (const line of [...held]) if (line.address === address(host)) line.close();
    },
    async table() {
      const names = new Map<string, string>(Object.entries(servers).map(([name, value]) => [value, name]));
      const service = (await balancer.read()).get('fwmark:1');
      return (
        service?.entries.map((entry) => `${names.get(entry.address) ?? entry.address}=${entry.weight}`).join(' ') ??
        'no service'
      );
    },
    crashAndStart() {
      clock.dropTimers();
      held.clear();
      alive = startEngine({ ...options, config: alive.config() });
    },
  };
}
