import { describe, expect, test } from 'vitest';
import { clearState, clearsNothing, planClear } from '../../src/apply/clear.ts';
import { BalancerError } from '../../src/balancer/balancer.ts';
import { pathMarks } from '../../src/core/marks.ts';
import { configOf, marksOf, paperKernel, pictureOf, service, tableOf } from './world.ts';

const config = configOf([service('playout', 1, ['edge1', 'edge2'])], marksOf(1));
const full = tableOf({ 1: { edge1: 1 }, 9: { edge3: 2 }, [pathMarks.first]: { edge1: 1 } });

describe('clearing', () => {
  test('takes our services, private ones and marks, and leaves the services of others as they are', async () => {
    const kernel = paperKernel(full);
    kernel.chosen.put(marksOf(1));
    const cleared = await clearState(await planClear(config, kernel), kernel);
    expect(cleared).toEqual({
      took: ['nftables: table inet understudy', 'virtual service fwmark:1', '1 private service of VIP paths'],
      failed: null,
      left: ['virtual service fwmark:9', 'nftables: 1 table of others'],
    });
    expect(pictureOf(kernel.table())).toEqual(pictureOf(tableOf({ 9: { edge3: 2 } })));
    expect(kernel.chosen.kernel()).toBeNull();
  });

  test('takes what is left in the other packet filter too', async () => {
    const kernel = paperKernel();
    kernel.other.put(marksOf(1));
    const { took } = await clearState(await planClear(config, kernel), kernel);
    expect(took).toEqual(['iptables: chain UNDERSTUDY in mangle']);
  });

  test('a second time finds nothing, and touches nothing', async () => {
    const kernel = paperKernel(full);
    await clearState(await planClear(config, kernel), kernel);
    const plan = await planClear(config, kernel);
    expect(clearsNothing(plan)).toBe(true);
    expect(await clearState(plan, kernel)).toMatchObject({ took: [], failed: null });
    expect(kernel.chosen.calls).not.toContain('clear');
  });

  test('leaves a service of our mark in the other address family', async () => {
    const at = { kind: 'fwmark', mark: 1, family: 6 } as const;
    const table = new Map(
      [...tableOf({ 1: { edge1: 1 } })].map(([key, one]) => [key, { ...one, spec: { ...one.spec, at } }]),
    );
    expect((await planClear(config, paperKernel(table))).services).toEqual([]);
  });

  test('ends at the marks when they cannot be taken away: no mark may lead to a service that is gone', async () => {
    const kernel = paperKernel(full);
    kernel.chosen.put(marksOf(1));
    kernel.chosen.fail('clear', 'nft refused: busy');
    expect(await clearState(await planClear(config, kernel), kernel)).toEqual({
      took: [],
      failed: 'nft refused: busy',
      left: [],
    });
    expect(pictureOf(kernel.table())).toEqual(pictureOf(full));
  });

  test('what is left and cannot be listed does not make it a failure: each thing that it took is told once', async () => {
    const kernel = paperKernel(tableOf({ 1: { edge1: 1 } }));
    kernel.chosen.fail('others', 'nft refused: busy');
    expect(await clearState(await planClear(config, kernel), kernel)).toEqual({
      took: ['virtual service fwmark:1'],
      failed: null,
      left: ['nftables: not known: nft refused: busy'],
    });
  });

  test('takes the marks away where IPVS is gone from the kernel', async () => {
    const kernel = paperKernel();
    kernel.chosen.put(marksOf(1));
    const read = () => Promise.reject(new BalancerError('module', 'no IPVS in the kernel'));
    const bare = { ...kernel, balancer: { ...kernel.balancer, read } };
    expect(await clearState(await planClear(config, bare), bare)).toMatchObject({
      took: ['nftables: table inet understudy'],
      failed: null,
    });
  });

  test('says what it took before it failed', async () => {
    const kernel = paperKernel(full);
    kernel.chosen.put(marksOf(1));
    kernel.refuse(1);
    expect(await clearState(await planClear(config, kernel), kernel)).toMatchObject({
      took: ['nftables: table inet understudy', 'virtual service fwmark:1'],
      failed: expect.stringContaining(`wanted \`-D -f ${pathMarks.first}\``),
    });
  });
});
