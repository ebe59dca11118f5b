/** The API's side of the engine: its views and its orders. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Control, OwnProblem, ReloadResult, Status, Views } from '../../api/control.ts';
import type { TablePort } from '../../balancer/balancer.ts';
import { type TableName, tableName } from '../../config/config.ts';
import type { Table } from '../../core/table.ts';
import type { Monitor } from '../../plugin/plugin.ts';
import type { PoolRecord } from '../../pools/pool-record.ts';
import type { History } from '../../store/store.ts';
import { errorText } from '../../text.ts';
import type { Mark } from '../mark/marks.ts';
import { reachedBy } from '../show/client-views.ts';
import { explanation } from '../show/explanation.ts';
import { marksStatus } from '../show/marks-view.ts';
import { serviceStatus, tableView } from '../show/pool-views.ts';
import { incidentView, type ServerSenses, serverStatusView } from '../show/server-views.ts';
import type { ServerRecord } from '../watch/board.ts';
import { createClientOrders } from './client-orders.ts';
import type { OrderParts } from './order-parts.ts';
import { createPinOrders } from './pin-orders.ts';
import { knownServer, probeServer } from './probe.ts';
import { createServerOrders } from './server-orders.ts';

export interface ControlParts extends OrderParts {
  readonly monitors: ReadonlyMap<string, Monitor>;
  readonly mark: Mark;
  readonly history: History;
  readonly balancer: (table: TableName) => Pick<TablePort, 'read'>;
  readonly director: () => Status['director'];
  readonly problems: () => readonly OwnProblem[];
  readonly reload: () => Promise<ReloadResult>;
  readonly onChange: Views['onChange'];
}

export function createControl(parts: ControlParts): Control {
  const { clock, config, journal, overrides, watch, steer, mark, tell } = parts;

  function sensesOf({ config: server }: ServerRecord): ServerSenses {
    return {
      hold: overrides.hold(server.name),
      pins: overrides.pinsOf(server.name),
      pulse: config().director.pulse === null ? null : watch.pulse(server.address),
      wire: (check) => watch.wire(check.id),
      nowMonoMs: clock.monoMs(),
    };
  }

  return {
    status() {
      const { servers } = watch.board();
      const { lastStartMs: _, ...scheduler } = watch.stats();
      return {
        director: parts.director(),
        problems: parts.problems(),
        services: [...steer.pools().values()].map((pool) =>
          serviceStatus(pool, servers, {
            weights: steer.weightsOf(pool.config.name),
            pins: overrides.pinsIn(pool.config.name),
            hold: overrides.hold,
          }),
        ),
        servers: [...servers.values()].map((server) => serverStatusView(server, sensesOf(server))),
        marks: marksStatus(mark.clients, mark.marker.state()),
        incidents: [...tell.incidents().values()].map(incidentView),
        mail: tell.mail(),
        scheduler,
      };
    },

    history(query) {
      journal.flush();
      return parts.history.history(query);
    },

    async explain(name) {
      knownServer(config(), name);
      const { servers } = watch.board();
      const server = servers.get(name) as ServerRecord;
      journal.flush();
      const recent = await parts.history.history({ server: name, limit: 10 });
      return explanation(serverStatusView(server, sensesOf(server)), [...steer.pools().values()], {
        servers,
        weightsOf: steer.weightsOf,
        hold: overrides.hold,
        recent,
        reached: ({ config: { at } }: PoolRecord) => reachedBy({ config: config(), clients: mark.clients }, at),
      });
    },

    table() {
      const readings = new Map<string, Promise<Table>>();
      return Promise.all(
        [...steer.pools().values()].map(async (pool) => {
          try {
            const name = tableName(pool.config);
            const reading = readings.get(name) ?? parts.balancer(name).read();
            readings.set(name, reading);
            const table = await reading;
            return tableView({ ...pool, actual: table.get(pool.key), readMs: clock.wallMs() });
          } catch (error) {
            const problem = { text: errorText(error), sinceMs: clock.wallMs() };
            return tableView({ ...pool, actual: undefined, readMs: null, problem });
          }
        }),
      );
    },

    onChange: parts.onChange,

    ...createServerOrders(parts),
    ...createPinOrders(parts),
    ...createClientOrders({ ...parts, ...mark, pools: steer.pools }),

    probe: (name, monitor) => probeServer(config(), parts.monitors, name, monitor, parts),
    testAlert: (name) => ({ notices: tell.test(name) }),
    reload: parts.reload,
    async backup(file) {
      await parts.history.backup(resolve(file));
      return { file: resolve(file), bytes: (await stat(file)).size };
    },
  };
}
