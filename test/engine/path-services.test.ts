/** The private services behind VIP paths, kept in the table beside the pools. */
import { describe, expect, it } from 'vitest';
import { pathMarks } from '../../src/core/marks.ts';
import { applyCommand } from '../../src/core/plan.ts';
import type { Command, ServiceSpec, Table } from '../../src/core/table.ts';
import { planPaths } from '../../src/engine/path-services.ts';
import { configuration, monitor } from '../flow/cluster.ts';
import { marksWorld, path } from './marks-world.ts';

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
          /^services of VIP paths were changed by another hand, repaired: add service fwmark:\d+ rr, add .* and 1 more$/,
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

  it('keep trying while the table cannot be read, and say so', async () => {
    const world = marksWorld(withPaths);
    world.table.refuses = 'no IPVS in the kernel';
    await world.clock.advance(2000);
    expect(world.marks.troubles.paths()?.text).toBe('no IPVS in the kernel');
    world.table.refuses = null;
    await world.clock.advance(5000);
    expect(world.marks.troubles.paths()).toBeNull();
    expect(shown(world.memory.table)).toEqual(both);
  });

  it('are many: no command of theirs goes with more than a few others', async () => {
    const paths = Array.from({ length: 100 }, (_, at) => path(`s${at}`, pathMarks.first + at));
    const world = marksWorld(configuration({ paths }));
    await world.clock.advance(10);
    expect(world.memory.table.size).toBe(100);
  });
});

describe('a check through a virtual address', () => {
  const check = {
    server: 'edge1',
    monitor: monitor('vip'),
    watches: [],
    alerts: [],
    steers: [],
    path: edge1,
  } as const;
  const failed = (atMs: number) => ({ status: 'fail', summary: 'refused', atMs, tookMs: 1 }) as const;

  it('counts only when its way was there from its beginning', async () => {
    const world = marksWorld(withPaths);
    world.packets.fail('apply', 'nft: no such file', { times: 3 });
    await world.clock.advance(10);
    const early = failed(world.clock.wallMs());
    expect(world.marks.judged(check, early)).toMatchObject({
      status: 'unknown',
      summary: 'the way through 10.10.3.30 was not there: nft: no such file',
    });
    await world.clock.advance(5000);
    expect(world.marks.judged(check, early)).toMatchObject({
      status: 'unknown',
      summary: 'the way through 10.10.3.30 was not there: it was being set up',
    });
    const late = failed(world.clock.wallMs());
    expect(world.marks.judged(check, late)).toBe(late);
    expect(world.marks.judged({ ...check, path: null }, early)).toBe(early);
  });
});
