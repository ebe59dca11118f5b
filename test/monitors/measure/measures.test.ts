import { describe, expect, it } from 'vitest';
import { bandwidth, bandwidthMonitor } from '../../../monitors/bandwidth.ts';
import { disk, diskMonitor } from '../../../monitors/disk.ts';
import { loadMonitor } from '../../../monitors/load.ts';
import { memory, memoryMonitor } from '../../../monitors/memory.ts';
import type { Monitor } from '../../../src/plugin/plugin.ts';
import { netDev, route } from '../../agent/host-texts.ts';
import { answerAndClose, listen } from '../bad-servers.ts';
import { contextOf, loopback, runCheck } from '../context.ts';
import { httpAnswer, prepare, sample } from '../sample.ts';
import { paperWorld } from './world.ts';

const metrics = sample('cpu/node-exporter-machine.prom').toString();

async function exporter(body: () => string = () => metrics) {
  return await listen((socket) => answerAndClose(httpAnswer(body()))(socket));
}

async function askOnce(monitor: Monitor, options: object, body = metrics) {
  const server = await exporter(() => body);
  const verdict = await runCheck(prepare(monitor, { ...options, port: server.port }));
  await server.close();
  return verdict;
}

describe('memory', () => {
  it('holds what is not available against its limit', async () => {
    expect(await askOnce(memory, { limit: 3 })).toEqual({
      status: 'overloaded',
      summary: 'limit reached: memory',
      detail: 'memory 3 %, limit 3 %',
      measures: { memory: 3 },
      limits: { memory: 3 },
    });
    expect(await askOnce(memory, { limit: 4 })).toMatchObject({ status: 'ok', summary: 'below its limit' });
    expect(await askOnce(memory, {}, 'node_load1 1\n')).toMatchObject({
      status: 'unknown',
      summary: 'no memory reading: no figures of memory',
    });
  });

  it('reads this machine', async () => {
    expect((await runCheck(prepare(memory, { via: 'local', limit: 100 }))).measures?.['memory']).toBeGreaterThan(0);
    const world = paperWorld();
    world.files.set('/proc/meminfo', 'nonsense');
    expect(await runCheck(prepare(memoryMonitor(world), { via: 'local' }))).toMatchObject({ status: 'unknown' });
  });
});

describe('load', () => {
  it('measures without a limit, and says how many CPUs there are', async () => {
    const world = paperWorld();
    world.files
      .set('/proc/loadavg', '4.00 2.00 1.00 1/97 21357\n')
      .set('/proc/stat', 'cpu  1 0 0 1 0 0 0 0 0 0\ncpu0 0 0\ncpu1 0 0\n');
    const ask = (options: object) => runCheck(prepare(loadMonitor(world), { via: 'local', ...options }));
    expect(await ask({})).toEqual({
      status: 'ok',
      summary: 'measured',
      detail: 'load1 4, load5 2, load15 1; 2 CPUs',
      measures: { load1: 4, load5: 2, load15: 1 },
    });
    expect(await ask({ limits: { load1: 4, load15: 1 } })).toMatchObject({ summary: 'limit reached: load1, load15' });
    expect(await ask({ per_cpu: true, limits: { load1: 2, load15: 1 } })).toMatchObject({
      summary: 'limit reached: load1',
    });
  });
});

