/** The measures of a real node_exporter on loopback. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bandwidth } from '../../../monitors/bandwidth.ts';
import { cpu } from '../../../monitors/cpu.ts';
import { disk } from '../../../monitors/disk.ts';
import { load } from '../../../monitors/load.ts';
import { memory } from '../../../monitors/memory.ts';
import type { Check, Monitor, Verdict } from '../../../src/plugin/plugin.ts';
import { closedPort } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { findProgram, type Running, run, until, whyNot } from '../real-programs.ts';
import { prepare } from '../sample.ts';

const isOk = ({ status }: Verdict) => status === 'ok';
const program = findProgram('usr/bin/prometheus-node-exporter');

/** Over loopback, which counts them as received and as sent. */
async function sendBytes(count: number): Promise<void> {
  const server = createServer((socket) => socket.end(Buffer.alloc(count)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
}

describe.skipIf(program === null)(`a real node_exporter${whyNot(program)}`, () => {
  let port = 0;
  let exporter: Running | null = null;

  const checkOf = (monitor: Monitor, options: object = {}): Check => prepare(monitor, { port, ...options });
  const ask = (monitor: Monitor, options: object = {}) => runCheck(checkOf(monitor, options), 10_000);

  beforeAll(async () => {
    if (program === null) return;
    port = await closedPort();
    // It leaves loopback out unless told so.
    exporter = run(program, [`--web.listen-address=127.0.0.1:${port}`, '--collector.netdev.device-exclude=^$']);
    await until(() => ask(load), isOk, exporter.said);
  });
  afterAll(async () => {
    await exporter?.stop();
  });

  it('tells load and CPUs', async () => {
    const [, load5 = 0] = loadavg();
    expect(Math.abs(((await ask(load)).measures?.['load5'] ?? Number.NaN) - load5)).toBeLessThan(1);
    expect((await ask(cpu, { limit: 10_000 })).detail).toContain(`of ${cpus().length} CPUs`);
  });

  it('tells how busy the CPUs were between two looks', async () => {
    const check = checkOf(cpu, { measure: 'busy', limit: 10_000 });
    expect((await runCheck(check, 10_000)).summary).toBe('no earlier CPU reading to compare with yet');
    const { measures } = await until(() => runCheck(check, 10_000), isOk);
    expect(measures?.['busy']).toBeLessThanOrEqual(100);
  });

  it('tells the memory as the kernel does', async () => {
    const meminfo = readFileSync('/proc/meminfo', 'utf8');
    const kB = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(meminfo)?.[1]);
    const expected = 100 - (100 * kB('MemAvailable')) / kB('MemTotal');
    const seen = (await ask(memory, { limit: 100 })).measures?.['memory'] ?? Number.NaN;
    expect(Math.abs(seen - expected)).toBeLessThan(10);
  });

  it('tells what a file system that it watches has left, and which it watches', async () => {
    const missing = await ask(disk, { paths: ['/no/such'] });
    expect(missing).toMatchObject({ status: 'unknown', summary: 'no disk reading: no file system at /no/such' });
    const [, path = ''] = /(\/\S*) \d+ %/.exec(missing.detail ?? '') ?? [];
    const { blocks, bfree, bavail } = await statfs(path);
    const expected = (100 * (blocks - bfree)) / (blocks - bfree + bavail);
    const seen = (await ask(disk, { paths: [path], limit: 100 })).measures?.['disk'] ?? Number.NaN;
    expect(Math.abs(seen - expected)).toBeLessThan(3);
  });

  it('tells what goes over an interface', async () => {
    const check = checkOf(bandwidth, { interface: 'lo' });
    expect(await runCheck(check, 10_000)).toMatchObject({ status: 'unknown' });
    await sendBytes(4_000_000);
    const { measures } = await until(() => runCheck(check, 10_000), isOk);
    const { band_in = 0, band_out = 0 } = measures ?? {};
    expect(band_in).toBeGreaterThan(0);
    expect(band_out).toBe(band_in);
  });

  it('is not mistaken for a page beside it', async () => {
    expect(await ask(load, { path: '/' })).toMatchObject({
      status: 'unknown',
      summary: 'no load reading: expected the metrics of node_exporter, got none',
    });
  });
});
