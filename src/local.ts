/** The parts put together for one command, without a daemon. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ipvsadmArguments } from './balancer/ipvs/arguments.ts';
import { createIpvsBalancer } from './balancer/ipvs/ipvs.ts';
import { choosePacketFilter } from './classify/choose.ts';
import { type PacketFilter, PacketFilterError, type Warn } from './classify/packet-filter.ts';
import type { Config } from './config/config.ts';
import { parseNetwork } from './config/networks.ts';
import type { Clock, Exec } from './ports.ts';
import { type Kernel, nothingRemembered, type Remembered } from './state/kernel.ts';
import { ownAddresses } from './state/ours.ts';
import { openStore } from './store/open.ts';
import { systemClock } from './system/clock.ts';
import { systemExec } from './system/exec.ts';

export interface LocalOptions {
  readonly exec: Exec;
  readonly clock: Clock;
  /** Name or path of ipvsadm. */
  readonly program: string;
  /** In place of /proc/net/ip_vs. */
  readonly procFile: string;
  readonly chooseFilter: typeof choosePacketFilter;
  readonly warn: Warn;
}

type Backend = Config['classify']['backend'];

const system: LocalOptions = {
  exec: systemExec,
  clock: systemClock,
  program: 'ipvsadm',
  procFile: '/proc/net/ip_vs',
  chooseFilter: choosePacketFilter,
  warn: () => {},
};

export function openKernel(config: Config, options: Partial<LocalOptions> = {}): Kernel {
  const { exec, clock, program, procFile, chooseFilter, warn } = { ...system, ...options };
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
      const found = await Promise.all((['nftables', 'iptables'] as const).map((kind) => filterOf(kind).catch(absent)));
      return found.flatMap((filter) => filter ?? []);
    },
    remembered: async () => remembered(join(config.director.stateDir, 'understudy.db'), clock.wallMs()),
    ipvsadmLines: (commands) => commands.map((command) => ipvsadmArguments(command).join(' ')),
    close: () => balancer.close(),
  };
}

/** A program that is not here, or a kernel without it, has no rules of ours. */
function absent(error: unknown): null {
  if (error instanceof PacketFilterError && (error.kind === 'missing' || error.kind === 'refused')) return null;
  throw error;
}

/** The database is open only for the reading; a daemon that holds it is told as such. */
function remembered(file: string, nowMs: number): Remembered {
  if (!existsSync(file)) return nothingRemembered;
  const store = openStore(file);
  try {
    const holds = store.holds().filter(({ untilMs }) => untilMs === null || untilMs > nowMs);
    return {
      holds: new Map(holds.map(({ server, kind }) => [server, kind])),
      failing: new Set(store.openIncidents().map(({ server }) => server)),
      overrides: store.clientMarks().flatMap(({ network: text, mark }) => {
        const network = parseNetwork(text);
        return 'ok' in network ? [{ network: network.ok, mark }] : [];
      }),
    };
  } finally {
    store.close();
  }
}
