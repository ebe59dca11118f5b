import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rememberedNow } from '../../src/cli/remembered.ts';
import { configOf, marksOf, paperKernel } from '../apply/world.ts';
import { clientList, clientRows, fakeControl, incident, server, status } from '../http/fake-control.ts';
import { serve, tempFolder } from '../http/harness.ts';

async function beside(versions: readonly number[]) {
  const stateDir = tempFolder();
  const base = configOf([], {
    ...marksOf(1),
    groups: marksOf(1).groups.map((group) => ({ ...group, byClient: true })),
  });
  let page = 0;
  const pins = [{ server: 'edge1', service: 'playout', weight: 30, atMs: 0, untilMs: null, why: '', by: 'anna' }];
  const servers = [server('edge1', '10.10.3.20', { pins }), server('edge2', '10.10.3.21')];
  const control = fakeControl(status({ servers, incidents: [incident({ server: 'edge2' })] }));
  await serve(
    {
      ...control,
      // One row a page, so that the list may change between two.
      clients: (from) => {
        const version = versions[page] ?? 9;
        page += 1;
        return { ...clientList, version, rows: clientRows.slice(from, from + 1) };
      },
    },
    join(stateDir, 'control.sock'),
  );
  return rememberedNow({ ...base, director: { ...base.director, stateDir } }, paperKernel());
}

describe('what a daemon remembers', () => {
  test('is read from it: what fails, what is pinned, and what hands said of clients', async () => {
    const { daemon, failing, pins, overrides } = await beside([3, 3, 3]);
    expect(daemon).toBe(true);
    expect([...failing]).toEqual(['edge2']);
    expect(pins).toMatchObject([{ server: 'edge1', service: 'playout', weight: 30 }]);
    expect(overrides.map(({ network, mark }) => [network.text, mark])).toEqual([
      ['192.168.7.21', 2],
      ['192.168.7.40', null],
    ]);
  });

  test('is read again when it changed between two pages', async () => {
    expect((await beside([3, 4, 4, 4])).overrides).toHaveLength(2);
  });

  test('is given up when it never stands still', async () => {
    await expect(beside([1, 2, 3, 4, 5, 6])).rejects.toThrow(
      'expected a list of clients that stands still, got one that changed 3 times while it was read',
    );
  });
});
