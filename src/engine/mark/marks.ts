/** Marks packets: which client gets which mark, the kernel's packet filter, and the services of the VIP paths. */
import type { TablePort } from '../../balancer/balancer.ts';
import type { PacketFilter } from '../../classify/packet-filter.ts';
import type { CheckConfig, Config } from '../../config/config.ts';
import type { Observation } from '../../core/model.ts';
import type { CheckState } from '../../core/observe.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Boot } from '../../store/store.ts';
import { type Journal, remarksIn } from '../journal.ts';
import type { Overrides } from '../overrides.ts';
import { type Clients, createClients, serviceOfMark } from './clients.ts';
import type { Keeper } from './keeper.ts';
import { type Backend, createMarker, type Marker } from './marker.ts';
import { createPathServices } from './path-services.ts';

export interface Mark {
  readonly clients: Clients;
  readonly marker: Marker;
  take(config: Config): void;
  readonly problems: Readonly<Record<'marks' | 'paths' | 'lostClients', Keeper['problem']>>;
  /** An observation through a virtual address only counts if its path was in place from start to end (law 1). */
  judged(
    check: { readonly config: CheckConfig; readonly state: CheckState },
    observation: Observation,
  ): Promise<Observation>;
  /** Leaves the kernel unchanged. */
  stop(): Promise<void>;
}

export interface MarkPorts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly overrides: Overrides;
  readonly journal: Pick<Journal, 'write'>;
  readonly store: { readonly boot: Pick<Boot, 'packetFilters'> };
  readonly packetFilter: (backend: Backend) => Promise<PacketFilter>;
  /** The table in which marks lead to servers. */
  readonly table: () => TablePort;
  readonly onChange: () => void;
}

/** IPVS remembers an unanswered connection and its server for 60 s (tcp_timeouts of ip_vs_proto_tcp.c). */
const forgottenMs = 65_000;

export function startMark(ports: MarkPorts): Mark {
  const { clock, log, journal, table, onChange, overrides } = ports;
  const remark = remarksIn(journal, clock);
  let config = ports.config;
  const clients = createClients(config, overrides);
  const marker = createMarker({
    ...ports,
    clients,
    remark,
    remembered: ports.store.boot.packetFilters(),
    remember: (kind, marks) => journal.write({ packetFilters: [{ kind, marks }] }),
  });
  const mayBeLeft = [...config.services.values()].some(({ balancer }) => balancer === 'ipvs');
  const paths = createPathServices({ clock, log, table, mayBeLeft, remark, onChange });
  let lost: ReturnType<Keeper['problem']> = null;
  let lostAt = -1;

  function lostClientsProblem(): ReturnType<Keeper['problem']> {
    if (lostAt === clients.version()) return lost;
    lostAt = clients.version();
    const text = lostClients(config, clients);
    lost = text === null ? null : { text, sinceMs: lost?.sinceMs ?? clock.wallMs() };
    return lost;
  }

  /** null: none. */
  function doubtOf(mark: number, startedMs: number, isThere: boolean, answered: boolean): string | null {
    const [marked, served] = [marker.inSyncSinceMonoMs(), paths.inSyncSinceMs()];
    if (marked === null || served === null || Math.max(marked, served) > startedMs) {
      return `was not in place: ${marker.state().problem?.text ?? paths.problem()?.text ?? 'it was being set up'}`;
    }
    if (!isThere) return 'was not in place: its service was changed externally';
    const movedMs = paths.movedMs(mark);
    if (answered || movedMs === null || clock.monoMs() - movedMs > forgottenMs) return null;
    return 'still had connections of another server';
  }

  return {
    clients,
    marker,
    take(next) {
      config = next;
      clients.take(next);
      marker.set(next.classify.backend, next.director.reconcileEveryMs);
      paths.set(next.paths, next.director.reconcileEveryMs);
    },
    problems: { marks: () => marker.state().problem, paths: paths.problem, lostClients: lostClientsProblem },
    async judged({ config: { path }, state }, observation) {
      if (path === null || observation.status === 'unknown') return observation;
      const startedMs = clock.monoMs() - observation.tookMs;
      // An observation that would change nothing needs no read of the table.
      const isNew = observation.status !== 'ok' && state.status !== 'fail';
      const isThere = !isNew || (await paths.areThere());
      const doubt = doubtOf(path.mark, startedMs, isThere, observation.status === 'ok');
      if (doubt === null) return observation;
      const summary = `the VIP path via ${path.vip} ${doubt}`;
      return { status: 'unknown', summary, atMs: observation.atMs, tookMs: observation.tookMs };
    },
    async stop() {
      await Promise.all([marker.stop(), paths.stop()]);
    },
  };
}

/** One line about clients whose mark leads to no service since the configuration changed; null: none. */
function lostClients(config: Config, clients: Clients): string | null {
  if (!config.classify.groups.some(({ byClient }) => byClient)) return null;
  const lost = [...clients.overrides().values()].filter(
    ({ network, order }) => order.mark !== null && serviceOfMark(config, order.mark, network.family) === null,
  );
  const [first] = lost;
  if (first === undefined) return null;
  const others = lost.length === 1 ? '' : ` (and ${lost.length - 1} more like it: understudy client list)`;
  return `client ${first.order.network} has mark ${first.order.mark}, set by ${first.order.by}, and no virtual service has that mark: understudy client unset ${first.order.network}${others}`;
}
