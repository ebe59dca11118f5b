import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyCommand, describeCommand, isApplied, planService, remaining } from '../../src/core/plan.ts';
import {
  type Command,
  type Entry,
  entryKey,
  type LiveEntry,
  type ServiceSpec,
  serviceKey,
  type Table,
  type TableService,
} from '../../src/core/table.ts';

const playout: ServiceSpec = {
  at: { kind: 'fwmark', mark: 1, family: 4 },
  scheduler: 'rr',
  persistenceS: 50,
  persistencePrefix: 32,
};

describe('planService', () => {
  test('adds an absent service first', () => {
    expect(plan([entry('10.10.3.20')], undefined)).toEqual([
      'add service fwmark:1 rr persistent 50 s',
      'add 10.10.3.20:0 weight 1',
    ]);
  });

  test('adds the backup before it removes the failed one', () => {
    expect(plan([entry('10.10.3.29')], [entry('10.10.3.20')])).toEqual([
      'add 10.10.3.29:0 weight 1',
      'remove 10.10.3.20:0',
    ]);
  });

  test('raises before it drains and drains before it removes', () => {
    const desired = [entry('10.10.3.20', 0), entry('10.10.3.21', 5), entry('10.10.3.23', 0), entry('10.10.3.24')];
    expect(plan(desired, [entry('10.10.3.20'), entry('10.10.3.21', 0), entry('10.10.3.22')])).toEqual([
      'edit 10.10.3.21:0 weight 5',
      'add 10.10.3.24:0 weight 1',
      'edit 10.10.3.20:0 weight 0',
      'add 10.10.3.23:0 weight 0',
      'remove 10.10.3.22:0',
    ]);
  });

  test('edits a server whose forwarding method differs', () => {
    expect(plan([{ ...entry('10.10.3.20'), forward: 'tun' }], [entry('10.10.3.20')])).toEqual([
      'edit 10.10.3.20:0 weight 1 tun',
    ]);
  });

  test.each([
    ['scheduler', { scheduler: 'wlc' }, 'edit service fwmark:1 wlc persistent 50 s'],
    ['persistence', { persistenceS: null }, 'edit service fwmark:1 rr'],
    ['granularity', { persistencePrefix: 24 }, 'edit service fwmark:1 rr persistent 50 s prefix 24'],
  ])('edits a service whose %s differs', (_, change, expected) => {
    const actual: TableService = { spec: playout, entries: [] };
    const commands = planService({ spec: { ...playout, ...change }, entries: [] }, actual);
    expect(commands.map(describeCommand)).toEqual([expected]);
  });

  test('does not mind the granularity of no persistence', () => {
    const actual: TableService = { spec: { ...playout, persistenceS: null, persistencePrefix: 24 }, entries: [] };
    expect(planService({ spec: { ...playout, persistenceS: null }, entries: [] }, actual)).toEqual([]);
  });

  test('takes the same mark of the other address family for absent', () => {
    const actual: TableService = { spec: { ...playout, at: { kind: 'fwmark', mark: 1, family: 6 } }, entries: [] };
    expect(planService({ spec: playout, entries: [] }, actual)).toEqual([{ op: 'add-service', service: playout }]);
  });
});

describe('remaining', () => {
  const table = tableOf({ spec: playout, entries: [live('10.10.3.20', 7)] });

  test.each<[string, Command, readonly string[]]>([
    ['an add of what is there, changed, is an edit', command('add', '10.10.3.20'), ['edit 10.10.3.20:0 weight 1']],
    ['an add of what is there, the same, is done', command('add', '10.10.3.20', 7), []],
    ['an edit of what is gone is an add', command('edit', '10.10.3.21'), ['add 10.10.3.21:0 weight 1']],
    ['a remove of what is gone is done', command('remove', '10.10.3.21'), []],
    ['a remove of what is there is left', command('remove', '10.10.3.20'), ['remove 10.10.3.20:0']],
    ['an add of a service that is there is done', { op: 'add-service', service: playout }, []],
    [
      'a removal of a service that is there is left',
      { op: 'remove-service', service: playout },
      ['remove service fwmark:1'],
    ],
    [
      'a removal of a mark is done where only the other address family has it',
      { op: 'remove-service', service: { ...playout, at: { kind: 'fwmark', mark: 1, family: 6 } } },
      [],
    ],
  ])('%s', (_, wanted, expected) => {
    expect(remaining([wanted], table).map(describeCommand)).toEqual(expected);
  });

  test('only the last command for a server counts', () => {
    expect(isApplied([command('add', '10.10.3.21', 5), command('remove', '10.10.3.21')], table)).toBe(true);
  });

  test('a removed service needs none of the servers it was given before', () => {
    const commands: readonly Command[] = [command('add', '10.10.3.21'), { op: 'remove-service', service: playout }];
    expect(isApplied(commands, new Map())).toBe(true);
  });
});

