import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { bandwidthMonitor } from '../../../monitors/bandwidth.ts';
import { cpuMonitor } from '../../../monitors/cpu.ts';
import { diskMonitor } from '../../../monitors/disk.ts';
import { loadMonitor } from '../../../monitors/load.ts';
import type { Varbind } from '../../../monitors/measure/snmp/library.ts';
import { readValue } from '../../../monitors/measure/snmp/values.ts';
import { memoryMonitor } from '../../../monitors/memory.ts';
import { contextOf, loopback, recordTrace, runCheck } from '../context.ts';
import { prepare, sample } from '../sample.ts';
import { type Faulty, fakeSnmp, readWalk } from './fake-snmp.ts';
import { paperWorld } from './world.ts';

const walk = readWalk(sample('snmp/snmpd.walk').toString());

function without(...prefixes: readonly string[]): readonly Varbind[] {
  return walk.filter(({ oid }) => !prefixes.some((prefix) => oid.startsWith(prefix)));
}

function stage(varbinds: () => readonly Varbind[] = () => walk, faulty?: Faulty) {
  const library = fakeSnmp(varbinds, faulty);
  return { library, world: paperWorld({ loadSnmp: async () => library }) };
}

/** A UDP port of ours on loopback that says `answer` to everything, or nothing. */
async function udpServer(answer: string | null) {
  const socket = createSocket('udp4');
  socket.on('message', (_bytes, { port, address }) => {
    if (answer !== null) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

describe('via snmp', () => {
  const ucdCpu = '1.3.6.1.4.1.2021.11.';

  it('takes load and CPUs from snmpd', async () => {
    const { world, library } = stage();
    const [row1 = 0, row2 = 0] = [1, 2].map((row) =>
      Number(walk.find(({ oid }) => oid === `1.3.6.1.4.1.2021.10.1.5.${row}`)?.value),
    );
    const verdict = await runCheck(prepare(cpuMonitor(world), { via: 'snmp', limit: 1 }));
    expect(verdict).toMatchObject({ status: 'overloaded', measures: { load5: Math.round(row2 / 2) } });
    expect(verdict.detail).toContain('of 2 CPUs');
    expect((await runCheck(prepare(loadMonitor(world), { via: 'snmp' }))).measures?.['load1']).toBe(row1 / 100);
    expect(library.open()).toBe(0);
  });

  it('takes the busy share from raw counters, and does not trust them while they are 0', async () => {
    // Its own mean of the last minute takes their place, once it has one.
    const own = '1.3.6.1.2.1.25.3.3.1.2';
    let varbinds = without(own);
    const { world } = stage(() => varbinds);
    const check = prepare(cpuMonitor(world), { via: 'snmp', measure: 'busy' });
    expect(await runCheck(check)).toMatchObject({ summary: 'no earlier CPU reading to compare with yet' });
    const user = Number(walk.find(({ oid }) => oid === `${ucdCpu}50.0`)?.value);
    varbinds = varbinds.map((one) => (one.oid === `${ucdCpu}50.0` ? { ...one, value: user + 200 } : one));
    expect(await runCheck(check)).toMatchObject({ status: 'overloaded', measures: { busy: 100 } });
    varbinds = without(own).map((one) =>
      /\.2021\.11\.[56]\d\.0$/.test(one.oid) && !one.oid.endsWith('.67.0') ? { ...one, value: 0 } : one,
    );
    expect(await runCheck(check)).toMatchObject({ summary: 'no CPU reading: no CPU times' });
  });

  it('takes what Windows has where there is no snmpd', async () => {
    const processors: readonly Varbind[] = [30, 50].map((value, row) => ({
      oid: `1.3.6.1.2.1.25.3.3.1.2.${row}`,
      type: 2,
      value,
    }));
    const { world } = stage(() => [...without('1.3.6.1.4.1.2021', '1.3.6.1.2.1.25.3.3.1.2'), ...processors]);
    expect(await runCheck(prepare(cpuMonitor(world), { via: 'snmp', measure: 'busy' }))).toMatchObject({
      status: 'ok',
      measures: { busy: 40 },
      detail: 'busy 40 % of 2 CPUs, limit 90 %',
    });
    expect(await runCheck(prepare(cpuMonitor(world), { via: 'snmp' }))).toMatchObject({
      status: 'unknown',
      summary: 'no CPU reading: no load averages',
    });
    const memory = await runCheck(prepare(memoryMonitor(world), { via: 'snmp' }));
    expect(memory).toMatchObject({ status: 'ok' });
  });

  it('counts reusable memory as free, whether snmpd says so itself or not', async () => {
    for (const varbinds of [walk, without('1.3.6.1.4.1.2021.4.27')]) {
      const { world } = stage(() => varbinds);
      const verdict = await runCheck(prepare(memoryMonitor(world), { via: 'snmp' }));
      expect(verdict.measures?.['memory']).toBeGreaterThan(0);
      expect(verdict.measures?.['memory']).toBeLessThan(15);
    }
  });

  it('finds a file system by its path, and names those that are there when it is not', async () => {
    const { world } = stage();
    expect(await runCheck(prepare(diskMonitor(world), { via: 'snmp' }))).toMatchObject({
      status: 'ok',
      measures: { disk: 10 },
    });
    const absent = await runCheck(prepare(diskMonitor(world), { via: 'snmp', paths: ['/var/hls'] }));
    expect(absent).toMatchObject({ status: 'unknown', summary: 'no disk reading: no file system at /var/hls' });
    expect(absent.detail).toContain('/ 10 %');
  });

  it.each([
    ['127.0.0.1', undefined, 'lo'],
    ['192.0.2.2', undefined, 'eth0'],
    ['fd00::2', undefined, 'eth0'],
    ['::ffff:192.0.2.9', undefined, 'eth0'],
    ['127.0.0.1', 'eth0', 'eth0'],
  ])('knows the interface of %s, with interface %s', async (address, wanted, name) => {
    const { world } = stage();
    const check = world.inTime(
      prepare(bandwidthMonitor(world), {
        via: 'snmp',
        port: 9,
        ...(wanted !== undefined && { interface: wanted }),
      }),
    );
    const target = { server: 'edge1', address };
    await runCheck(check, 5000, target);
    world.nowIs(50_000);
    expect((await runCheck(check, 5000, target)).detail).toMatch(new RegExp(`; ${name}(,|$)`));
  });

  it('measures with short counters where there are no long ones, over their end', async () => {
    const column = '1.3.6.1.2.1.2.2.1.';
    let received = 2 ** 32 - 125_000;
    const { world } = stage(() => [
      ...without('1.3.6.1.2.1.31.1.1.1.6', '1.3.6.1.2.1.31.1.1.1.10', `${column}10.1`),
      { oid: `${column}10.1`, type: 2, value: received },
    ]);
    const check = world.inTime(prepare(bandwidthMonitor(world), { via: 'snmp' }));
    expect(await runCheck(check)).toMatchObject({ status: 'unknown' });
    received = 125_000;
    world.nowIs(2000);
    expect(await runCheck(check)).toMatchObject({ status: 'ok', measures: { band_in: 1 } });
  });

  it('makes sessions as v2c and v3 want them', async () => {
    const { world, library } = stage();
    await runCheck(prepare(loadMonitor(world), { via: 'snmp', community: 'video' }));
    const keys = {
      snmp: 'v3',
      user: 'probe',
      auth: 'sha256',
      auth_password: 'authsecret',
      priv_password: 'privsecret',
    };
    await runCheck(prepare(loadMonitor(world), { via: 'snmp', ...keys }));
    await runCheck(prepare(loadMonitor(world), { via: 'snmp', snmp: 'v3', user: 'probe' }));
    expect(library.made.map(({ who }) => who)).toEqual([
      'video',
      { name: 'probe', level: 3, authProtocol: '5', authKey: 'authsecret', privProtocol: '4', privKey: 'privsecret' },
      { name: 'probe', level: 1 },
    ]);
  });

  it('refuses keys that do not fit together', () => {
    const { world } = stage();
    const v3 = (options: object) => () => prepare(loadMonitor(world), { via: 'snmp', snmp: 'v3', ...options });
    expect(v3({})).toThrow('expected the user of SNMP v3, got none');
    expect(v3({ user: 'a', priv_password: 'privsecret' })).toThrow('expected an auth_password');
    expect(v3({ user: 'a', auth_password: 'short' })).toThrow('expected at least 8 characters');
  });

  it('keeps the community out of the trace', async () => {
    const { world } = stage();
    const { trace, recorded } = recordTrace();
    const check = prepare(loadMonitor(world), { via: 'snmp', community: 'hunter2' });
    await check(loopback, contextOf(new AbortController().signal, trace));
    expect(recorded.sent).toContain('GET 1.3.6.1.4.1.2021.10.1.5.1');
    expect(`${recorded.sent}${recorded.received}`).not.toContain('hunter2');
  });
});

describe('via snmp, in problem', () => {
  async function ask(faulty: Faulty, answer: string | null = null, deadlineMs = 2000) {
    const { world, library } = stage(() => walk, faulty);
    const server = await udpServer(answer);
    const verdict = await runCheck(prepare(loadMonitor(world), { via: 'snmp', port: server.port }), deadlineMs);
    server.close();
    expect(library.open()).toBe(0);
    expect(verdict.status).toBe('unknown');
    return verdict.summary.replace('no load reading: ', '');
  }

  it.each([
    ['RequestTimedOutError', 'Request timed out', 'no answer to SNMP'],
    ['RequestFailedError', 'AuthorizationError', 'SNMP: refused by the agent'],
    ['ResponseInvalidError', 'Unknown User Name', 'SNMP: user unknown to the agent'],
    ['ResponseInvalidError', 'Wrong Digest (incorrect password)', 'SNMP: wrong auth_password, or another auth'],
    ['ResponseInvalidError', 'Decryption Error', 'SNMP: wrong priv_password, or another priv'],
    [
      'ResponseInvalidError',
      'Unsupported Security Level',
      'SNMP: the agent wants another level of security for this user',
    ],
    ['Error', 'error:0308010C:digital envelope routines::unsupported', 'SNMP: OpenSSL of this machine has no DES'],
    ['TypeError', 'whatever', 'expected SNMP, got something else'],
  ])('words a %s of `%s`', async (name, message, words) => {
    expect(await ask({ how: 'error', name, message })).toBe(words);
  });

  it('waits for a silent agent until the deadline', async () => {
    expect(await ask({ how: 'silent' }, null, 100)).toBe('no answer to SNMP');
    expect(await ask({ how: 'silent' }, 'x', 100)).toBe('unfinished answer to SNMP');
  });

  it('outlives an answer at which the package throws', async () => {
    expect(await ask({ how: 'throws' }, 'x')).toBe('expected SNMP, got something else');
  });

  it('ends a table without an end', async () => {
    const { world } = stage(() => walk, { how: 'endless' });
    expect((await runCheck(prepare(diskMonitor(world), { via: 'snmp' }))).status).toBe('unknown');
  });

  it('hears that the port is closed', async () => {
    const { world } = stage(() => walk, { how: 'silent' });
    const server = await udpServer(null);
    server.close();
    const verdict = await runCheck(prepare(loadMonitor(world), { via: 'snmp', port: server.port }));
    expect(verdict).toMatchObject({ status: 'unknown', summary: 'no load reading: refused' });
  });

  it('says so when the package is not installed', async () => {
    const verdict = await runCheck(prepare(loadMonitor(paperWorld()), { via: 'snmp' }));
    expect(verdict).toMatchObject({
      status: 'unknown',
      summary: 'no load reading: the package net-snmp is not installed',
    });
  });

  it('rejects with the reason of a shutdown, and closes', async () => {
    const { world, library } = stage(() => walk, { how: 'silent' });
    const server = await udpServer(null);
    const abort = new AbortController();
    const reason = new Error('shutdown');
    const check = prepare(loadMonitor(world), { via: 'snmp', port: server.port });
    const running = check(loopback, contextOf(abort.signal)).catch((error: unknown) => error);
    await expect.poll(() => library.open(), { interval: 5 }).toBe(1);
    abort.abort(reason);
    expect(await running).toBe(reason);
    expect(library.open()).toBe(0);
    await expect(check(loopback, contextOf(AbortSignal.abort(reason)))).rejects.toBe(reason);
    server.close();
  });
});

describe('a value of SNMP', () => {
  const library = fakeSnmp(() => []);

  it.each([
    ['eight octets', 70, Buffer.from('00000001e618bc39', 'hex'), 8_155_348_025],
    ['nine octets', 70, Buffer.from('00ffffffffffffffff', 'hex'), 2 ** 64],
    ['no octets', 70, Buffer.alloc(0), 0],
    ['too many octets', 70, Buffer.alloc(10), null],
    ['what is not there', 129, null, null],
    ['the end', 130, null, null],
    ['a text', 4, Buffer.from('eth0'), 'eth0'],
    ['something else', 4, { more: 1 }, null],
    ['no number', 2, Number.NaN, null],
  ])('of %s', (_what, type, value, wanted) => {
    expect(readValue({ oid: '1', type, value }, library)).toBe(wanted);
  });
});
