import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyState, describeFailure } from '../../src/apply/apply.ts';
import { type Kernel, nothingRemembered } from '../../src/apply/kernel.ts';
import { changesNothing, tableCommands } from '../../src/apply/plan.ts';
import { lookAtState } from '../../src/apply/read.ts';
import type { Config } from '../../src/config/config.ts';
import { pathMarks } from '../../src/core/marks.ts';
import type { Table } from '../../src/core/table.ts';
import { configOf, marksOf, paperKernel, path, pictureOf, service, tableOf } from './world.ts';

const pair = configOf([service('playout', 1, ['edge1', 'edge2'])], marksOf(1));

async function applyNow(config: Config, kernel: Kernel, signal = new AbortController().signal) {
  const { plan } = await lookAtState(config, kernel, nothingRemembered);
  return applyState(config, kernel, nothingRemembered, plan, signal);
}

async function isRight(config: Config, kernel: Kernel): Promise<boolean> {
  return changesNothing((await lookAtState(config, kernel, nothingRemembered)).plan);
}

const weights = fc.dictionary(
  fc.constantFrom('edge1', 'edge2', 'edge3', 'spare', '10.10.3.66'),
  fc.constantFrom(0, 1, 5),
  { noNullPrototype: true },
);
const tables = fc
  .dictionary(fc.constantFrom('1', '2', '9', String(pathMarks.first), String(pathMarks.last)), weights, {
    noNullPrototype: true,
  })
  .map((pools) => tableOf(pools as Parameters<typeof tableOf>[0]));
const members = fc.subarray(['edge1', 'edge2', 'edge3'], { minLength: 1 });
const configs = fc
  .record({
    one: members,
    two: members,
    scheduler: fc.constantFrom('rr', 'wlc'),
    persistenceS: fc.constantFrom(null, 50),
    paths: fc.subarray(['edge1', 'edge2']),
  })
  .map(({ one, two, scheduler, persistenceS, paths }) =>
    configOf([service('one', 1, one, { scheduler, persistenceS }), service('two', 2, two)], {
      ...marksOf(1),
      paths: paths.map((name, at) => path(name, pathMarks.first + at)),
    }),
  );

