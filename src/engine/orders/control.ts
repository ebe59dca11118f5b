/** What people may ask and order: the API's side of the engine. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Control,
  type OwnProblem,
  Refusal,
  type ReloadResult,
  type ServerStatus,
  type Status,
} from '../../api/control.ts';
import { type Config, tableName } from '../../config/config.ts';
import type { Table } from '../../core/table.ts';
import type { Monitor } from '../../plugin/plugin.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Store } from '../../store/store.ts';
import { errorText } from '../../text.ts';
import type { Journal } from '../journal.ts';
import type { Clients } from '../mark/clients.ts';
import type { Marker } from '../mark/marker.ts';
import { reachedBy } from '../show/client-views.ts';
import { marksStatus } from '../show/marks-view.ts';
import { explanation, incidentView, serverStatusView, serviceStatus, tableView } from '../show/views.ts';
import type { PoolRecord, Reconciler } from '../steer/reconciler.ts';
import type { Weigher } from '../steer/weigher.ts';
import type { ReadyAlert } from '../tell/alerts.ts';
import type { Teller } from '../tell/teller.ts';
import type { Board, ServerRecord } from '../watch/board.ts';
import type { Pulses } from '../watch/pulses.ts';
import type { Recorder } from '../watch/recorder.ts';
import type { SchedulerStats } from '../watch/scheduler.ts';
import type { Tripwires } from '../watch/tripwires.ts';
import { createClientOrders } from './client-orders.ts';
import { createPinOrders } from './pin-orders.ts';
import type { Pins } from './pins.ts';
import { knownServer, probeServer } from './probe.ts';
import { createServerOrders } from './server-orders.ts';

export interface ControlParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: () => Config;
  readonly monitors: ReadonlyMap<string, Monitor>;
  readonly alerts: () => ReadonlyMap<string, ReadyAlert>;
  readonly board: () => Board;
  readonly recorder: Recorder;
  readonly reconciler: Reconciler;
  readonly weightsOf: Weigher['weightsOf'];
  readonly pins: Pins;
  readonly clients: Clients;
  readonly marker: Marker;
  readonly pulses: Pulses;
  readonly tripwires: Tripwires<`${string}/${string}`>;
  readonly teller: Teller;
  readonly journal: Journal;
  readonly store: Store;
  readonly scheduler: () => SchedulerStats;
  readonly readTable: (kind: Config['services'] extends ReadonlyMap<string, infer S> ? S : never) => Promise<Table>;
  readonly director: () => Status['director'];
  readonly problems: () => readonly OwnProblem[];
  readonly reload: () => Promise<ReloadResult>;
  readonly changed: () => void;
  readonly onChange: Control['onChange'];
}

export function createControl(parts: ControlParts): Control {
  const { clock, board, config, journal, reconciler, recorder, store } = parts;

  function server(name: string): ServerRecord {
    knownServer(config(), name);
    return board().servers.get(name) as ServerRecord;
  }

  function serverView(record: ServerRecord): ServerStatus {
    const on = config().director.pulse !== null;
    return serverStatusView(record, {
      pins: parts.pins.of(record.config.name),
      pulse: on ? parts.pulses.state(record.config.address) : null,
      wire: (check) => parts.tripwires.state(check.id),
      nowMonoMs: clock.monoMs(),
    });
  }

  return {
    status() {
      const { servers } = board();
      const { waitingNotices, badRecipients } = quietly(store);
      const { lastStartMs: _, ...scheduler } = parts.scheduler();
      return {
        director: parts.director(),
        problems: parts.problems(),
        services: [...reconciler.pools().values()].map((pool) =>
          serviceStatus(pool, servers, {
            weights: parts.weightsOf(pool.config.name),
            pins: parts.pins.inPool(pool.config.name),
          }),
        ),
        servers: [...servers.values()].map(serverView),
        marks: marksStatus(parts.clients, parts.marker.state()),
        incidents: [...recorder.incidents().values()].map(incidentView),
        mail: { waiting: waitingNotices.count, oldestMs: waitingNotices.oldestMs, badRecipients },
        scheduler,
      };
    },

    history(query) {
      journal.flush();
      return store.history(query);
    },

    explain(name) {
      const record = server(name);
      journal.flush();
      const recent = store.history({ server: name, limit: 10 });
      const sources = { config: config(), clients: parts.clients };
      const reached = ({ config: { at } }: PoolRecord) => reachedBy(sources, at);
      const pools = [...reconciler.pools().values()];
      return explanation(serverView(record), pools, {
        servers: board().servers,
        weightsOf: parts.weightsOf,
        recent,
        reached,
      });
    },

    table() {
      const readings = new Map<string, Promise<Table>>();
      return Promise.all(
        [...reconciler.pools().values()].map(async (pool) => {
          try {
            const name = tableName(pool.config);
            const reading = readings.get(name) ?? parts.readTable(pool.config);
            readings.set(name, reading);
            const table = await reading;
            return tableView({ ...pool, actual: table.get(pool.key), readMs: clock.wallMs() });
          } catch (error) {
            const text = errorText(error);
            return tableView({ ...pool, actual: undefined, readMs: null, problem: { text, sinceMs: clock.wallMs() } });
          }
        }),
      );
    },

    ...createServerOrders({ ...parts, server }),

    ...createPinOrders({ ...parts, server }),

    ...createClientOrders({ ...parts, pools: () => reconciler.pools() }),

    probe: (name, monitor) => probeServer(config(), parts.monitors, name, monitor, parts),

    testAlert(name) {
      const alert = parts.alerts().get(name);
      if (alert !== undefined) return { notices: parts.teller.test(alert) };
      const names = [...parts.alerts().keys()];
      const expected =
        names.length === 0 ? 'an alert that tells people, and there is none' : `one of ${names.join(', ')}`;
      throw new Refusal(`expected ${expected}, got \`${name}\``, true);
    },

    reload: () => parts.reload(),

    async backup(file) {
      await store.backup(resolve(file));
      return { file: resolve(file), bytes: (await stat(file)).size };
    },

    onChange: parts.onChange,
  };
}

/** A database that does not answer must not take the status away. */
function quietly(store: Store): {
  readonly waitingNotices: ReturnType<Store['waitingNotices']>;
  readonly badRecipients: ReturnType<Store['badRecipients']>;
} {
  try {
    return { waitingNotices: store.waitingNotices(), badRecipients: store.badRecipients() };
  } catch {
    return { waitingNotices: { count: 0, oldestMs: null }, badRecipients: [] };
  }
}
