import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { type Book, fileBook, memoryBook } from '../../../src/balancer/haproxy/book.ts';
import { createHaproxyBalancer, type HaproxyOptions } from '../../../src/balancer/haproxy/haproxy.ts';
import type { HaproxyPool, Seat } from '../../../src/balancer/haproxy/seats.ts';
import { haproxySpec } from '../../../src/balancer/haproxy/table.ts';
import { planService } from '../../../src/core/plan.ts';
import { entryKey, serviceKey, type TableService } from '../../../src/core/table.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { FakeBackends, FakeHaproxy } from '../../fake/haproxy/fake-haproxy.ts';
import { tempFolder } from '../../store/temp-folder.ts';
import { withFakeHaproxy } from './stage.ts';

const address = { edge1: '10.10.3.20', edge2: '10.10.3.21', spare: '10.10.3.29' };

function seat(line: keyof typeof address, over: Partial<Seat> = {}): Seat {
  const isMember = line !== 'spare';
  return { line, address: address[line], port: 0, isMember, backups: isMember ? [address.spare] : [], ...over };
}

/** Two members; the stand-in has no line of its own. */
const two: FakeBackends = { rtmp: { edge1: { address: address.edge1 }, edge2: { address: address.edge2 } } };
/** The stand-in has a line that waits. */
const three: FakeBackends = { rtmp: { ...two['rtmp'], spare: { address: address.spare, disabled: true } } };

interface World {
  readonly fake: FakeHaproxy;
  readonly balancer: Balancer;
  service(): Promise<TableService>;
  /** Makes the pool so: weights by server. */
  make(weights: Partial<Record<keyof typeof address, number>>): Promise<void>;
  weights(): Promise<Record<string, number>>;
  open(options?: Partial<HaproxyOptions>): Balancer;
}

function inWorld(backends: FakeBackends, run: (world: World) => Promise<void>, book: Book = memoryBook()) {
  return withFakeHaproxy(backends, async (fake) => {
    const at = { kind: 'haproxy', socket: fake.socket, backend: 'rtmp' } as const;
    const pool: HaproxyPool = { at, seats: [seat('edge1'), seat('edge2'), seat('spare')] };
    const opened: Balancer[] = [];
    const open = (options: Partial<HaproxyOptions> = {}): Balancer => {
      const made = createHaproxyBalancer({
        clock: systemClock,
        socket: fake.socket,
        pools: () => [pool],
        book,
        ...options,
      });
      opened.push(made);
      return made;
    };
    const balancer = open();
    const service = async (): Promise<TableService> => {
      const found = (await balancer.read()).get(serviceKey(at));
      if (found === undefined) throw new Error('no such service');
      return found;
    };
    try {
      await run({
        fake,
        balancer,
        open,
        service,
        async make(weights) {
          const entries = Object.entries(weights).map(([name, weight]) => {
            return { address: address[name as keyof typeof address], port: 0, forward: 'nat' as const, weight };
          });
          await balancer.apply(planService({ spec: haproxySpec(at), entries }, await service()));
        },
        async weights() {
          const names = new Map(Object.entries(address).map(([name, text]) => [text, name]));
          const { entries } = await service();
          return Object.fromEntries(entries.map((one) => [names.get(one.address) ?? one.address, one.weight]));
        },
      });
    } finally {
      for (const one of opened) await one.close();
    }
  });
}

test('a stand-in with a line of its own is set ready there, and the failed one gets maintenance', () =>
  inWorld(three, async ({ fake, make, weights }) => {
    await make({ edge2: 1, spare: 1 });
    expect(fake.changes).toEqual(['set server rtmp/spare state ready', 'set server rtmp/edge1 state maint']);
    expect(await weights()).toEqual({ edge2: 1, spare: 1 });
    await make({ edge1: 1, edge2: 1 });
    expect(fake.line('rtmp/spare').admin).toBe(5);
    expect(fake.line('rtmp/edge1').admin).toBe(0);
  }));

