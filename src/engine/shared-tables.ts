/** The balancers' tables as the pools use them: pools that read in one turn share one reading. */
import type { BalancerKind } from '../config/config.ts';
import type { Command, Table } from '../core/table.ts';

/** The part of a balancer that is needed here. */
export interface TablePort {
  read(): Promise<Table>;
  apply(commands: readonly Command[]): Promise<void>;
}

export interface SharedTables {
  read(kind: BalancerKind): Promise<Table>;
  apply(kind: BalancerKind, commands: readonly Command[]): Promise<void>;
}

export function shareTables(balancer: (kind: BalancerKind) => TablePort): SharedTables {
  const readings = new Map<BalancerKind, Promise<Table>>();
  return {
    read(kind) {
      const begun = readings.get(kind);
      if (begun !== undefined) return begun;
      const reading = balancer(kind).read();
      readings.set(kind, reading);
      queueMicrotask(() => {
        if (readings.get(kind) === reading) readings.delete(kind);
      });
      return reading;
    },
    async apply(kind, commands) {
      // Who reads after this must see it: neither what began before it, nor what began while it was under way, will do.
      readings.delete(kind);
      try {
        await balancer(kind).apply(commands);
      } finally {
        readings.delete(kind);
      }
    },
  };
}