describe('the laws of a plan', () => {
  const entries = fc.uniqueArray(
    fc.record({
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '2001:db8::5'),
      port: fc.constantFrom(0, 554),
      forward: fc.constantFrom('dr' as const, 'nat' as const, 'tun' as const),
      weight: fc.constantFrom(0, 0, 1, 2, 100),
    }),
    { selector: entryKey, maxLength: 8 },
  );
  const spec = fc.record({
    at: fc.constant(playout.at),
    scheduler: fc.constantFrom('rr', 'wlc'),
    persistenceS: fc.constantFrom(null, 50, 300),
    persistencePrefix: fc.constantFrom(24, 32),
  });
  const desired = fc.record({ spec, entries });
  const actual: fc.Arbitrary<TableService | undefined> = fc.option(
    fc.record({
      spec,
      entries: entries.map((list) => list.map((item) => ({ ...item, activeConns: 3, inactiveConns: 4 }))),
    }),
    { nil: undefined },
  );
  const foreign: TableService = {
    spec: { ...playout, at: { kind: 'tcp', address: '10.10.9.9', port: 80 } },
    entries: [live('10.0.0.1', 3)],
  };

  test('applied to the actual table it gives the desired one, and planned again nothing', () => {
    fc.assert(
      fc.property(desired, actual, (want, have) => {
        const commands = planService(want, have);
        const table = commands.reduce(applyCommand, tableOf(have));
        const service = table.get('fwmark:1');
        expect(service && plain(service.entries)).toEqual(plain(want.entries));
        expect(planService(want, service)).toEqual([]);
        expect(isApplied(commands, table)).toBe(true);
        expect(commands.length === 0 || !isApplied(commands, tableOf(have))).toBe(true);
      }),
    );
  });

  test('at no moment are fewer pooled than before or after, whichever is less', () => {
    fc.assert(
      fc.property(desired, actual, (want, have) => {
        const least = Math.min(pooled(have?.entries ?? []), pooled(want.entries));
        let table = tableOf(have);
        for (const step of planService(want, have)) {
          table = applyCommand(table, step);
          expect(pooled(table.get('fwmark:1')?.entries ?? [])).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  test('only its own service is touched, and counts of servers that stay are kept', () => {
    fc.assert(
      fc.property(desired, actual, (want, have) => {
        const commands = planService(want, have);
        const table = commands.reduce(applyCommand, tableOf(have, foreign));
        expect(table.get(serviceKey(foreign.spec.at))).toBe(foreign);
        const keys = commands.map((step) => serviceKey('entry' in step ? step.service : step.service.at));
        expect(keys.every((key) => key === 'fwmark:1')).toBe(true);
        const stayed = new Set(have?.entries.map(entryKey));
        for (const item of table.get('fwmark:1')?.entries ?? []) {
          expect(item.activeConns).toBe(stayed.has(entryKey(item)) ? 3 : 0);
        }
      }),
    );
  });

  test('what remains of a plan that was done in part brings the table there', () => {
    fc.assert(
      fc.property(desired, actual, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (want, have, done) => {
        const commands = planService(want, have);
        const [first] = commands;
        // Without its service no server can be added; that is for the next plan.
        fc.pre(first?.op !== 'add-service' || done[0] === true);
        const part = commands.filter((_, index) => done[index]).reduce(applyCommand, tableOf(have));
        const table = remaining(commands, part).reduce(applyCommand, part);
        expect(isApplied(commands, table)).toBe(true);
      }),
    );
  });
});

function plan(desired: readonly Entry[], actual: readonly Entry[] | undefined): readonly string[] {
  const entries = actual?.map((item) => ({ ...item, activeConns: 0, inactiveConns: 0 }));
  const commands = planService({ spec: playout, entries: desired }, entries && { spec: playout, entries });
  return commands.map(describeCommand);
}

function command(op: 'add' | 'edit' | 'remove', address: string, weight = 1): Command {
  return { op, service: playout.at, entry: entry(address, weight) };
}

function entry(address: string, weight = 1): Entry {
  return { address, port: 0, forward: 'dr', weight };
}

function live(address: string, weight: number): LiveEntry {
  return { ...entry(address, weight), activeConns: 0, inactiveConns: 0 };
}

function tableOf(...services: readonly (TableService | undefined)[]): Table {
  return new Map(services.flatMap((service) => (service ? [[serviceKey(service.spec.at), service] as const] : [])));
}

function plain(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(
    entries.map(({ address, port, forward, weight }) => [
      entryKey({ address, port }),
      { address, port, forward, weight },
    ]),
  );
}

function pooled(entries: readonly Entry[]): number {
  return entries.filter(({ weight }) => weight > 0).length;
}