test('a stand-in without a line gets that of the failed one, and gives it back', () =>
  inWorld(two, async ({ fake, make, weights }) => {
    await make({ edge2: 1, spare: 1 });
    expect(fake.changes).toEqual(['set server rtmp/edge1 addr 10.10.3.29']);
    expect(await weights()).toEqual({ edge2: 1, spare: 1 });
    fake.line('rtmp/edge1').conns = 3;
    await make({ edge1: 1, edge2: 1, spare: 0 });
    expect(fake.line('rtmp/edge1').address).toBe(address.edge1);
    expect(await weights()).toEqual({ edge1: 1, edge2: 1, spare: 0 });
  }));

test('streams on a line that goes elsewhere now are counted, at most as many as there were', () =>
  inWorld(two, async ({ fake, make, service }) => {
    fake.line('rtmp/edge1').conns = 5;
    await make({ edge1: 0, edge2: 1, spare: 1 });
    fake.line('rtmp/edge1').conns = 9;
    const left = async () => (await service()).entries.find((one) => one.address === address.edge1);
    expect(await left()).toMatchObject({ weight: 0, activeConns: 5 });
    fake.line('rtmp/edge1').conns = 2;
    expect(await left()).toMatchObject({ weight: 0, activeConns: 2 });
    await make({ edge2: 1, spare: 1 });
    expect(await left()).toBeUndefined();
  }));

test('drains by the state of that name, and shows live connections', () =>
  inWorld(three, async ({ fake, make, service }) => {
    fake.line('rtmp/edge1').conns = 7;
    await make({ edge1: 0, edge2: 1 });
    expect(fake.line('rtmp/edge1')).toMatchObject({ admin: 8, weight: 1 });
    expect((await service()).entries[0]).toMatchObject({ weight: 0, activeConns: 7 });
    await make({ edge1: 1, edge2: 1 });
    expect(fake.line('rtmp/edge1').admin).toBe(0);
  }));

test.each([
  ['maint', 'disable'],
  ['drain', 'drain'],
] as const)('`state %s` by another hand is shown as such, and not undone', (state, hold) =>
  inWorld(three, async ({ fake, make, service }) => {
    await make({ edge1: 1, edge2: 1 });
    fake.command(`set server rtmp/edge1 state ${state}`);
    const { externalHolds } = await service();
    expect(externalHolds?.get(entryKey({ address: address.edge1, port: 0 }))).toEqual({ hold, canBeCovered: true });
    fake.changes.length = 0;
    await make({ ...(state === 'drain' ? { edge1: 0 } : {}), edge2: 1, spare: 1 });
    expect(fake.changes).toEqual(['set server rtmp/spare state ready']);
    fake.command('set server rtmp/edge1 state ready');
    expect((await service()).externalHolds?.size).toBe(0);
  }),
);

test('a hand cannot be covered where its line would be needed for that', () =>
  inWorld(two, async ({ fake, service }) => {
    fake.command('set server rtmp/edge1 state maint');
    const { externalHolds } = await service();
    expect(externalHolds?.get(entryKey({ address: address.edge1, port: 0 }))).toEqual({
      hold: 'disable',
      canBeCovered: false,
    });
  }));

test('our own maintenance is no hand, not even after a restart', async () => {
  const file = join(tempFolder(), 'states.json');
  const faults: string[] = [];
  await withFakeHaproxy(three, async (fake) => {
    const at = { kind: 'haproxy', socket: fake.socket, backend: 'rtmp' } as const;
    const pools = () => [{ at, seats: [seat('edge1'), seat('edge2'), seat('spare')] }];
    const open = () =>
      createHaproxyBalancer({
        clock: systemClock,
        socket: fake.socket,
        pools,
        book: fileBook(file, (text) => faults.push(text)),
      });
    const gone = { address: address.edge1, port: 0, forward: 'nat', weight: 1 } as const;
    const first = open();
    await first.apply([{ op: 'remove', service: at, entry: gone }]);
    await first.close();
    const second = open();
    const service = (await second.read()).get(serviceKey(at));
    expect([service?.entries.length, service?.externalHolds?.size]).toEqual([1, 0]);
    await second.apply([{ op: 'add', service: at, entry: gone }]);
    expect(fake.line('rtmp/edge1').admin).toBe(0);
    await second.close();
    fake.command('set server rtmp/edge1 state maint');
    const third = open();
    expect((await third.read()).get(serviceKey(at))?.externalHolds?.size).toBe(1);
    await third.close();
  });
  expect(faults).toEqual([]);
});

