/** The private services behind VIP paths, kept in the table beside the pools. */
import { describe, expect, it } from 'vitest';
import { pathMarks } from '../../../src/core/marks.ts';
import { untested } from '../../../src/core/observe.ts';
import { applyCommand } from '../../../src/core/plan.ts';
import type { Command, ServiceSpec, Table } from '../../../src/core/table.ts';
import { planPaths } from '../../../src/engine/mark/path-services.ts';
import { configuration, monitor } from '../../flow/cluster.ts';
import { marksWorld, path } from '../marks-world.ts';

const edge1 = path('edge1', pathMarks.first + 1);
const edge2 = path('edge2', pathMarks.first + 2);
const withPaths = configuration({ paths: [edge1, edge2] });

function fwmark(mark: number): ServiceSpec {
  return { at: { kind: 'fwmark', mark, family: 4 }, scheduler: 'rr', persistenceS: null, persistencePrefix: 32 };
}

function tableOf(...commands: readonly Command[]): Table {
  return commands.reduce<Table>(applyCommand, new Map());
}

const playout: Command = { op: 'add-service', service: fwmark(1) };
const stale: Command = { op: 'add-service', service: fwmark(pathMarks.last) };

function shown(table: Table): readonly string[] {
  return [...table].map(([key, { entries }]) => `${key} ${entries.map(({ address }) => address).join(' ')}`.trim());
}

const both = [`fwmark:${edge1.mark} ${edge1.address}`, `fwmark:${edge2.mark} ${edge2.address}`];

describe('the services of VIP paths', () => {
  it('are planned from the table as it is, new ones first, old ones of their kind away, others left alone', () => {
    const table = tableOf(playout, stale);
    const commands = planPaths([edge1], table);
    expect(commands.map(({ op }) => op)).toEqual(['add-service', 'add', 'remove-service']);
    const after = commands.reduce(applyCommand, table);
    expect(shown(after)).toEqual(['fwmark:1', `fwmark:${edge1.mark} ${edge1.address}`]);
    expect(planPaths([edge1], after)).toEqual([]);
  });

  it('are one for each mark, however many source ports lead there', () => {
    expect(planPaths([edge1, { ...edge1, sourcePort: 40_999 }], new Map())).toHaveLength(2);
  });

  it('are there after the start, and right again soon after another hand was there', async () => {
    const world = marksWorld(withPaths);
    await world.clock.advance(10);
    expect(shown(world.memory.table)).toEqual(both);
    world.memory.table = tableOf(playout);
    await world.clock.advance(5000);
    expect(shown(world.memory.table)).toEqual(['fwmark:1', ...both]);
    expect(world.remarks).toEqual([
      {
        kind: 'drift',
        text: expect.stringMatching(
          /^drift repaired: services of VIP paths were changed externally: add service fwmark:\d+ rr, add .* and 1 more$/,
        ),
      },
    ]);
  });

  it('follow a reload, and go when it wants none; then the table is read no more', async () => {
    const world = marksWorld(withPaths);
    await world.clock.advance(10);
    world.reload(configuration({ paths: [edge2] }));
    await world.clock.advance(0);
    expect(shown(world.memory.table)).toEqual([both[1]]);
    world.reload(configuration());
    await world.clock.advance(0);
    expect(shown(world.memory.table)).toEqual([]);
    expect(world.packets.kernel()).toBeNull();
    const { reads } = world.table;
    await world.clock.advance(60_000);
    expect(world.table.reads).toBe(reads);
    expect(world.remarks.filter(({ kind }) => kind === 'drift')).toEqual([]);
  });

  it('come back when a reload wants them again while the old ones go', async () => {
    const world = marksWorld(withPaths);
    await world.clock.advance(10);
    let release = (): void => {};
    world.table.hold = new Promise((resolve) => (release = resolve));
    world.reload(configuration());
    await world.clock.advance(10);
    world.reload(withPaths);
    release();
    await world.clock.advance(10);
    expect(shown(world.memory.table)).toEqual(both);
  });

  it('keep trying while the table cannot be read, and say so', async () => {
    const world = marksWorld(withPaths);
    world.table.refuses = 'no IPVS in the kernel';
    await world.clock.advance(2000);
    expect(world.marks.problems.paths()?.text).toBe('no IPVS in the kernel');
    world.table.refuses = null;
    await world.clock.advance(5000);
    expect(world.marks.problems.paths()).toBeNull();
    expect(shown(world.memory.table)).toEqual(both);
  });

  it('are many: no command of theirs goes with more than a few others', async () => {
    const paths = Array.from({ length: 100 }, (_, at) => path(`s${at}`, pathMarks.first + at));
    const world = marksWorld(configuration({ paths }));
    await world.clock.advance(10);
    expect(world.memory.table.size).toBe(100);
  });
});

