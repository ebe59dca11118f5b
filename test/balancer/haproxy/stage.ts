import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Book } from '../../../src/balancer/haproxy/book.ts';
import { createHaproxyBalancer } from '../../../src/balancer/haproxy/haproxy.ts';
import type { HaproxyPool, Seat } from '../../../src/balancer/haproxy/seats.ts';
import { haproxySpec } from '../../../src/balancer/haproxy/table.ts';
import type { Command } from '../../../src/core/table.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { Stage } from '../../contract/balancer.ts';
import { type FakeBackends, type FakeHaproxy, startFakeHaproxy } from '../../fake/haproxy/fake-haproxy.ts';

/** Members and stand-ins, all with lines that wait to be set ready. */
const lines = {
  edge1: { address: '10.10.3.20', disabled: true },
  edge2: { address: '10.10.3.21', disabled: true },
  spare: { address: '10.10.3.29', disabled: true },
};
const seats: readonly Seat[] = [
  { line: 'edge1', address: '10.10.3.20', port: 0, isMember: true, backups: ['10.10.3.29'] },
  { line: 'edge2', address: '10.10.3.21', port: 0, isMember: true, backups: ['10.10.3.29'] },
  { line: 'spare', address: '10.10.3.29', port: 0, isMember: false, backups: [] },
];

export async function withFakeHaproxy<T>(backends: FakeBackends, use: (fake: FakeHaproxy) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  const fake = await startFakeHaproxy(backends, join(folder, 'admin.sock'));
  try {
    return await use(fake);
  } finally {
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const contractBackends: FakeBackends = { rtmp: lines, ingest: lines, hls: lines, wcs: lines };

/** The real balancer on the fake HAProxy; a book outlives the balancers, as the one on the disk does. */
export function haproxyStage(fake: FakeHaproxy, book: Book): Stage {
  const pools = [...Object.keys(contractBackends), 'absent'].map((backend): HaproxyPool => {
    return { at: { kind: 'haproxy', socket: fake.socket, backend }, seats };
  });
  const [rtmp, ingest, hls, wcs, absent] = pools.map(({ at }) => haproxySpec(at)) as [
    ...Stage['services'],
    Stage['absent'],
  ];
  return {
    services: [rtmp, ingest, hls, wcs],
    absent,
    forward: 'nat',
    open: () => createHaproxyBalancer({ clock: systemClock, socket: fake.socket, pools: () => pools, book }),
    async hand(commands) {
      for (const command of commands) handOver(fake, command);
    },
    raw(key) {
      const backend = /^haproxy:(\w+)@/.exec(key)?.[1] ?? '';
      return fake.command(`show servers state ${backend}`);
    },
  };
}

function handOver(fake: FakeHaproxy, command: Command): void {
  if (!('entry' in command) || command.service.kind !== 'haproxy') throw new Error('expected a change of a server');
  const { backend } = command.service;
  const { address, weight } = command.entry;
  const line = Object.entries(lines).find(([, one]) => one.address === address)?.[0];
  fake.command(`set server ${backend}/${line} weight ${weight}`);
  fake.command(`set server ${backend}/${line} state ready`);
}
