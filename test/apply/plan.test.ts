import { describe, expect, test } from 'vitest';
import { declareState, desireState } from '../../src/apply/desired.ts';
import { nothingRemembered, type Remembered } from '../../src/apply/kernel.ts';
import { changesNothing, planBack, planState, tableCommands } from '../../src/apply/plan.ts';
import { parseNetwork } from '../../src/config/networks.ts';
import { pathMarks } from '../../src/core/marks.ts';
import { describeCommand } from '../../src/core/plan.ts';
import type { Table } from '../../src/core/table.ts';
import { configOf, marksOf, path, service, tableOf } from './world.ts';

const pair = configOf([service('playout', 1, ['edge1', 'edge2'])]);

function planOf(config: typeof pair, table: Table, remembered: Partial<Remembered> = {}) {
  const desired = desireState(config, table, { ...nothingRemembered, ...remembered });
  return planState(desired, { table, marks: [], leftovers: [] });
}

function commandsOf(...given: Parameters<typeof planOf>): readonly string[] {
  return tableCommands(planOf(...given)).map(describeCommand);
}

describe('the plan of an empty table', () => {
  test('pools every member with its weight, and no backup', () => {
    expect(commandsOf(pair, new Map())).toEqual([
      'add service fwmark:1 rr',
      'add 10.10.3.20:0 weight 1',
      'add 10.10.3.21:0 weight 1',
    ]);
  });

  test('adds the private service of each VIP path once, however many source ports it has', () => {
    const paths = [path('edge1', pathMarks.first, 20_000), path('edge1', pathMarks.first, 20_001)];
    const plan = planOf(configOf([], { ...marksOf(1), paths }), new Map());
    expect(plan.services.map(({ name, isPrivate }) => [name, isPrivate])).toEqual([['edge1', true]]);
    expect(tableCommands(plan).map(describeCommand)).toEqual([
      `add service fwmark:${pathMarks.first} rr`,
      'add 10.10.3.20:0 weight 1',
    ]);
  });

  test('leaves services of another balancer out', () => {
    expect(commandsOf(configOf([service('demo', 1, ['edge1'], { balancer: 'memory' })]), new Map())).toEqual([]);
  });
});

describe('weights that follow the load', () => {
  const balance = { by: ['cpu'], everyMs: 15_000, dryRun: false };
  const balanced = (change: object = {}) =>
    configOf([service('playout', 1, ['edge1', 'edge2'], { scheduler: 'wlc', balance, ...change })]);

  test('stay as the table has them, and who is added gets the share of the fullest', () => {
    const wlc = (weights: Readonly<Record<string, number>>): Table =>
      new Map(
        [...tableOf({ 1: weights })].map(([key, found]) => {
          return [key, { ...found, spec: { ...found.spec, scheduler: 'wlc' } }] as const;
        }),
      );
    expect(commandsOf(balanced(), wlc({ edge1: 100, edge2: 52 }))).toEqual([]);
    expect(commandsOf(balanced(), wlc({ edge2: 60 }))).toEqual(['add 10.10.3.20:0 weight 60']);
    const dry = { balance: { ...balance, dryRun: true } };
    expect(commandsOf(balanced(dry), wlc({ edge1: 100, edge2: 1 }))).toEqual(['edit 10.10.3.20:0 weight 1']);
  });
});

describe('what was found in the table', () => {
  test.each<[string, Readonly<Record<string, number>>, readonly string[], readonly string[]]>([
    ['a swap stays', { spare: 1, edge2: 1 }, [], ['edge1 is swapped out, spare stands in for it: the swap is kept']],
    ['a drained member stays drained', { edge1: 0, edge2: 1 }, [], ['edge1 is drained in the table, which is kept']],
    ['a weight that differs gets the declared one', { edge1: 5, edge2: 1 }, ['edit 10.10.3.20:0 weight 1'], []],
    ['a member that is missing for no known reason is added', { edge2: 1 }, ['add 10.10.3.20:0 weight 1'], []],
    ['a backup beside all its members stays as it is', { edge1: 1, edge2: 1, spare: 1 }, [], []],
    [
      'a server that the configuration does not name goes',
      { edge1: 1, edge2: 1, '10.10.3.66': 1 },
      ['remove 10.10.3.66:0'],
      [],
    ],
  ])('%s', (_, weights, commands, notes) => {
    const plan = planOf(pair, tableOf({ 1: weights }));
    expect(tableCommands(plan).map(describeCommand)).toEqual(commands);
    expect(plan.services.flatMap((one) => one.notes)).toEqual(notes);
  });

  test('services of others are named and left alone', () => {
    const plan = planOf(pair, tableOf({ 1: { edge1: 1, edge2: 1 }, 9: { edge3: 1 } }));
    expect(changesNothing(plan)).toBe(true);
    expect(plan.others).toEqual(['fwmark:9']);
  });

  test('a private service that no path needs any more is taken away', () => {
    const plan = planOf(pair, tableOf({ 1: { edge1: 1, edge2: 1 }, [pathMarks.last]: { edge1: 1 } }));
    expect(tableCommands(plan).map(describeCommand)).toEqual([`remove service fwmark:${pathMarks.last}`]);
    expect(plan.others).toEqual([]);
  });

  test('a backup that stands in in one pool is not taken for another', () => {
    const two = configOf([service('one', 1, ['edge1']), service('two', 2, ['edge2'])]);
    const plan = planOf(two, tableOf({ 1: { spare: 1 }, 2: { spare: 1 } }));
    expect(plan.services.map(({ notes }) => notes)).toEqual([
      ['edge1 is swapped out, spare stands in for it: the swap is kept'],
      ['edge2 stays out because a backup of it is pooled'],
    ]);
    expect(tableCommands(plan)).toEqual([]);
  });
});