describe('the laws of applying', () => {
  test('applied, the kernel is as declared, and planned again there is nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(configs, tables, async (config, table) => {
        const kernel = paperKernel(table);
        expect(await applyNow(config, kernel)).toEqual({ done: true });
        expect(await isRight(config, kernel)).toBe(true);
        expect(kernel.table().get('fwmark:9')).toEqual(table.get('fwmark:9'));
      }),
    );
  });

  test('a refusal at any step ends with the table and the marks as they were', async () => {
    await fc.assert(
      fc.asyncProperty(configs, tables, async (config, table) => {
        const { plan } = await lookAtState(config, paperKernel(table), nothingRemembered);
        for (let step = 0; step <= tableCommands(plan).length; step += 1) {
          const kernel = paperKernel(table);
          kernel.chosen.put(marksOf(7));
          if (step === tableCommands(plan).length) kernel.chosen.fail('apply', 'nft refused: no memory');
          else kernel.refuse(step);
          const result = await applyNow(config, kernel);
          expect(result).toMatchObject({ done: false, cause: expect.stringContaining('refused'), left: [] });
          expect(pictureOf(kernel.table())).toEqual(pictureOf(table));
          expect(kernel.chosen.kernel()).toEqual(marksOf(7));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('killed at any step and repeated, it ends right', async () => {
    await fc.assert(
      fc.asyncProperty(configs, tables, fc.nat(12), async (config, table, steps) => {
        const { plan } = await lookAtState(config, paperKernel(table), nothingRemembered);
        const dead = paperKernel(table);
        await dead.balancer.apply(tableCommands(plan).slice(0, steps));
        const kernel = paperKernel(dead.table());
        expect(await applyNow(config, kernel)).toEqual({ done: true });
        expect(await isRight(config, kernel)).toBe(true);
      }),
    );
  });
});

describe('applying', () => {
  test('makes services before the marks that lead to them', async () => {
    const kernel = paperKernel();
    const release = kernel.chosen.hold('apply');
    const done = applyNow(pair, kernel);
    await expect.poll(() => kernel.chosen.calls.includes('apply')).toBe(true);
    expect(kernel.table().has('fwmark:1')).toBe(true);
    release();
    expect(await done).toEqual({ done: true });
    expect(kernel.chosen.kernel()?.groups).toEqual(marksOf(1).groups);
  });

  test('does not touch a packet filter that is right', async () => {
    const kernel = paperKernel();
    kernel.chosen.put(marksOf(1));
    await applyNow(pair, kernel);
    expect(kernel.chosen.calls).not.toContain('apply');
  });

  test('takes away what was left in the other packet filter', async () => {
    const kernel = paperKernel();
    kernel.other.put(marksOf(1));
    expect(await applyNow(pair, kernel)).toEqual({ done: true });
    expect(kernel.other.kernel()).toBeNull();
  });

  test('says what is not done when leftovers cannot be taken away, and takes nothing back', async () => {
    const kernel = paperKernel();
    kernel.other.put(marksOf(1));
    kernel.other.fail('clear', 'iptables refused: busy');
    expect(await applyNow(pair, kernel)).toEqual({
      done: false,
      cause: 'the rules left in iptables could not be taken away: iptables refused: busy',
      rolledBack: [],
      left: ['all else was done'],
    });
    expect(kernel.table().has('fwmark:1')).toBe(true);
  });

  test('does nothing when the kernel changed after the plan was shown', async () => {
    const kernel = paperKernel();
    const { plan } = await lookAtState(pair, kernel, nothingRemembered);
    kernel.put(tableOf({ 1: { edge3: 1 } }));
    const result = await applyState(pair, kernel, nothingRemembered, plan, new AbortController().signal);
    expect(result).toMatchObject({ done: false, cause: expect.stringContaining('plan again'), left: [] });
    expect(kernel.done()).toBe(0);
  });

  test('an interruption between the steps takes back what was done', async () => {
    const kernel = paperKernel();
    const stop = new AbortController();
    const { plan } = await lookAtState(pair, kernel, nothingRemembered);
    const { apply } = kernel.balancer;
    const balancer = {
      ...kernel.balancer,
      apply: async (...given: Parameters<typeof apply>) => {
        await apply(...given);
        stop.abort();
      },
    };
    const result = await applyState(pair, { ...kernel, balancer }, nothingRemembered, plan, stop.signal);
    expect(result).toEqual({
      done: false,
      cause: 'interrupted',
      rolledBack: ['remove service fwmark:1'],
      left: [],
    });
    expect(kernel.table().size).toBe(0);
  });

  test('gives a thousand commands in batches, there and back: each ipvsadm has its own deadline', async () => {
    const many = configOf(
      Array.from({ length: 400 }, (_, at) => service(`s${at}`, at + 1, ['edge1'])),
      marksOf(1),
    );
    const kernel = paperKernel();
    const sizes: number[] = [];
    const apply: typeof kernel.balancer.apply = async (commands) => {
      sizes.push(commands.length);
      await kernel.balancer.apply(commands);
    };
    kernel.chosen.fail('apply', 'nft refused: no memory');
    const result = await applyNow(many, { ...kernel, balancer: { ...kernel.balancer, apply } });
    expect(result).toMatchObject({ done: false, left: [] });
    expect(sizes).toEqual([256, 256, 256, 32, 256, 144]);
  });

  test('says what could not be taken back', async () => {
    const kernel = paperKernel(tableOf({ 1: { edge1: 1 } }));
    kernel.chosen.fail('apply', 'nft refused: no memory');
    kernel.refuse(1, 99);
    expect(await applyNow(pair, kernel)).toEqual({
      done: false,
      cause: expect.stringContaining('nft refused: no memory; the way back failed too: ipvsadm refused'),
      rolledBack: [],
      left: ['still to be rolled back: remove 10.10.3.21:0 in fwmark:1'],
    });
  });

  test('says so when the table cannot be read any more', async () => {
    const kernel = paperKernel();
    const { plan } = await lookAtState(pair, kernel, nothingRemembered);
    let reads = 0;
    const read = async (): Promise<Table> => {
      reads += 1;
      if (reads > 1) throw new Error('no /proc/net/ip_vs');
      return kernel.table();
    };
    kernel.refuse(1);
    const broken = { ...kernel, balancer: { ...kernel.balancer, read } };
    const result = await applyState(pair, broken, nothingRemembered, plan, new AbortController().signal);
    expect(result).toMatchObject({
      done: false,
      left: ['the table cannot be read, so what is left to be rolled back is not known'],
    });
  });

  test('says so when another hand undoes it at once', async () => {
    const kernel = paperKernel();
    const { plan } = await lookAtState(pair, kernel, nothingRemembered);
    const { apply } = kernel.chosen;
    const chosen = {
      ...kernel.chosen,
      apply: async (...given: Parameters<typeof apply>) => {
        await apply(...given);
        kernel.put(tableOf({ 1: { edge1: 1 } }));
      },
    };
    const result = await applyState(
      pair,
      { ...kernel, filter: async () => chosen },
      nothingRemembered,
      plan,
      new AbortController().signal,
    );
    expect(result).toEqual({
      done: false,
      cause: 'all was applied, but something else keeps changing it',
      rolledBack: [],
      left: ['to do again: add 10.10.3.21:0 weight 1 in fwmark:1'],
    });
  });
});

describe('the line about a failure', () => {
  const failure = { done: false, cause: 'nft refused: no memory', rolledBack: [], left: [] } as const;

  test.each([
    [failure, 'apply failed: nft refused: no memory; nothing was changed'],
    [
      { ...failure, rolledBack: ['remove service fwmark:1'] },
      'apply failed: nft refused: no memory; rolled back with remove service fwmark:1; all is as it was before',
    ],
    [
      { ...failure, rolledBack: ['remove service fwmark:1'], left: ['the packet filter (nftables) is not as it was'] },
      'apply failed: nft refused: no memory; rolled back with remove service fwmark:1; the packet filter (nftables) is not as it was',
    ],
  ])('says what failed, what was rolled back, and what was not: %#', (given, line) => {
    expect(describeFailure(given)).toBe(line);
  });

  test('stays one line for a thousand commands', () => {
    const rolledBack = Array.from({ length: 1000 }, (_, at) => `remove service fwmark:${at}`);
    expect(describeFailure({ ...failure, rolledBack })).toContain('fwmark:7 and 992 more; all is as it was');
  });
});
