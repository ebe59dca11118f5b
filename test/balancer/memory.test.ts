import { describe, test } from 'vitest';
import { createMemoryBalancer, type MemoryTable } from '../../src/balancer/memory.ts';
import { applyCommand } from '../../src/core/plan.ts';
import { balancerContract, type Stage } from '../contract/balancer.ts';

describe('the in-memory table', () => {
  for (const { name, run } of balancerContract) test(name, () => run(memoryStage()));
});

function memoryStage(): Stage {
  const memory: MemoryTable = { table: new Map() };
  return {
    open: () => createMemoryBalancer(memory),
    async hand(commands) {
      memory.table = commands.reduce(applyCommand, memory.table);
    },
    raw: (key) => JSON.stringify(memory.table.get(key) ?? ''),
  };
}