describe('disk', () => {
  const full = { blocks: 100, bfree: 10, bavail: 0, files: 10, ffree: 9 };
  const empty = { blocks: 100, bfree: 100, bavail: 90, files: 10, ffree: 1 };

  function ask(options: object) {
    const world = paperWorld();
    world.disks.set('/', empty).set('/hls', full);
    return runCheck(prepare(diskMonitor(world), { via: 'local', ...options }));
  }

  it('holds the fullest against its limit, as df counts', async () => {
    expect(await ask({ paths: ['/', '/hls'] })).toEqual({
      status: 'overloaded',
      summary: 'limit reached: disk',
      detail: 'disk 100 %, limit 90 %, inodes 90 %; / 0 %, /hls 100 %',
      measures: { disk: 100, inodes: 90 },
      limits: { disk: 90 },
    });
    expect(await ask({})).toMatchObject({ status: 'ok', measures: { disk: 0 } });
    expect(await ask({ inodes: 90 })).toMatchObject({ status: 'overloaded', summary: 'limit reached: inodes' });
  });

  it('says which path has no file system, unless another is full', async () => {
    expect(await ask({ paths: ['/', '/gone'] })).toMatchObject({
      status: 'unknown',
      summary: 'no disk reading: no file system at /gone',
    });
    expect(await ask({ paths: ['/hls', '/gone'] })).toMatchObject({ status: 'overloaded' });
  });

  it('knows it from node_exporter, too', async () => {
    expect(await askOnce(disk, { limit: 25 })).toMatchObject({
      status: 'overloaded',
      measures: { disk: 25, inodes: 3 },
    });
    expect(await askOnce(disk, { paths: ['/var/hls'] })).toMatchObject({ status: 'unknown', detail: '/ 25 %' });
  });

  it('does not wait for a file system that hangs', async () => {
    const world = paperWorld();
    const hanging = { ...world, machine: { ...world.machine, statfs: () => new Promise<never>(() => {}) } };
    const check = prepare(diskMonitor(hanging), { via: 'local' });
    expect(await runCheck(check, 30)).toMatchObject({
      status: 'unknown',
      summary: 'no disk reading: this machine does not answer',
    });
    const reason = new Error('shutdown');
    await expect(check(loopback, contextOf(AbortSignal.abort(reason)))).rejects.toBe(reason);
  });

  it('does not take a server out of its pool by itself', () => {
    expect(disk.onLimit).toBe('warn');
  });
});

describe('bandwidth', () => {
  it('is measured between two checks of the same server', async () => {
    const world = paperWorld();
    const say = (received: number, sent: number): void => {
      world.files.set('/proc/net/dev', netDev({ eth0: [received, sent] })).set('/proc/net/route', route([['eth0', 0]]));
    };
    const check = world.inTime(prepare(bandwidthMonitor(world), { via: 'local', limits: { band_out: 80 } }));
    const ask = (server: string) => runCheck(check, 5000, { server, address: '127.0.0.1' });
    say(0, 0);
    expect(await ask('edge1')).toMatchObject({
      status: 'unknown',
      summary: 'no earlier bandwidth reading to compare with yet',
    });
    world.nowIs(1000);
    say(1_000_000, 10_000_000);
    expect(await ask('edge2')).toMatchObject({ status: 'unknown' });
    expect(await ask('edge1')).toEqual({
      status: 'overloaded',
      summary: 'limit reached: band_out',
      detail: 'band_in 8 Mbit/s, band_out 80 Mbit/s, limit 80 Mbit/s; eth0',
      measures: { band_in: 8, band_out: 80 },
      limits: { band_out: 80 },
    });
    world.nowIs(2000);
    say(5, 5);
    expect(await ask('edge1')).toMatchObject({ status: 'unknown' });
  });

  it('names the interfaces that are there when the wanted one is not', async () => {
    expect(await askOnce(bandwidth, { interface: 'eth9' })).toEqual({
      status: 'unknown',
      summary: 'no bandwidth reading: no interface eth9',
      detail: 'interfaces: eth0, ifb0, ifb1',
    });
  });

  it('starts over when node_exporter tells of a new boot', async () => {
    const world = paperWorld();
    let boot = 0;
    let octets = 0;
    const server = await exporter(() =>
      [
        `node_boot_time_seconds ${boot}`,
        'node_time_seconds 1000',
        `node_network_receive_bytes_total{device="eth0"} ${octets}`,
        `node_network_transmit_bytes_total{device="eth0"} ${octets}`,
        '',
      ].join('\n'),
    );
    const check = world.inTime(prepare(bandwidthMonitor(world), { port: server.port }));
    const ask = async (atMs: number, bytes: number) => {
      world.nowIs(atMs);
      octets = bytes;
      return (await runCheck(check)).measures?.['band_in'] ?? null;
    };
    expect(await ask(0, 0)).toBeNull();
    expect(await ask(1000, 125_000)).toBe(1);
    boot = 990;
    expect(await ask(2000, 250_000)).toBeNull();
    expect(await ask(3000, 500_000)).toBe(2);
    await server.close();
  });
});
