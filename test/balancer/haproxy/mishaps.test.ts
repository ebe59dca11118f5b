/** What becomes of our own hand, and of another's, when HAProxy does not do or say all. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileBook, memoryBook } from '../../../src/balancer/haproxy/book.ts';
import { createHaproxyBalancer } from '../../../src/balancer/haproxy/haproxy.ts';
import type { HaproxyPool } from '../../../src/balancer/haproxy/seats.ts';
import { haproxySpec } from '../../../src/balancer/haproxy/table.ts';
import { planService } from '../../../src/core/plan.ts';
import { serviceKey, type TableService } from '../../../src/core/table.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { FakeHaproxy } from '../../fake/haproxy/fake-haproxy.ts';
import { tempFolder } from '../../store/temp-folder.ts';
import { withFakeHaproxy } from './stage.ts';

const address = { edge1: '10.10.3.20', edge2: '10.10.3.21', spare: '10.10.3.29' };
type Name = keyof typeof address;
const lines = {
  edge1: { address: address.edge1 },
  edge2: { address: address.edge2 },
  spare: { address: address.spare, disabled: true },
};

interface World {
  readonly fake: FakeHaproxy;
  service(): Promise<TableService>;
  make(weights: Partial<Record<Name, number>>): Promise<void>;
  /** The program starts again, with what it had noted. */
  restart(): Promise<void>;
}

function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  return withFakeHaproxy({ rtmp: lines, hls: lines }, async (fake) => {
    const file = join(tempFolder(), 'states.json');
    const at = { kind: 'haproxy', socket: fake.socket, backend: 'rtmp' } as const;
    const seats = Object.entries(address).map(([line, ip]) => {
      const isMember = line !== 'spare';
      return { line, address: ip, port: 0, isMember, backups: isMember ? [address.spare] : [] };
    });
    const pools: readonly HaproxyPool[] = [
      { at: { ...at, backend: 'hls' }, seats },
      { at, seats },
    ];
    const open = () =>
      createHaproxyBalancer({
        clock: systemClock,
        socket: fake.socket,
        pools: () => pools,
        book: fileBook(file, () => {}),
      });
    let balancer = open();
    const service = async (): Promise<TableService> => {
      const found = (await balancer.read()).get(serviceKey(at));
      if (found === undefined) throw new Error('no such service');
      return found;
    };
    try {
      await run({
        fake,
        service,
        async make(weights) {
          const entries = Object.entries(weights).map(([name, weight]) => {
            return { address: address[name as Name], port: 0, forward: 'nat' as const, weight };
          });
          await balancer.apply(planService({ spec: haproxySpec(at), entries }, await service()));
        },
        async restart() {
          await balancer.close();
          balancer = open();
        },
      });
    } finally {
      await balancer.close();
    }
  });
}

const hands = async ({ service }: World) => Object.fromEntries((await service()).externalHolds ?? []);
const isChange = (commands: string) => commands.startsWith('set ');

test.each(['lost', 'mute'] as const)('a swap whose commands were %s is done at the next attempt', (mishap) =>
  inWorld(async (world) => {
    const { fake, make } = world;
    fake.mishap = (commands) => (isChange(commands) ? mishap : null);
    await make({ edge2: 1, spare: 1 }).catch(() => {});
    fake.mishap = () => null;
    expect(await hands(world)).toEqual({});
    await make({ edge2: 1, spare: 1 });
    expect([fake.line('rtmp/spare').admin, fake.line('rtmp/edge1').admin]).toEqual([4, 1]);
  }),
);

test.each(['lost', 'mute'] as const)('a return whose commands were %s is done at the next attempt', (mishap) =>
  inWorld(async (world) => {
    const { fake, make } = world;
    await make({ edge2: 1, spare: 1 });
    fake.mishap = (commands) => (isChange(commands) ? mishap : null);
    await make({ edge1: 1, edge2: 1 }).catch(() => {});
    fake.mishap = () => null;
    expect(await hands(world)).toEqual({});
    await make({ edge1: 1, edge2: 1 });
    expect([fake.line('rtmp/spare').admin, fake.line('rtmp/edge1').admin]).toEqual([5, 0]);
  }),
);

