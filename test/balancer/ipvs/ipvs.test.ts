import { chmodSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { createIpvsBalancer, type IpvsOptions } from '../../../src/balancer/ipvs/ipvs.ts';
import { planService } from '../../../src/core/plan.ts';
import type { Command, Entry, ServiceSpec } from '../../../src/core/table.ts';
import type { Exec } from '../../../src/ports.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { type FakeIpvs, fakeIpvs } from '../../fake/ipvsadm/fake-ipvs.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Long enough that a hot command always shows in time, however busy the machine is. */
const patientMs = 20_000;
const playout: ServiceSpec = {
  at: { kind: 'fwmark', mark: 1, family: 4 },
  scheduler: 'rr',
  persistenceS: null,
  persistencePrefix: 32,
};
const start = planService({ spec: playout, entries: [entry('10.10.3.20')] }, undefined);
const swap: readonly Command[] = [
  { op: 'add', service: playout.at, entry: entry('10.10.3.29') },
  { op: 'remove', service: playout.at, entry: entry('10.10.3.20') },
];

describe('the hot ipvsadm', () => {
  test('takes commands without a new process', async () => {
    const { balancer, runs } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    await balancer.apply(swap);
    expect(await pool(balancer)).toEqual(['10.10.3.29 1']);
    expect(runs).toEqual([]);
  });

  test('has the commands before apply returns', async () => {
    const written: string[] = [];
    const { balancer } = setUp({ exec: recording(written), readBackMs: 0 });
    const done = balancer.apply(start);
    expect(written).toEqual(['-A -f 1 -s rr\n-a -f 1 -r 10.10.3.20:0 -g -w 1\n']);
    await done;
  });

  test('is replaced by its reserve when it dies, and the commands are done', async () => {
    const { balancer, fake } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    fake.control({ die: 1 });
    await balancer.apply(swap);
    expect(await pool(balancer)).toEqual(['10.10.3.29 1']);
    await balancer.apply([{ op: 'edit', service: playout.at, entry: entry('10.10.3.29', 4) }]);
    expect(await pool(balancer)).toEqual(['10.10.3.29 4']);
  });

  test('that hangs is ended, so that it cannot do its lines later', async () => {
    const { balancer, fake } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    await balancer.close();
    const impatient = open(fake, { readBackMs: 100 });
    fake.control({ hang: true });
    const refused = await failure(impatient.apply(swap));
    expect(refused).toMatchObject({ kind: 'unread', message: expect.stringContaining('did not end in 2000 ms') });
    fake.control({});
    await impatient.apply([{ op: 'edit', service: playout.at, entry: entry('10.10.3.20', 3) }]);
    expect(await pool(impatient)).toEqual(['10.10.3.20 3']);
    // The time of a whole process, in which a hung one would have woken up.
    fake.ipvsadm('-L -n');
    expect(await pool(impatient)).toEqual(['10.10.3.20 3']);
  });

  test('that takes a command and does not do it is followed by a new process', async () => {
    const { balancer, fake, runs } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    const impatient = open(fake, { readBackMs: 1_000, exec: counting(runs) });
    fake.control({ ignore: 1 });
    await impatient.apply([{ op: 'edit', service: playout.at, entry: entry('10.10.3.20', 3) }]);
    expect(await pool(impatient)).toEqual(['10.10.3.20 3']);
    expect(runs).toEqual(['-R']);
  });
});

describe('a refusal', () => {
  test('carries what was wanted and what ipvsadm said', async () => {
    const { balancer, fake } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    fake.control({ refuse: { text: 'Memory allocation problem', times: 4 } });
    expect(await failure(balancer.apply(swap))).toMatchObject({
      name: 'BalancerError',
      kind: 'refused',
      message: 'ipvsadm refused: Memory allocation problem, wanted `add 10.10.3.29:0 weight 1 in fwmark:1`',
    });
    expect(await pool(balancer)).toEqual(['10.10.3.20 1']);
    fake.control({});
    await balancer.apply(swap);
    expect(await pool(balancer)).toEqual(['10.10.3.29 1']);
  });

  test('of an unknown scheduler is told with it', async () => {
    const { balancer } = setUp({ readBackMs: patientMs });
    const service = { ...playout, scheduler: 'best' };
    expect(await failure(balancer.apply([{ op: 'add-service', service }]))).toMatchObject({
      kind: 'refused',
      message:
        'ipvsadm refused: Scheduler or persistence engine not found, wanted `add service fwmark:1 best in fwmark:1`',
    });
  });

  test('that the kernel keeps silent about is told by what the table shows', async () => {
    const { balancer, fake } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    const impatient = open(fake, { readBackMs: 100 });
    fake.control({ ignore: 9 });
    expect(await failure(impatient.apply(swap))).toMatchObject({
      kind: 'unread',
      message: 'ipvsadm reported no error: expected `add 10.10.3.29:0 weight 1 in fwmark:1`, got the table without it',
    });
  });

  test('before ipvsadm sees it, for a command it could not read, leaves the hot one alone', async () => {
    const { balancer, opens } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    const bad: Command = { op: 'add', service: playout.at, entry: entry('edge1') };
    expect(await failure(balancer.apply([bad]))).toMatchObject({ kind: 'refused' });
    await balancer.apply(swap);
    expect(opens).toEqual(['-R', '-R']);
  });
});

describe('a director that cannot', () => {
  test('says that ipvsadm is missing, and still reads the table', async () => {
    const { balancer, fake } = setUp({ readBackMs: patientMs });
    await balancer.apply(start);
    await balancer.close();
    fake.uninstall('ipvsadm');
    const next = open(fake);
    expect(await pool(next)).toEqual(['10.10.3.20 1']);
    const error = await failure(next.apply(swap));
    expect(error).toMatchObject({
      kind: 'missing',
      message: `no ipvsadm: expected \`${fake.program}\` in PATH; install the package ipvsadm`,
    });
    expect(next.problem()).toMatchObject({ kind: 'missing' });
  });

  test('says that ipvsadm is not executable', async () => {
    const { fake } = setUp();
    chmodSync(fake.program, 0o644);
    const balancer = open(fake);
    expect(await failure(balancer.apply(start))).toMatchObject({ kind: 'permission' });
  });

  test('says that it is not allowed, before any command is needed', async () => {
    const { fake } = setUp();
    fake.control({ init: 'permission' });
    const balancer = open(fake);
    await vi.waitFor(() => expect(balancer.problem()).toMatchObject({ kind: 'permission' }), { timeout: patientMs });
    expect(await failure(balancer.apply(start))).toMatchObject({
      kind: 'permission',
      message: expect.stringContaining("expected root or CAP_NET_ADMIN, got `Can't initialize ipvs: Permission denied"),
    });
  });

  test('says that the kernel has no IPVS', async () => {
    const { fake } = setUp();
    fake.control({ init: 'module' });
    fake.uninstall('module');
    const balancer = open(fake);
    const expected = { kind: 'module', message: expect.stringContaining('load it with `modprobe ip_vs`') };
    expect(await failure(balancer.read())).toMatchObject(expected);
    expect(await failure(balancer.apply(start))).toMatchObject(expected);
  });

  test('works again as soon as ipvsadm does', async () => {
    const { fake } = setUp();
    fake.control({ init: 'permission' });
    const balancer = open(fake);
    await failure(balancer.apply(start));
    fake.control({});
    await balancer.apply(start);
    expect(await pool(balancer)).toEqual(['10.10.3.20 1']);
    expect(balancer.problem()).toBeNull();
  });
});

describe('persistence', () => {
  const persistent: ServiceSpec = { ...playout, persistenceS: 50 };

  test.each([100, 250, 1000])('is read in seconds from a kernel of %i Hz', async (hz) => {
    const { fake } = setUp();
    fake.control({ hz });
    fake.ipvsadm('-A -f 1 -s rr -p 50');
    const balancer = open(fake);
    expect((await balancer.read()).get('fwmark:1')?.spec).toEqual(persistent);
  });

  test('does not keep the table from being read while ipvsadm is missing', async () => {
    const { fake } = setUp();
    fake.ipvsadm('-R', '-A -f 1 -s rr -p 50\n-a -f 1 -r 10.10.3.20:0 -g -w 1\n');
    fake.uninstall('ipvsadm');
    expect(await pool(open(fake))).toEqual(['10.10.3.20 1']);
  });

  test("asks ipvsadm for the kernel's HZ once", async () => {
    const { balancer, fake } = setUp({ readBackMs: patientMs });
    await balancer.apply(planService({ spec: persistent, entries: [] }, undefined));
    await Promise.all([balancer.read(), balancer.read()]);
    await balancer.apply([{ op: 'edit-service', service: { ...persistent, persistenceS: 60, persistencePrefix: 24 } }]);
    expect(fake.log().filter((line) => line === '-S -n')).toHaveLength(1);
  });
});

describe('a closed balancer', () => {
  test('opens nothing when a process that was under way ends', async () => {
    const opens: string[] = [];
    const started = eventually();
    const mayEnd = eventually();
    const exec: Exec = {
      async run(file, args, options) {
        started.happen();
        await mayEnd.happened;
        return systemExec.run(file, args, options);
      },
      open(_file, args) {
        opens.push(args.join(' '));
        return { write() {}, close() {} };
      },
    };
    const { balancer } = setUp({ exec, readBackMs: 0 });
    const applying = failure(balancer.apply(start));
    await started.happened;
    const before = opens.length;
    await balancer.close();
    mayEnd.happen();
    expect(await applying).toMatchObject({ message: 'the IPVS balancer was closed' });
    expect(opens).toHaveLength(before);
  });

  test('reads no more', async () => {
    const { balancer, runs } = setUp();
    await balancer.close();
    expect(await failure(balancer.read())).toMatchObject({ message: 'the IPVS balancer was closed' });
    expect(runs).toEqual([]);
  });
});

describe('the family of a mark', () => {
  test('is asked of the configuration once for each reading', async () => {
    const { fake } = setUp();
    fake.ipvsadm('-R', '-A -f 1 -s rr\n-A -f 2 -s rr\n-A -f 3 -s rr\n');
    let asked = 0;
    const services = () => {
      asked += 1;
      return [1, 2, 3].map((mark) => ({ kind: 'fwmark', mark, family: 4 }) as const);
    };
    const balancer = open(fake, { services });
    expect((await balancer.read()).size).toBe(3);
    expect(asked).toBe(1);
  });

  test('is the configured one where the kernel does not show it', async () => {
    const { fake } = setUp();
    fake.ipvsadm('-A -f 1 -6 -s rr');
    const balancer = open(fake, { services: () => [{ kind: 'fwmark', mark: 1, family: 6 }] });
    expect((await balancer.read()).get('fwmark:1')?.spec.at).toMatchObject({ family: 6 });
  });
});

function setUp(options: Partial<IpvsOptions> = {}) {
  const fake = fakeIpvs();
  onTestFinished(() => fake.remove());
  const runs: string[] = [];
  const opens: string[] = [];
  const balancer = open(fake, { exec: counting(runs, opens), ...options });
  return { fake, balancer, runs, opens };
}

function open(fake: FakeIpvs, options: Partial<IpvsOptions> = {}): Balancer {
  const { program, procFile } = fake;
  const balancer = createIpvsBalancer({ exec: systemExec, clock: systemClock, program, procFile, ...options });
  onTestFinished(() => balancer.close());
  return balancer;
}

/** Notes the arguments of each process that is run to its end, and of each that is kept open. */
function counting(runs: string[], opens: string[] = []): Exec {
  return {
    run(file, args, options) {
      runs.push(args.join(' '));
      return systemExec.run(file, args, options);
    },
    open(file, args, events) {
      opens.push(args.join(' '));
      return systemExec.open(file, args, events);
    },
  };
}

/** Notes what is written to pipes, and writes nothing. */
function recording(written: string[]): Exec {
  return {
    run: (file, args, options) => systemExec.run(file, args, options),
    open: () => ({ write: (text) => written.push(text), close() {} }),
  };
}

async function pool(balancer: Balancer): Promise<readonly string[]> {
  const service = (await balancer.read()).get('fwmark:1');
  return (service?.entries ?? []).map(({ address, weight }) => `${address} ${weight}`).sort();
}

function eventually(): { readonly happened: Promise<void>; readonly happen: () => void } {
  let happen = (): void => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}

function failure(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => null,
    (error: unknown) => error,
  );
}

function entry(address: string, weight = 1): Entry {
  return { address, port: 0, forward: 'dr', weight };
}
