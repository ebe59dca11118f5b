/** The parts put together for one command, without a daemon. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kernel, nothingRemembered, type Remembered } from './apply/kernel.ts';
import { ownAddresses } from './apply/ours.ts';
import { ipvsadmArguments } from './balancer/ipvs/arguments.ts';
import { createIpvsBalancer } from './balancer/ipvs/ipvs.ts';
import { choosePacketFilter } from './classify/choose.ts';
import { type PacketFilter, PacketFilterError, type Warn } from './classify/packet-filter.ts';
import type { Config } from './config/config.ts';
import { parseNetwork } from './config/networks.ts';
import type { Pin } from './core/model.ts';
import type { Clock, Exec } from './ports.ts';
import { openStore } from './store/open.ts';
import { readSnapshot } from './store/snapshot.ts';
import type { Store } from './store/store.ts';
import { systemClock } from './system/clock.ts';
import { systemExec } from './system/exec.ts';
import { listeningSockets } from './system/unix-sockets.ts';

export interface LocalOptions {
  readonly exec: Exec;
  readonly clock: Clock;
  /** Name or path of ipvsadm. */
  readonly program: string;
  /** In place of /proc/net/ip_vs. */
  readonly procFile: string;
  /** In place of /proc/net/unix. */
  readonly unixFile: string;
  readonly chooseFilter: typeof choosePacketFilter;
  readonly warn: Warn;
}

type Backend = Config['classify']['backend'];

const system: LocalOptions = {
  exec: systemExec,
  clock: systemClock,
  program: 'ipvsadm',
  procFile: '/proc/net/ip_vs',
  unixFile: '/proc/net/unix',
  chooseFilter: choosePacketFilter,
  warn: () => {},
};

export function openKernel(config: Config, options: Partial<LocalOptions> = {}): Kernel {
  const { exec, clock, program, procFile, unixFile, chooseFilter, warn } = { ...system, ...options };
  const services = ownAddresses(config);
  const balancer = createIpvsBalancer({
    exec,
    clock,
    program,
    procFile,
    services: () => services,
    keepOpen: false,
  });
  // One of each for the whole command: it remembers what it made, and how that is listed.
  const filters = new Map<Backend, Promise<PacketFilter>>();
  const filterOf = async (wanted: Backend): Promise<PacketFilter> => {
    const known = filters.get(wanted) ?? chooseFilter(exec, wanted, warn);
    filters.set(wanted, known);
    if (wanted === 'auto') filters.set((await known).kind, known);
    return known;
  };
  return {
    balancer,
    filter: () => filterOf(config.classify.backend),
    allFilters: async () => {
      const kinds = ['nftables', 'iptables'] as const;
      const found = await Promise.all(kinds.map((kind) => filterOf(kind).catch(unusable)));
      const filters = found.flatMap((one) => (one instanceof PacketFilterError ? [] : [one]));
      const shut = found.flatMap((one) => (one instanceof PacketFilterError && one.kind === 'permission' ? [one] : []));
      if (filters.length === 0 && shut[0] !== undefined) throw shut[0];
      return { filters, unseen: shut.map(({ message }) => `${message}; rules of ours may be left there`) };
    },
    remembered: async (as) => {
      const file = join(config.director.stateDir, 'understudy.db');
      if (!existsSync(file)) return nothingRemembered;
      const read = (store: Store) => rememberedIn(store, clock.wallMs());
      return as === 'reader' ? readSnapshot(file, read) : readAlone(file, read);
    },
    controlSockets: (name) => controlSocketsIn(unixFile, name),
    ipvsadmLines: (commands) => commands.map((command) => ipvsadmArguments(command).join(' ')),
    close: () => balancer.close(),
  };
}

/** A program that is not here, or a kernel without it, has no rules of ours; one that we may not ask may have some. */
function unusable(error: unknown): PacketFilterError {
  if (error instanceof PacketFilterError && error.kind !== 'unread') return error;
  throw error;
}

function controlSocketsIn(unixFile: string, name: string): readonly string[] {
  // Bound under another name and moved, so that is what the kernel lists.
  const bound = `/${name}.new`;
  const names = existsSync(unixFile) ? listeningSockets(readFileSync(unixFile, 'utf8')) : [];
  return names.filter((path) => path.endsWith(bound)).map((path) => path.slice(0, -'.new'.length));
}

/** A daemon that holds it is told as such. */
function readAlone<T>(file: string, use: (store: Store) => T): T {
  const store = openStore(file);
  try {
    return use(store);
  } finally {
    store.close();
  }
}

function rememberedIn(store: Store, nowMs: number): Remembered {
  const lasts = ({ untilMs }: Pick<Pin, 'untilMs'>): boolean => untilMs === null || untilMs > nowMs;
  const holds = store.holds().filter(lasts);
  return {
    holds: new Map(holds.map(({ server, kind }) => [server, kind])),
    pins: store.pins().filter(lasts),
    failing: new Set(store.openIncidents().map(({ server }) => server)),
    overrides: store.clientMarks().flatMap(({ network: text, mark }) => {
      const network = parseNetwork(text);
      return 'ok' in network ? [{ network: network.ok, mark }] : [];
    }),
  };
}
