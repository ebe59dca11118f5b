import { describe, test } from 'vitest';
import { createMemoryBalancer, type MemoryTable } from '../../src/balancer/memory.ts';
import { applyCommand } from '../../src/core/plan.ts';
import { anyServices, balancerContract, type Stage, serviceContract } from '../contract/balancer.ts';

describe('the in-memory table', () => {
  for (const { name, run } of [...balancerContract, ...serviceContract]) test(name, () => run(memoryStage()));
});

function memoryStage(): Stage {
  const memory: MemoryTable = { table: new Map() };
  return {
    ...anyServices,
    open: () => createMemoryBalancer(memory),
    async hand(commands) {
      memory.table = commands.reduce(applyCommand, memory.table);
    },
    raw: (key) => JSON.stringify(memory.table.get(key) ?? ''),
  };
}
