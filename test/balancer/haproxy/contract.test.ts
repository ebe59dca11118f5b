import { describe, test } from 'vitest';
import { memoryBook } from '../../../src/balancer/haproxy/book.ts';
import { balancerContract } from '../../contract/balancer.ts';
import { contractBackends, haproxyStage, withFakeHaproxy } from './stage.ts';

describe('backends of HAProxy by way of its runtime API', () => {
  for (const { name, run } of balancerContract) {
    test(name, () => withFakeHaproxy(contractBackends, (fake) => run(haproxyStage(fake, memoryBook()))));
  }
});