describe('what was written down', () => {
  test.each<[string, Partial<Remembered>, readonly string[], readonly string[]]>([
    [
      'a failing member that was taken out is not put back',
      { failing: new Set(['edge1']) },
      [],
      ['edge1 was failing when last checked, so it stays out'],
    ],
    [
      'a disabled member is not put back',
      { holds: new Map([['edge1', 'disable']]) },
      [],
      ['edge1 is manually disabled'],
    ],
    [
      'a hold that the table does not show is carried out',
      { holds: new Map([['edge2', 'drain']]) },
      ['add 10.10.3.20:0 weight 1', 'edit 10.10.3.21:0 weight 0'],
      ['edge2 is manually drained'],
    ],
    [
      'a pinned weight is written, and kept',
      {
        pins: [
          { server: 'edge1', service: 'playout', weight: 30 },
          { server: 'edge2', service: 'elsewhere', weight: 5 },
        ],
      },
      ['add 10.10.3.20:0 weight 30'],
      ['edge1 is manually pinned to 30'],
    ],
  ])('%s', (_, remembered, commands, notes) => {
    const plan = planOf(pair, tableOf({ 1: { edge2: 1 } }), remembered);
    expect(tableCommands(plan).map(describeCommand)).toEqual(commands);
    expect(plan.services.flatMap((one) => one.notes)).toEqual(notes);
  });

  test('a failing member is put back when the pool would have too few without it', () => {
    const failing = new Set(['edge1', 'edge2']);
    expect(commandsOf(pair, tableOf({}), { failing })).toEqual([
      'add service fwmark:1 rr',
      'add 10.10.3.20:0 weight 1',
      'add 10.10.3.21:0 weight 1',
    ]);
    expect(commandsOf(pair, tableOf({ 1: { spare: 1, edge2: 1 } }), { failing })).toEqual([]);
  });

  test('a failing member that is still in the table is not taken out', () => {
    const failing = new Set(['edge1']);
    expect(commandsOf(pair, tableOf({ 1: { edge1: 1, edge2: 1 } }), { failing })).toEqual([]);
  });

  test('what hands said of clients is put over the configuration', () => {
    const network = clientNetwork('192.168.7.21');
    const group = { ...marksOf(1).groups[0], byClient: true } as ReturnType<typeof marksOf>['groups'][0];
    const config = configOf([], { groups: [group], clients: [{ network, mark: 1 }], paths: [] });
    const remembered = { ...nothingRemembered, overrides: [{ network, mark: 2 }] };
    expect(declareState(config, remembered).marking.clients).toEqual([{ network, mark: 2 }]);
  });

  test('does not count in the declared state', () => {
    const remembered: Remembered = {
      ...nothingRemembered,
      holds: new Map([['edge1', 'disable']]),
      failing: new Set(['edge2']),
    };
    const [pool] = declareState(pair, remembered).pools;
    expect(pool?.entries.map(({ address, weight }) => [address, weight])).toEqual([
      ['10.10.3.20', 1],
      ['10.10.3.21', 1],
    ]);
  });
});

describe('the way back', () => {
  test('takes away a service that was added, and leaves one of the other address family', () => {
    const before = tableOf({});
    const now = tableOf({ 1: { edge1: 1 } });
    const done = [...tableCommands(planOf(configOf([service('playout', 1, ['edge1'])]), before))];
    expect(planBack(done, before, now).map(describeCommand)).toEqual(['remove service fwmark:1']);
    const ipv6 = new Map(
      [...now].map(([key, { spec, entries }]) => {
        const at = { kind: 'fwmark', mark: 1, family: 6 } as const;
        return [key, { spec: { ...spec, at }, entries }];
      }),
    );
    expect(planBack(done, ipv6, now).map(describeCommand)).toEqual(['remove service fwmark:1']);
    expect(planBack(done, ipv6, ipv6)).toEqual([]);
  });
});

function clientNetwork(text: string) {
  const parsed = parseNetwork(text);
  if (!('ok' in parsed)) throw new Error(`expected a network, got \`${text}\``);
  return parsed.ok;
}
