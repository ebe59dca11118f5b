import { expect, test } from 'vitest';
import { describePool } from '../../../src/pools/pool-record.ts';
import { service } from '../pools-world.ts';

test.each([
  ['haproxy', 256],
  ['ipvs', 65_535],
  ['memory', 65_535],
] as const)('a pool of %s has no weight above %i', (balancer, heaviest) => {
  expect(describePool(service({ balancer })).rule.heaviest).toBe(heaviest);
});
