/** The balancers' tables as the pools use them: pools that read in one turn share one reading. */
import type { TableName } from '../../config/config.ts';
import type { Command, Table } from '../../core/table.ts';

/** The part of a balancer that is needed here. */
export interface TablePort {
  read(): Promise<Table>;
  apply(commands: readonly Command[]): Promise<void>;
}

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
      // Who reads after this must see it: neither what began before it, nor what began while it was under way, will do.
      readings.delete(name);
      try {
        await balancer(name).apply(commands);
      } finally {
        readings.delete(name);
      }
    },
  };
}