describe('services of VIP paths that an earlier run left', () => {
  it('go at the start, also when the configuration has no paths any more', async () => {
    const playout = configuration().services.get('playout');
    if (playout === undefined) throw new Error('expected a service');
    const services = new Map([['playout', { ...playout, balancer: 'ipvs' as const }]]);
    const world = marksWorld(configuration({ services }));
    world.memory.table = tableOf({ op: 'add-service', service: fwmark(1) }, stale);
    await world.clock.advance(10);
    expect(shown(world.memory.table)).toEqual(['fwmark:1']);
    await world.clock.advance(60_000);
    expect(world.table.reads).toBe(1);
  });
});

describe('a check through a virtual address', () => {
  const config = {
    server: 'edge1',
    monitor: monitor('vip'),
    watches: [],
    alerts: [],
    steers: [],
    path: edge1,
  } as const;
  const check = { config, state: untested };
  const failed = { status: 'fail', summary: 'refused', atMs: 0, tookMs: 0 } as const;
  const unknown = (summary: string) => ({ status: 'unknown', summary: expect.stringContaining(summary) });

  async function rightWorld() {
    const world = marksWorld(withPaths);
    await world.clock.advance(100);
    return world;
  }

  it('counts only when its way was there from its beginning', async () => {
    const world = marksWorld(withPaths);
    world.packets.fail('apply', 'nft: no such file', { times: 3 });
    await world.clock.advance(10);
    expect(await world.marks.judged(check, failed)).toMatchObject(
      unknown('the VIP path via 10.10.3.30 was not in place: nft: no such file'),
    );
    await world.clock.advance(5000);
    const long = { ...failed, tookMs: 5010 };
    expect(await world.marks.judged(check, long)).toMatchObject(
      unknown('the VIP path via 10.10.3.30 was not in place: it was being set up'),
    );
    expect(await world.marks.judged(check, failed)).toBe(failed);
    const other = { ...check, config: { ...config, path: null } };
    expect(await world.marks.judged(other, long)).toBe(long);
  });

  it('counts also after the wall clock was set back', async () => {
    const world = await rightWorld();
    world.clock.setWallBy(-3_600_000);
    const seen = { ...failed, atMs: world.clock.wallMs() };
    expect(await world.marks.judged(check, seen)).toBe(seen);
  });

  it('does not count while the packet filter has yet to take over what a reload says', async () => {
    const world = await rightWorld();
    const release = world.packets.hold('differences');
    await world.clock.advance(5000);
    world.reload(configuration({ paths: [edge1, edge2, path('edge3', pathMarks.first + 3)] }));
    await world.clock.advance(1000);
    expect(world.memory.table.size).toBe(3);
    expect(await world.marks.judged(check, failed)).toMatchObject(unknown('it was being set up'));
    release();
    await world.clock.advance(100);
    expect(await world.marks.judged(check, failed)).toBe(failed);
  });

  it('does not blame the server when another hand took the service of its way, and mends that at once', async () => {
    const world = await rightWorld();
    const { [`fwmark:${edge1.mark}`]: _, ...rest } = Object.fromEntries(world.memory.table);
    world.memory.table = new Map(Object.entries(rest)) as Table;
    expect(await world.marks.judged(check, failed)).toMatchObject(
      unknown('the VIP path via 10.10.3.30 was not in place: its service was changed externally'),
    );
    await world.clock.advance(10);
    expect(shown(world.memory.table).toSorted()).toEqual(both);
    expect(await world.marks.judged(check, { ...failed, tookMs: 50 })).toMatchObject(unknown('it was being set up'));
    expect(await world.marks.judged(check, failed)).toBe(failed);
  });

  it('does not blame the server while IPVS may remember connections that led to another one', async () => {
    const world = await rightWorld();
    world.reload(configuration({ paths: [{ ...edge2, mark: edge1.mark, sourcePort: edge1.sourcePort }] }));
    await world.clock.advance(10);
    const answered = { ...failed, status: 'ok' } as const;
    expect(await world.marks.judged(check, failed)).toMatchObject(
      unknown('the VIP path via 10.10.3.30 still had connections of another server'),
    );
    expect(await world.marks.judged(check, answered)).toBe(answered);
    await world.clock.advance(70_000);
    expect(await world.marks.judged(check, failed)).toBe(failed);
  });
});
