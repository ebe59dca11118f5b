/** The kernel's packet marks: made right at the start, after a reload, and when another hand was there. */
import { describe, expect, it } from 'vitest';
import { PacketFilterError } from '../../../src/classify/packet-filter.ts';
import type { Config } from '../../../src/config/config.ts';
import { fakePacketFilter } from '../../fake/packet-filter.ts';
import { configuration } from '../../flow/cluster.ts';
import { anna, client, group, marking, marksWorld } from '../marks-world.ts';

const twoClients = marking([client('10.0.0.1', 2), client('10.0.0.2', 1)]);
const nothing = configuration();

/** What the kernel marks, as `10.0.0.1=2 10.0.0.2=1`. */
function marked({ packets }: ReturnType<typeof marksWorld>): string | null {
  const clients = packets.kernel()?.clients;
  return clients?.map(({ network, mark }) => `${network.text}=${mark}`).join(' ') ?? null;
}

async function rightWorld(config: Config = twoClients) {
  const world = marksWorld(config);
  await world.clock.advance(10);
  world.logged.splice(0);
  return world;
}

describe('the marker', () => {
  it('makes the kernel mark packets at the start, and says since when they are right', async () => {
    const world = marksWorld(twoClients);
    expect(world.marks.marker.state()).toMatchObject({ kind: null, inSyncSinceMs: null, problem: null });
    await world.clock.advance(0);
    expect(marked(world)).toBe('10.0.0.1=2 10.0.0.2=1');
    expect(world.marks.marker.state()).toEqual({
      kind: 'nftables',
      inSyncSinceMs: world.clock.wallMs(),
      readMs: world.clock.wallMs(),
      problem: null,
      lastDrift: null,
    });
    expect(world.logged).toEqual(['packet marks applied']);
  });

  it('looks again every now and then, and touches nothing that is right', async () => {
    const world = await rightWorld();
    await world.clock.advance(15_100);
    expect(world.packets.calls).toEqual(['apply', 'differences', 'differences', 'differences']);
    expect(world.remarks).toEqual([]);
    expect(world.choice.asked).toBe(1);
  });

  it('repairs what another hand changed, says so once, and notes it in the history', async () => {
    const world = await rightWorld();
    world.packets.put({ groups: [group], clients: [client('10.0.0.1', 1)], paths: [] });
    await world.clock.advance(5000);
    expect(marked(world)).toBe('10.0.0.1=2 10.0.0.2=1');
    const text =
      'drift repaired: the packet filter was changed externally: ~ client 10.0.0.1: mark 2 instead of mark 1, + client 10.0.0.2 mark 1';
    expect(world.remarks).toEqual([{ kind: 'drift', text }]);
    expect(world.marks.marker.state().lastDrift?.text).toBe(text);
    await world.clock.advance(60_000);
    expect(world.remarks).toHaveLength(1);
  });

  it('tells the first of many differences and counts the rest', async () => {
    const world = await rightWorld(marking(Array.from({ length: 50 }, (_, at) => client(`10.0.1.${at}`, 2))));
    world.packets.put(null);
    await world.clock.advance(5000);
    expect(world.remarks[0]?.text).toMatch(/, \+ client 10\.0\.1\.0 mark 2, .* and 48 more$/);
  });

  it('rests fifty times as long as a look took', async () => {
    const world = await rightWorld();
    const release = world.packets.hold('differences');
    await world.clock.advance(5000);
    await world.clock.advance(400);
    release();
    await world.clock.advance(20_400);
    expect(world.packets.calls).toEqual(['apply', 'differences']);
    await world.clock.advance(200);
    expect(world.packets.calls).toEqual(['apply', 'differences', 'differences']);
  });

  it('tries again when the kernel refuses, ever slower up to 5 s, and says when it is over', async () => {
    const world = marksWorld(twoClients);
    world.packets.fail('apply', 'nft: Operation not permitted', { times: 8 });
    await world.clock.advance(50);
    const startMs = world.clock.wallMs() - 50;
    expect(world.marks.problems.marks()).toEqual({ text: 'nft: Operation not permitted', sinceMs: startMs });
    await world.clock.advance(1500);
    expect(world.packets.calls).toHaveLength(5);
    await world.clock.advance(20_000);
    expect(marked(world)).toBe('10.0.0.1=2 10.0.0.2=1');
    expect(world.marks.problems.marks()).toBeNull();
    expect(world.logged).toEqual([
      'packet marks: nft: Operation not permitted',
      'packet marks applied',
      'packet marks: in sync again',
    ]);
    const calls = world.packets.calls.length;
    await world.clock.advance(5000);
    expect(world.packets.calls).toHaveLength(calls + 1);
  });

  it('asks for a packet filter again while the host has none', async () => {
    const world = marksWorld(twoClients);
    world.choice.refuses = 'expected nft or iptables, got neither';
    await world.clock.advance(1000);
    expect(world.marks.problems.marks()?.text).toBe('expected nft or iptables, got neither');
    world.choice.refuses = null;
    await world.clock.advance(2000);
    expect(marked(world)).toBe('10.0.0.1=2 10.0.0.2=1');
  });

  it('keeps what is right as right while it cannot be read', async () => {
    const world = await rightWorld();
    world.packets.fail('differences', 'nft: killed after 5 s', { times: 2 });
    await world.clock.advance(5000);
    expect(world.marks.problems.marks()?.text).toBe('nft: killed after 5 s');
    expect(world.marks.marker.state().inSyncSinceMs).not.toBeNull();
    await world.clock.advance(1000);
    expect(world.marks.problems.marks()).toBeNull();
    expect(world.remarks).toEqual([]);
  });

  it('touches nothing and runs nothing where nothing is to be marked', async () => {
    const world = marksWorld(nothing);
    world.packets.put({ groups: [group], clients: [], paths: [] });
    await world.clock.advance(60_000);
    world.reload(nothing);
    await world.clock.advance(60_000);
    expect(world.choice.asked + world.packets.calls.length + world.table.reads).toBe(0);
    expect(world.packets.kernel()).not.toBeNull();
    expect(world.clock.timers()).toBe(0);
  });

  it('takes its marks away when a reload wants none any more, and looks no longer', async () => {
    const world = await rightWorld();
    world.reload(nothing);
    await world.clock.advance(0);
    expect(world.packets.kernel()).toBeNull();
    expect(world.remarks).toEqual([
      {
        kind: 'marks',
        text: expect.stringMatching(/^the configuration marks nothing any more, removed: .*table inet/),
      },
    ]);
    expect(world.marks.marker.state()).toMatchObject({ inSyncSinceMs: null, problem: null });
    const calls = world.packets.calls.length;
    await world.clock.advance(60_000);
    expect(world.packets.calls).toHaveLength(calls);
  });

  it('takes them away later when the kernel refuses at first, also what was never seen right', async () => {
    const world = marksWorld(twoClients);
    world.packets.fail('apply', 'refused');
    world.packets.fail('clear', 'busy', { times: 2 });
    world.packets.put({ groups: [group], clients: [], paths: [] });
    await world.clock.advance(0);
    world.reload(nothing);
    await world.clock.advance(50);
    expect(world.marks.problems.marks()?.text).toBe('busy');
    await world.clock.advance(1000);
    expect(world.packets.kernel()).toBeNull();
    expect(world.marks.problems.marks()).toBeNull();
  });

  it('takes over what a reload says, at once, and does not call it drift', async () => {
    const world = await rightWorld();
    const release = world.packets.hold('differences');
    await world.clock.advance(5000);
    world.reload(marking([client('10.0.0.9', 2)]));
    release();
    await world.clock.advance(0);
    expect(marked(world)).toBe('10.0.0.9=2');
    expect(world.remarks).toEqual([]);
  });

  it('lets the old packet filter go only after another kind has taken over', async () => {
    const world = await rightWorld();
    const iptables = fakePacketFilter('iptables');
    world.choice.filter = () => iptables;
    iptables.fail('apply', 'no chain', { times: 2 });
    world.reload({ ...twoClients, classify: { ...twoClients.classify, backend: 'iptables' } });
    await world.clock.advance(50);
    expect(marked(world)).toBe('10.0.0.1=2 10.0.0.2=1');
    await world.clock.advance(1000);
    expect(world.packets.kernel()).toBeNull();
    expect(iptables.kernel()?.clients).toHaveLength(2);
    expect(world.marks.marker.state()).toMatchObject({ kind: 'iptables', problem: null });
  });

  it('clears the old packet filter later when it refuses at first', async () => {
    const world = await rightWorld();
    const iptables = fakePacketFilter('iptables');
    world.choice.filter = () => iptables;
    world.packets.fail('clear', 'busy', { times: 2 });
    world.reload({ ...twoClients, classify: { ...twoClients.classify, backend: 'iptables' } });
    await world.clock.advance(50);
    expect(world.marks.problems.marks()?.text).toBe('busy');
    await world.clock.advance(1000);
    expect(world.packets.kernel()).toBeNull();
  });

  it('takes the marks of an earlier run away when the configuration lost them meanwhile', async () => {
    const { store } = await rightWorld();
    const world = marksWorld(nothing, store);
    world.packets.put({ groups: [group], clients: [], paths: [] });
    await world.clock.advance(0);
    expect(world.choice.wanted).toEqual(['nftables']);
    expect(world.packets.kernel()).toBeNull();
    expect(world.remarks).toEqual([
      {
        kind: 'marks',
        text: expect.stringMatching(/^the configuration marks nothing any more, removed: .*table inet/),
      },
    ]);
    const again = marksWorld(nothing, store);
    await again.clock.advance(60_000);
    expect(again.choice.asked).toBe(0);
  });

  it('takes the marks away that another packet filter made in an earlier run, after its own are there', async () => {
    const { store } = await rightWorld();
    const world = marksWorld(twoClients, store);
    const iptables = fakePacketFilter('iptables');
    world.choice.filter = (wanted) => (wanted === 'nftables' ? world.packets : iptables);
    world.packets.put({ groups: [group], clients: [], paths: [] });
    const release = iptables.hold('apply');
    await world.clock.advance(0);
    expect(world.packets.kernel()).not.toBeNull();
    release();
    await world.clock.advance(0);
    expect(world.packets.kernel()).toBeNull();
    expect(iptables.kernel()?.clients).toHaveLength(2);
    expect(store.packetFilters()).toEqual(['iptables']);
    expect(world.remarks).toEqual([
      { kind: 'marks', text: 'iptables marks now, removed: nftables: table inet understudy' },
    ]);
  });

  it('is not held up by marks of a packet filter that the host has no more', async () => {
    const { store } = await rightWorld();
    const world = marksWorld(nothing, store);
    world.choice.filter = () => {
      throw new PacketFilterError('missing', 'no nft');
    };
    await world.clock.advance(10);
    expect(world.marks.problems.marks()).toBeNull();
    expect(store.packetFilters()).toEqual([]);
  });

  it('leaves the marks and no timer when it stops, and waits for what is under way', async () => {
    const world = marksWorld(twoClients);
    const release = world.packets.hold('apply');
    await world.clock.advance(0);
    const late = world.control.setClient('10.0.0.1', 1, anna);
    const refused = expect(late).rejects.toThrow('the daemon is stopping');
    const stopped = world.marks.stop();
    release();
    await stopped;
    await refused;
    expect(marked(world)).toBe('10.0.0.1=2 10.0.0.2=1');
    expect(world.clock.timers()).toBe(0);
    world.reload(marking());
    await world.clock.advance(1000);
    expect(world.packets.calls).toEqual(['apply']);
  });
});
