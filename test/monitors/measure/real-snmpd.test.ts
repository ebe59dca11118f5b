/** The measures by SNMP, from net-snmp's snmpd on loopback. */
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bandwidth } from '../../../monitors/bandwidth.ts';
import { cpu } from '../../../monitors/cpu.ts';
import { disk } from '../../../monitors/disk.ts';
import { load } from '../../../monitors/load.ts';
import { memory } from '../../../monitors/memory.ts';
import type { Monitor, Verdict } from '../../../src/plugin/plugin.ts';
import { SNMP_COMMUNITY, SNMP_V3, snmpdCommand, snmpdConfig } from '../../lab/guest/matrix/servers/snmp.ts';
import { closedPort } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { findProgram, freeUdpPort, type Running, run, until, whyNot } from '../real-programs.ts';
import { prepare } from '../sample.ts';

const program = findProgram('usr/sbin/snmpd');
const isKnown = ({ status }: Verdict) => status !== 'unknown';
const v2c = { snmp: 'v2c', community: SNMP_COMMUNITY };

describe.skipIf(program === null)(`a real snmpd${whyNot(program)}`, () => {
  let folder = '';
  let port = 0;
  let snmpd: Running | null = null;

  const checkOf = (monitor: Monitor, options: object) => prepare(monitor, { via: 'snmp', port, ...options });
  const ask = (monitor: Monitor, options: object, deadlineMs = 10_000) =>
    runCheck(checkOf(monitor, options), deadlineMs);

  /** Asks one check until it says more than that it needs a second look; counters of a young snmpd are 0. */
  function settled(monitor: Monitor, options: object): Promise<Verdict> {
    const check = checkOf(monitor, options);
    return until(() => runCheck(check, 10_000), isKnown);
  }

  beforeAll(async () => {
    if (program === null) return;
    folder = await mkdtemp(join(tmpdir(), 'understudy-snmpd-'));
    port = await freeUdpPort();
    const config = join(folder, 'snmpd.conf');
    await writeFile(config, snmpdConfig(`udp:127.0.0.1:${port}`));
    const { args, env = {} } = snmpdCommand(program.file, folder, config);
    snmpd = run(program, args, env);
    await until(() => ask(load, v2c), isKnown, snmpd.said);
  });
  afterAll(async () => {
    await snmpd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['v2c', v2c],
    ['v3, signed and encrypted', SNMP_V3],
  ])('tells all five measures by %s', async (_version, access) => {
    const [, load5 = 0] = loadavg();
    const five = (await ask(load, { ...access, limits: { load5: 10_000 } })).measures?.['load5'] ?? Number.NaN;
    expect(Math.abs(five - load5)).toBeLessThan(1);

    const perCpu = await settled(cpu, { ...access, limit: 10_000 });
    expect(perCpu).toMatchObject({ status: 'ok', summary: 'below its limit' });
    expect(perCpu.detail).toContain(`of ${cpus().length} CPUs`);

    const used = await ask(memory, { ...access, limit: 100 });
    expect(used.measures?.['memory']).toBeGreaterThan(0);
    expect(used.measures?.['memory']).toBeLessThanOrEqual(100);

    const files = await statfs('/');
    const inUse = files.blocks - files.bfree;
    const root = await ask(disk, { ...access, limit: 100 });
    expect(root.measures?.['disk']).toBeGreaterThanOrEqual(Math.floor((100 * inUse) / files.blocks) - 2);

    const traffic = await settled(bandwidth, { ...access, interface: 'lo' });
    expect(traffic).toMatchObject({ status: 'ok', summary: 'measured' });
    expect(traffic.detail).toContain('; lo');
  });

  it('takes the interface that has the address of the server', async () => {
    expect((await settled(bandwidth, v2c)).detail).toContain('; lo');
  });

  it('measures how busy the CPUs are between two looks', async () => {
    const { status, measures } = await settled(cpu, { ...v2c, measure: 'busy', limit: 10_000 });
    expect(status).toBe('ok');
    expect(measures?.['busy']).toBeGreaterThanOrEqual(0);
    expect(measures?.['busy']).toBeLessThanOrEqual(100);
  });

  it('does not know of a disk or an interface that is not there, and names those that are', async () => {
    expect(await ask(disk, { ...v2c, paths: ['/no/such'] })).toMatchObject({
      status: 'unknown',
      summary: 'no disk reading: no file system at /no/such',
      detail: expect.stringMatching(/\/ \d+ %/),
    });
    expect(await ask(bandwidth, { ...v2c, interface: 'none0' })).toMatchObject({
      status: 'unknown',
      summary: 'no bandwidth reading: no interface none0',
      detail: expect.stringContaining('lo'),
    });
  });

  it.each([
    ['a wrong community', { ...v2c, community: 'wrong' }, 'no answer to SNMP'],
    ['a wrong user', { ...SNMP_V3, user: 'stranger' }, 'SNMP: user unknown to the agent'],
    [
      'a wrong auth_password',
      { ...SNMP_V3, auth_password: 'not-that-one' },
      'SNMP: wrong auth_password, or another auth',
    ],
    ['another auth', { ...SNMP_V3, auth: 'sha256' }, 'SNMP: wrong auth_password, or another auth'],
    ['a wrong priv_password', { ...SNMP_V3, priv_password: 'not-that-one' }, 'unfinished answer to SNMP'],
  ])('blames no server for %s, and says what is wrong', async (_what, access, cause) => {
    expect(await ask(memory, access, 1500)).toMatchObject({
      status: 'unknown',
      summary: `no memory reading: ${cause}`,
    });
  });

  it('says that the agent wants its user to encrypt', async () => {
    const { priv_password: _, ...signed } = SNMP_V3;
    expect(await ask(memory, signed, 1500)).toMatchObject({
      status: 'unknown',
      summary: 'no memory reading: SNMP: refused by the agent',
      detail: expect.stringContaining('must sign or encrypt'),
    });
  });

  it('tells a closed port from a silent agent', async () => {
    const verdict = await ask(memory, { ...v2c, port: await closedPort() }, 1500);
    expect(verdict).toMatchObject({ status: 'unknown', summary: expect.stringContaining('refused') });
  });
});
