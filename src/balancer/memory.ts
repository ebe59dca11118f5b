import { applyCommand, describeCommand, remaining } from '../core/plan.ts';
import type { Table } from '../core/table.ts';
import { type Balancer, BalancerError } from './balancer.ts';

/** Holds the table. Like the kernel's, it outlives its balancers and can be changed externally. */
export interface MemoryTable {
  table: Table;
}

/** A table that no packet sees: for the demo and for tests. */
export function createMemoryBalancer(memory: MemoryTable = { table: new Map() }): Balancer {
  let closed = false;
  return {
    kind: 'memory',
    read: () => Promise.resolve(memory.table),
    async apply(commands) {
      if (closed) throw new BalancerError('refused', 'the in-memory table was closed');
      memory.table = commands.reduce(applyCommand, memory.table);
      const [left] = remaining(commands, memory.table);
      if (left === undefined) return;
      throw new BalancerError('refused', `no such service: expected one for \`${describeCommand(left)}\``);
    },
    problem: () => null,
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}