test('a book that cannot be written is reported once, and nothing else changes', async () => {
  const faults: string[] = [];
  const book = fileBook('/proc/nowhere/states.json', (text) => faults.push(text));
  await inWorld(
    three,
    async ({ make, weights }) => {
      await make({ edge2: 1 });
      await make({ edge1: 1, edge2: 1 });
      expect(await weights()).toEqual({ edge1: 1, edge2: 1 });
    },
    book,
  );
  expect(faults).toEqual([expect.stringContaining('cannot record the states set in HAProxy: ENOENT')]);
});

test('a reload of HAProxy brings its file back, which is drift and no hand', () =>
  inWorld(three, async ({ fake, make, service, weights }) => {
    await make({ edge2: 20, spare: 10 });
    fake.reload();
    expect(await weights()).toEqual({ edge1: 1, edge2: 1 });
    expect((await service()).externalHolds?.size).toBe(0);
    await make({ edge2: 20, spare: 10 });
    expect(await weights()).toEqual({ edge2: 20, spare: 10 });
  }));

test('a line that its agent weighs is left to it', () =>
  inWorld({ rtmp: { edge1: { address: address.edge1, hasAgent: true, weight: 12 } } }, async (world) => {
    const { fake, make, weights } = world;
    await make({ edge1: 100 });
    expect(fake.changes).toEqual([]);
    expect([...((await world.service()).selfWeighed ?? [])]).toEqual([`${address.edge1}:0`]);
    expect(await weights()).toEqual({ edge1: 100 });
    fake.line('rtmp/edge1').weight = 3;
    expect(await weights()).toEqual({ edge1: 100 });
    await make({ edge1: 0 });
    expect(fake.changes).toEqual(['set server rtmp/edge1 state drain']);
  }));

test('a `backup` line is the last resort of HAProxy, and never touched', () =>
  inWorld({ rtmp: { ...two['rtmp'], spare: { address: address.spare, isBackup: true } } }, async (world) => {
    const { fake, make, weights } = world;
    expect(await weights()).toEqual({ edge1: 1, edge2: 1 });
    await make({ edge2: 1, spare: 1 });
    expect(fake.changes).toEqual(['set server rtmp/edge1 addr 10.10.3.29']);
  }));

test('a line that HAProxy itself holds down is up at once with another address', () =>
  inWorld(
    { rtmp: { edge1: { address: address.edge1, isChecked: true, hasAgent: true, isUp: false } } },
    async (world) => {
      await world.make({ spare: 1 });
      expect(world.fake.changes).toEqual([
        'set server rtmp/edge1 addr 10.10.3.29',
        'set server rtmp/edge1 health up',
        'set server rtmp/edge1 agent up',
      ]);
    },
  ));

test('lines that are for none of our servers are not in the table', () =>
  inWorld({ rtmp: { ...two['rtmp'], cloud1: { address: '10.9.9.9' } } }, async ({ make, fake, weights }) => {
    expect(await weights()).toEqual({ edge1: 1, edge2: 1 });
    await make({ edge1: 1 });
    expect(fake.changes).toEqual(['set server rtmp/edge2 state maint']);
  }));

test('an address that another hand changed is put right', () =>
  inWorld(two, async ({ fake, make, weights }) => {
    fake.command('set server rtmp/edge1 addr 10.6.6.6');
    expect(await weights()).toEqual({ '10.6.6.6': 1, edge2: 1 });
    await make({ edge1: 1, edge2: 1 });
    expect(await weights()).toEqual({ edge1: 1, edge2: 1 });
  }));