test('what was done beside a command that was refused stays ours', () =>
  inWorld(async (world) => {
    const { fake, make } = world;
    const { command } = fake;
    fake.command = (text) => (text.startsWith('set server rtmp/edge2 weight') ? 'No such server.\n' : command(text));
    await expect(make({ edge2: 2, spare: 1 })).rejects.toMatchObject({ kind: 'refused' });
    expect(fake.line('rtmp/edge1').admin).toBe(1);
    expect(await hands(world)).toEqual({});
  }));

test('a hand on a line while our own command to it is lost stays a hand', () =>
  inWorld(async (world) => {
    const { fake, make } = world;
    fake.mishap = (commands) => (isChange(commands) ? 'lost' : null);
    await expect(make({ edge1: 1, edge2: 7 })).rejects.toMatchObject({ kind: 'unread' });
    fake.mishap = () => null;
    fake.command('set server rtmp/edge1 state maint');
    expect(await hands(world)).toMatchObject({ [`${address.edge1}:0`]: { hold: 'disable' } });
  }));

test('an answer that ends anywhere before its end is none', () =>
  inWorld(async ({ fake, service }) => {
    let whole = 0;
    for (const commands of ['show servers state hls', 'show servers state rtmp', 'show stat -1 4 -1']) {
      whole += fake.command(commands).length + 1;
    }
    for (let bytes = 0; bytes < whole; bytes += 7) {
      fake.mishap = () => bytes;
      await expect(service(), `${bytes} bytes`).rejects.toMatchObject({ kind: 'unread' });
    }
  }));

test('a HAProxy that begins anew with the same process id forgets, and so do we', () =>
  inWorld(async (world) => {
    const { fake, make, restart } = world;
    await make({ edge2: 1, spare: 1 });
    fake.reload({ samePid: true });
    expect(await hands(world)).toEqual({});
    await make({ edge2: 1, spare: 1 });
    fake.reload({ samePid: true });
    await restart();
    expect(await hands(world)).toEqual({});
  }));

test('our maintenance that a reload of HAProxy kept in its state file is still ours', () =>
  inWorld(async (world) => {
    const { fake, make, restart } = world;
    await make({ edge2: 1, spare: 1 });
    fake.command('set server rtmp/edge2 state maint');
    fake.reload({ keeps: true });
    await world.service();
    await restart();
    expect(await hands(world)).toEqual({ [`${address.edge2}:0`]: { hold: 'disable', canBeCovered: true } });
    await make({ edge1: 1, spare: 1 });
    expect(fake.line('rtmp/edge1').admin).toBe(0);
    expect(fake.line('rtmp/edge2').admin).toBe(1);
  }));

test('a hand on a line that waits in the file is one once it was seen ready, over a reload and a restart', () =>
  inWorld(async (world) => {
    const { fake, make, restart } = world;
    await make({ edge2: 1, spare: 1 });
    fake.reload({ keeps: true });
    await world.service();
    fake.command('set server rtmp/spare state maint');
    expect(await hands(world)).toMatchObject({ [`${address.spare}:0`]: { hold: 'disable' } });
    fake.command('set server rtmp/spare state ready');
    fake.reload({ keeps: true });
    await restart();
    await world.service();
    fake.command('set server rtmp/spare state maint');
    expect(await hands(world)).toMatchObject({ [`${address.spare}:0`]: { hold: 'disable' } });
  }));

test('a return whose commands were lost before a reload that keeps states is done at the next attempt', () =>
  inWorld(async (world) => {
    const { fake, make } = world;
    await make({ edge2: 1, spare: 1 });
    fake.mishap = (commands) => (isChange(commands) ? 'lost' : null);
    await make({ edge1: 1, edge2: 1 }).catch(() => {});
    fake.reload({ keeps: true });
    fake.mishap = () => null;
    expect(await hands(world)).toEqual({});
    await make({ edge1: 1, edge2: 1 });
    expect([fake.line('rtmp/spare').admin, fake.line('rtmp/edge1').admin]).toEqual([5, 0]);
  }));

test('a line that HAProxy no longer has is reported by name', () =>
  inWorld(async ({ fake, make }) => {
    const renamed = fake.backends.get('rtmp') as Map<string, unknown>;
    renamed.delete('edge1');
    await expect(make({ edge1: 1, edge2: 1 })).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('10.10.3.20'),
    });
  }));

test('a book is only of the process that it was noted of', () => {
  const book = memoryBook();
  book.note('/a', '1 at 5', new Map([['rtmp/edge1', 'maint']]));
  expect(book.of('/a', '1 at 5').size).toBe(1);
  expect(book.of('/a', '1 at 6').size).toBe(0);
});
