/** Chance plays the servers, an operator at HAProxy's socket, its reloads and a connection that breaks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryBook } from '../../../src/balancer/haproxy/book.ts';
import { createHaproxyBalancer } from '../../../src/balancer/haproxy/haproxy.ts';
import type { HaproxyPool } from '../../../src/balancer/haproxy/seats.ts';
import { haproxySpec } from '../../../src/balancer/haproxy/table.ts';
import { withExternalHolds } from '../../../src/core/external-holds.ts';
import { planService } from '../../../src/core/plan.ts';
import { adoptPool, desirePool, type PoolMemory, type ServerView } from '../../../src/core/pool.ts';
import { serviceKey, type TableService } from '../../../src/core/table.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { withFakeHaproxy } from './stage.ts';

const address = { edge1: '10.10.3.20', edge2: '10.10.3.21', spare: '10.10.3.29' };
type Name = keyof typeof address;
const names = Object.keys(address) as Name[];

const event = fc.oneof(
  fc.record({ server: fc.constantFrom(...names), status: fc.constantFrom('ok', 'fail', 'overloaded') }),
  // Only on a line that we have set ready: our own maintenance cannot be told from another's on top of it.
  fc.record({ hand: fc.constantFrom(...names), state: fc.constantFrom('maint', 'drain') }),
  fc.record({ lifts: fc.constantFrom(...names) }),
  fc.record({ mishap: fc.constantFrom('lost', 'mute', 40, null) }),
  fc.record({ reload: fc.record({ samePid: fc.boolean(), keeps: fc.boolean() }) }),
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

test.each([true, false])(
  'a hand is never undone, and our own never taken for another; with a line of the stand-in: %s',
  (spareLine) =>
    fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), (events) => walk(events, spareLine)),
      { numRuns: 40 },
    ),
);

async function walk(events: readonly Event[], spareLine: boolean): Promise<void> {
  const lines = {
    edge1: { address: address.edge1 },
    edge2: { address: address.edge2 },
    ...(spareLine ? { spare: { address: address.spare, disabled: true } } : {}),
  };
  await withFakeHaproxy({ rtmp: lines }, async (fake) => {
    const at = { kind: 'haproxy', socket: fake.socket, backend: 'rtmp' } as const;
    const seats = names.map((line) => {
      const isMember = line !== 'spare';
      return { line, address: address[line], port: 0, isMember, backups: isMember ? [address.spare] : [] };
    });
    const pools: readonly HaproxyPool[] = [{ at, seats }];
    const balancer = createHaproxyBalancer({
      clock: systemClock,
      socket: fake.socket,
      pools: () => pools,
      book: memoryBook(),
    });
    const members = (['edge1', 'edge2'] as const).map((server) => ({ server, weight: 1, port: 0, backups: ['spare'] }));
    const rule = { members, forward: 'nat' as const, minPooled: 0, failBackAfterMs: 0 };
    const views = new Map<string, ServerView>(
      names.map((name) => [
        name,
        { name, address: address[name], status: 'ok', okSinceMs: 0, hold: null, shared: false, returnNow: false },
      ]),
    );
    let memory: PoolMemory | null = null;
    const read = async (): Promise<TableService | undefined> => (await balancer.read()).get(serviceKey(at));
    const look = async (): Promise<boolean> => {
      try {
        const actual = await read();
        const servers = withExternalHolds(rule, views, actual);
        const made = desirePool({
          rule,
          servers,
          actual,
          memory: memory ?? adoptPool(rule, servers, actual),
          busyFor: () => null,
          nowMs: 1e6,
        });
        memory = made.memory;
        const commands = planService({ spec: haproxySpec(at), entries: made.entries }, actual);
        await balancer.apply(commands);
        return commands.length === 0;
      } catch {
        return false;
      }
    };
    const held = new Map<Name, number>();
    const settle = async (): Promise<boolean> => (await look()) || (await look()) || (await look()) || look();
    expect(await settle()).toBe(true);
    for (const one of events) {
      if ('server' in one)
        views.set(one.server, { ...(views.get(one.server) as ServerView), status: one.status as 'ok' });
      else if ('mishap' in one) fake.mishap = (commands) => (commands.startsWith('set ') ? (one.mishap as null) : null);
      else if ('reload' in one) {
        fake.reload(one.reload);
        if (!one.reload.keeps) held.clear();
      } else if ('lifts' in one && held.delete(one.lifts)) fake.command(`set server rtmp/${one.lifts} state ready`);
      else if ('hand' in one && one.hand in lines && (fake.line(`rtmp/${one.hand}`).admin & 9) === 0) {
        fake.mishap = () => null;
        await settle();
        if ((fake.line(`rtmp/${one.hand}`).admin & 9) === 0) {
          fake.command(`set server rtmp/${one.hand} state ${one.state}`);
          held.set(one.hand, one.state === 'maint' ? 1 : 8);
        }
      }
      await look();
      for (const [name, bit] of held) expect(fake.line(`rtmp/${name}`).admin & 9, `the hand on ${name}`).toBe(bit);
    }
    for (const name of Object.keys(lines)) fake.command(`set server rtmp/${name} state ready`);
    fake.mishap = () => null;
    for (const name of names) views.set(name, { ...(views.get(name) as ServerView), status: 'ok' });
    expect(await settle(), 'the pool comes to rest').toBe(true);
    const end = await read();
    expect(end?.externalHolds?.size).toBe(0);
    expect(end?.entries.filter(({ weight }) => weight > 0).map((entry) => entry.address)).toEqual([
      address.edge1,
      address.edge2,
    ]);
    await balancer.close();
  });
}
