/** The balancers' tables as the pools use them: pools that read in the same turn of the event loop share one read. */
import type { TablePort } from '../../balancer/balancer.ts';
import type { TableName } from '../../config/config.ts';
import type { Command, Table } from '../../core/table.ts';

export interface SharedTables {
  read(name: TableName): Promise<Table>;
  apply(name: TableName, commands: readonly Command[]): Promise<void>;
}

export function shareTables(balancer: (name: TableName) => TablePort): SharedTables {
  const readings = new Map<TableName, Promise<Table>>();
  return {
    read(name) {
      const begun = readings.get(name);
      if (begun !== undefined) return begun;
      const reading = balancer(name).read();
      readings.set(name, reading);
      queueMicrotask(() => {
        if (readings.get(name) === reading) readings.delete(name);
      });
      return reading;
    },
    async apply(name, commands) {
      // A read that started before or during this apply may be stale: the next one starts anew.
      readings.delete(name);
      try {
        await balancer(name).apply(commands);
      } finally {
        readings.delete(name);
      }
    },
  };
}
