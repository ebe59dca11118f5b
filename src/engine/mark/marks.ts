/** All about marks in one place: who gets which, the kernel's packet filter, and the services behind VIP paths. */
import type { PacketFilter } from '../../classify/packet-filter.ts';
import type { Config } from '../../config/config.ts';
import type { Observation } from '../../core/model.ts';
import type { Clock, Log } from '../../ports.ts';
import type { PacketFilterKind, Store } from '../../store/store.ts';
import { lostClients } from '../orders/client-orders.ts';
import type { TablePort } from '../steer/shared-tables.ts';
import type { CheckRecord } from '../watch/board.ts';
import { type Clients, createClients } from './clients.ts';
import type { Keeper } from './keeper.ts';
import { type Backend, createMarker, type Marker } from './marker.ts';
import { createPathServices } from './path-services.ts';

export interface Marks {
  readonly clients: Clients;
  readonly marker: Marker;
  /** At the start, and when another configuration is there. */
  take(config: Config): void;
  readonly problems: Readonly<Record<'marks' | 'paths' | 'lostClients', Keeper['problem']>>;
  /** What a check through a virtual address said counts only if the way was there from its beginning to its end (law 1). */
  judged(check: Pick<CheckRecord, 'config' | 'state'>, observation: Observation): Promise<Observation>;
  /** Leaves the kernel as it is. */
  stop(): Promise<void>;
}

/** IPVS remembers a connection that was never answered for 60 s (tcp_timeouts of ip_vs_proto_tcp.c), and where it led. */
const forgottenMs = 65_000;

export function createMarks(options: {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'clientMarks' | 'packetFilters'>;
  readonly packetFilter: (backend: Backend) => Promise<PacketFilter>;
  /** The table in which marks lead to servers. */
  readonly table: () => TablePort;
  readonly remark: (kind: string, text: string) => void;
  readonly remember: (kind: PacketFilterKind, marks: boolean) => void;
  readonly onChange: () => void;
}): Marks {
  const { clock, log, packetFilter, table, remark, remember, onChange } = options;
  let config = options.config;
  const clients = createClients(config, options.store.clientMarks(), ({ network }) =>
    log.error({ network }, 'a client set by hand is left out: expected an IP address or a network'),
  );
  const remembered = options.store.packetFilters();
  const marker = createMarker({ clock, log, packetFilter, clients, remark, remembered, remember, onChange });
  const mayBeLeft = [...config.services.values()].some(({ balancer }) => balancer === 'ipvs');
  const paths = createPathServices({ clock, log, table, mayBeLeft, remark, onChange });
  let lost: ReturnType<Keeper['problem']> = null;
  let lostAt = -1;

  function lookForLost(): ReturnType<Keeper['problem']> {
    if (lostAt === clients.version()) return lost;
    lostAt = clients.version();
    const text = lostClients({ config, clients });
    lost = text === null ? null : { text, sinceMs: lost?.sinceMs ?? clock.wallMs() };
    return lost;
  }

  /** null: none. */
  function doubtOf(mark: number, startedMs: number, isThere: boolean, answered: boolean): string | null {
    const [marked, served] = [marker.rightSinceMonoMs(), paths.rightSinceMs()];
    if (marked === null || served === null || Math.max(marked, served) > startedMs) {
      return `was not there: ${marker.state().problem?.text ?? paths.problem()?.text ?? 'it was being set up'}`;
    }
    if (!isThere) return 'was not there: another hand changed its service';
    const movedMs = paths.movedMs(mark);
    if (answered || movedMs === null || clock.monoMs() - movedMs > forgottenMs) return null;
    return 'led to another server a moment ago';
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
    problems: { marks: () => marker.state().problem, paths: paths.problem, lostClients: lookForLost },
    async judged({ config: { path }, state }, observation) {
      if (path === null || observation.status === 'unknown') return observation;
      const startedMs = clock.monoMs() - observation.tookMs;
      // One that would change nothing needs no look.
      const isNew = observation.status !== 'ok' && state.status !== 'fail';
      const isThere = !isNew || (await paths.areThere());
      const doubt = doubtOf(path.mark, startedMs, isThere, observation.status === 'ok');
      if (doubt === null) return observation;
      const summary = `the way through ${path.vip} ${doubt}`;
      return { status: 'unknown', summary, atMs: observation.atMs, tookMs: observation.tookMs };
    },
    async stop() {
      await Promise.all([marker.stop(), paths.stop()]);
    },
  };
}
