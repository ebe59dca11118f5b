import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Plugins } from '../../src/config/typed.ts';

import { describeGroup } from '../../src/core/marks.ts';
import { serviceKey } from '../../src/core/table.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'etc');
/** The agent's file is another program's: test/cli/agent.test.ts loads it. */
const samples = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'agent.yaml');
const lists = ['monitors', 'alerts'].map((name) => join(root, name, 'index.ts'));

async function load(name: string): Promise<Config> {
  const [monitors, alerts] = await Promise.all(lists.map((file) => import(file) as Promise<Plugins>));
  const plugins = { monitors: monitors?.monitors ?? new Map(), alerts: alerts?.alerts ?? new Map() };
  const loaded = loadConfig(join(folder, name), plugins, {});
  expect(loaded).not.toHaveProperty('problems');
  expect(loaded).toMatchObject({ warnings: [] });
  return 'config' in loaded ? loaded.config : expect.unreachable();
}

const testWithPlugins = test.runIf(lists.every((file) => existsSync(file)));

testWithPlugins.each(samples)('etc/%s is valid, without a warning', async (name) => {
  await load(name);
});

testWithPlugins.each([
  [
    'rtsp-keepalived-pair.yaml',
    ['10.10.3.30 tcp 554 udp 6950-7150'],
    ['fwmark:1 rr 50 dr: edge1, edge2', 'tcp:10.10.3.30:8090 wlc null dr: edge1, edge2'],
    2,
  ],
  [
    'rtmp-clients.yaml',
    ['10.10.3.30 tcp 1935,8080'],
    ['fwmark:1 wlc 300 dr: edge1 or spare', 'fwmark:2 wlc 300 dr: edge2 or spare', 'fwmark:3 wlc 300 dr: edge1, edge2'],
    3,
  ],
  [
    'windows-media.yaml',
    ['10.10.3.30 tcp 80,554,1755 udp 554,1024-5000'],
    ['fwmark:1 rr 600 nat: edge1 or spare, edge2 or spare'],
    0,
  ],
  [
    'nginx-rtmp-haproxy.yaml',
    [],
    ['haproxy:rtmp@/run/haproxy/admin.sock haproxy null nat: edge1 or spare, edge2 or spare'],
    0,
  ],
  [
    'wcs-haproxy.yaml',
    [],
    ['haproxy:wcs_wss@/run/haproxy/admin.sock haproxy null nat: wcs1 or wcs-spare, wcs2 or wcs-spare'],
    0,
  ],
])('etc/%s has the packets and the pools that its head promises', async (name, groups, pools, ways) => {
  const { classify, services, paths } = await load(name);
  expect(classify.groups.map(describeGroup)).toEqual(groups);
  const described = [...services.values()].map(({ at, scheduler, persistenceS, forward, members }) => {
    const servers = members.map(({ server, backups }) => [server, ...backups].join(' or '));
    return `${serviceKey(at)} ${scheduler} ${persistenceS} ${forward}: ${servers.join(', ')}`;
  });
  expect(described).toEqual(pools);
  expect(new Set(paths.map(({ mark }) => mark)).size).toBe(ways);
});