test('a socket without `level admin` reads, and says what it needs to change anything', () =>
  inWorld(two, async ({ fake, make, service }) => {
    fake.level = 'operator';
    await expect(make({ edge2: 1 })).rejects.toMatchObject({
      kind: 'permission',
      message: `HAProxy allows no changes: expected \`level admin\` in \`stats socket ${fake.socket}\`, got \`Permission denied\``,
    });
    // What was refused is not remembered as ours.
    fake.level = 'admin';
    fake.command('set server rtmp/edge1 state maint');
    expect((await service()).externalHolds?.size).toBe(1);
  }));

test('more stand-ins than lines are refused by name, and the rest is done', () =>
  inWorld({ rtmp: { edge2: { address: address.edge2 } } }, async ({ make, weights }) => {
    await expect(make({ edge2: 2, spare: 1 })).rejects.toMatchObject({
      kind: 'refused',
      message:
        'no server line is free for 10.10.3.29:0: give it a line in `backend rtmp`, with the word `disabled`, wanted `add 10.10.3.29:0 weight 1 nat`',
    });
    expect(await weights()).toEqual({ edge2: 2 });
  }));

test('a weight that HAProxy does not take is refused before anything is sent', () =>
  inWorld(two, async ({ make, fake }) => {
    await expect(make({ edge1: 300, edge2: 1 })).rejects.toMatchObject({ kind: 'refused' });
    expect(fake.changes).toEqual([]);
  }));

test('names that would be commands are never sent', () =>
  inWorld(two, async ({ fake, open }) => {
    const at = { kind: 'haproxy', socket: fake.socket, backend: 'rtmp;shutdown sessions server rtmp/edge1' } as const;
    const balancer = open({ pools: () => [{ at, seats: [seat('edge1')] }] });
    await expect(balancer.read()).rejects.toMatchObject({ kind: 'refused' });
  }));

test('tells a missing socket from one that nothing listens on', async () => {
  await inWorld(two, async ({ open, fake }) => {
    await expect(open({ socket: '/nonexistent/admin.sock' }).read()).rejects.toMatchObject({
      kind: 'missing',
      message: 'no HAProxy socket: expected `/nonexistent/admin.sock`, as set by `stats socket` in its configuration',
    });
    await fake.close();
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(0, '127.0.0.1', resolve));
    const port = (left.address() as { port: number }).port;
    await new Promise((resolve) => left.close(resolve));
    await expect(open({ socket: `127.0.0.1:${port}` }).read()).rejects.toMatchObject({
      kind: 'missing',
      message: `HAProxy is not running: nothing listens on its socket \`127.0.0.1:${port}\``,
    });
  });
});

test.each([
  ['says nothing', '', 'no answer in 0.2 s'],
  ['does not end', 'Name: HAProxy\n', 'no end of the answer in 0.2 s'],
])('a socket that %s has a deadline', async (_, hello, words) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (hello !== '') socket.write(hello);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const balancer = createHaproxyBalancer({ clock: systemClock, socket, pools: () => [], withinMs: 200 });
  await expect(balancer.read()).rejects.toMatchObject({ kind: 'unread', message: expect.stringContaining(words) });
  await balancer.close();
});

test('a socket that floods is cut off', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const block = Buffer.alloc(1 << 20, 'x');
    const pour = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', pour);
    pour();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const balancer = createHaproxyBalancer({ clock: systemClock, socket, pools: () => [] });
  await expect(balancer.read()).rejects.toMatchObject({ message: expect.stringContaining('bytes, got more') });
  await balancer.close();
});

test('closing ends what is under way', () =>
  inWorld(two, async ({ balancer }) => {
    const reading = balancer.read();
    await balancer.close();
    await expect(reading).rejects.toMatchObject({ message: 'the HAProxy balancer was closed' });
  }));
