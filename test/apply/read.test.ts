import { describe, expect, test } from 'vitest';
import { planClear } from '../../src/apply/clear.ts';
import { type Kernel, nothingRemembered } from '../../src/apply/kernel.ts';
import { changesNothing } from '../../src/apply/plan.ts';
import { lookAtState } from '../../src/apply/read.ts';
import { BalancerError } from '../../src/balancer/balancer.ts';
import { PacketFilterError } from '../../src/classify/packet-filter.ts';
import { configOf, marksOf, noMarks, paperKernel, service } from './world.ts';

const empty = configOf([], noMarks);
const full = configOf([service('playout', 1, ['edge1'])], marksOf(1));

function without(what: 'IPVS' | 'packet filter', kind: 'missing' | 'permission' | 'refused' = 'missing'): Kernel {
  const kernel = paperKernel();
  if (what === 'IPVS') {
    const read = () => Promise.reject(new BalancerError(kind, `no IPVS: ${kind}`));
    return { ...kernel, balancer: { ...kernel.balancer, read } };
  }
  const filter = () => Promise.reject(new PacketFilterError(kind, `no packet filter: ${kind}`));
  return { ...kernel, filter, allFilters: async () => ({ filters: [], unseen: [] }) };
}

describe('a host', () => {
  test.each(['IPVS', 'packet filter'] as const)('without %s is right where none is wanted', async (what) => {
    const { plan } = await lookAtState(empty, without(what), nothingRemembered);
    expect(changesNothing(plan)).toBe(true);
    expect((await planClear(empty, without(what))).services).toEqual([]);
  });

  test('whose kernel has no packet filter, though the program is there, is right where none is wanted', async () => {
    const { plan } = await lookAtState(empty, without('packet filter', 'refused'), nothingRemembered);
    expect(changesNothing(plan)).toBe(true);
  });

  test.each(['IPVS', 'packet filter'] as const)('without %s is told of where it is wanted', async (what) => {
    await expect(lookAtState(full, without(what), nothingRemembered)).rejects.toThrow(`no ${what}: missing`);
  });

  test.each(['IPVS', 'packet filter'] as const)('that does not let us see its %s may hide ours', async (what) => {
    const shut = without(what, 'permission');
    await expect(lookAtState(empty, shut, nothingRemembered)).rejects.toThrow(`no ${what}: permission`);
  });
});
