/** All about marks in one place: who gets which, the kernel's packet filter, and the services behind VIP paths. */
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { CheckConfig, Config } from '../config/config.ts';
import type { Observation } from '../core/model.ts';
import type { Clock, Log } from '../ports.ts';
import type { Store } from '../store/store.ts';
import { lostClients } from './client-orders.ts';
import { type Clients, createClients } from './clients.ts';
import type { Keeper } from './keeper.ts';
import { type Backend, createMarker, type Marker } from './marker.ts';
import { createPathServices } from './path-services.ts';
import type { TablePort } from './shared-tables.ts';

export interface Marks {
  readonly clients: Clients;
  readonly marker: Marker;
  /** At the start, and when another configuration is there. */
  take(config: Config): void;
  readonly troubles: Readonly<Record<'marks' | 'paths' | 'lostClients', Keeper['trouble']>>;
  /** What a check through a virtual address said counts only if the way was there from its beginning (law 1). */
  judged(check: CheckConfig, observation: Observation): Observation;
  /** Leaves the kernel as it is. */
  stop(): Promise<void>;
}

export function createMarks(options: {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'clientMarks'>;
  readonly packetFilter: (backend: Backend) => Promise<PacketFilter>;
  /** The table in which marks lead to servers. */
  readonly table: () => TablePort;
  readonly remark: (kind: string, text: string) => void;
  readonly onChange: () => void;
}): Marks {
  const { clock, log, packetFilter, table, remark, onChange } = options;
  let config = options.config;
  const clients = createClients(config, options.store.clientMarks(), ({ network }) =>
    log.error({ network }, 'a client set by hand is left out: expected an IP address or a network'),
  );
  const marker = createMarker({ clock, log, packetFilter, clients, remark, onChange });
  const paths = createPathServices({ clock, log, table, remark, onChange });
  let lost: ReturnType<Keeper['trouble']> = null;
  let lostAt = -1;

  function lookForLost(): ReturnType<Keeper['trouble']> {
    if (lostAt === clients.version()) return lost;
    lostAt = clients.version();
    const text = lostClients({ config, clients });
    lost = text === null ? null : { text, sinceMs: lost?.sinceMs ?? clock.wallMs() };
    return lost;
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
    troubles: { marks: () => marker.state().trouble, paths: paths.trouble, lostClients: lookForLost },
    judged({ path }, observation) {
      if (path === null || observation.status === 'unknown') return observation;
      const [marked, served] = [marker.state().rightSinceMs, paths.rightSinceMs()];
      if (marked !== null && served !== null && Math.max(marked, served) <= observation.atMs) return observation;
      const cause = marker.state().trouble?.text ?? paths.trouble()?.text ?? 'it was being set up';
      const summary = `the way through ${path.vip} was not there: ${cause}`;
      return { status: 'unknown', summary, atMs: observation.atMs, tookMs: observation.tookMs };
    },
    async stop() {
      await Promise.all([marker.stop(), paths.stop()]);
    },
  };
}
