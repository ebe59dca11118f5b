import { describe, onTestFinished, test } from 'vitest';
import { balancerContract, serviceContract } from '../../contract/balancer.ts';
import { fakeIpvs } from '../../fake/ipvsadm/fake-ipvs.ts';
import { ipvsStage } from './stage.ts';

describe('the IPVS table by way of ipvsadm', () => {
  for (const { name, run } of [...balancerContract, ...serviceContract]) {
    test(name, { timeout: 30_000 }, () => {
      const fake = fakeIpvs();
      onTestFinished(() => fake.remove());
      return run(ipvsStage(fake));
    });
  }
});
