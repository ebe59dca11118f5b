import { describe, expect, it } from 'vitest';
import type { CheckConfig, Config } from '../../../src/config/config.ts';
import type { VipPath } from '../../../src/core/marks.ts';
import { targetsOf } from '../../../src/engine/watch/targets.ts';
import { configuration, monitor } from '../../flow/cluster.ts';

const names = ['a', 'b', 'c', 'd'];
const rows = names.flatMap((server, at): VipPath[] =>
  [0, 1].map((port) => ({
    server,
    address: `10.0.0.${at}`,
    vip: '10.0.0.30',
    port: 1935,
    sourcePort: 24_000 + 2 * at + port,
    mark: 0x7f00_0000 + at,
    forward: 'dr',
  })),
);

function withVip(servers: readonly string[], paths: readonly VipPath[] = rows): Config {
  const checks = servers.map((server): CheckConfig => {
    const path = paths.find((row) => row.server === server) ?? null;
    return { server, monitor: monitor('vip', { type: 'vip' }), watches: [], alerts: [], steers: [], path };
  });
  const all = names.map((name, at) => [name, { name, address: `10.0.0.${at}`, backups: [], shared: false }] as const);
  return configuration({ servers: new Map(all), checks, paths });
}

function targetOf(server: string, config: Config) {
  return targetsOf(config)(config.checks.find((check) => check.server === server) as CheckConfig);
}

describe('whom a check asks', () => {
  it('gives a check by a virtual address all its source ports; witnesses are the servers on either side and the one farthest away', () => {
    expect(targetOf('c', withVip(names))).toEqual({
      server: 'c',
      address: '10.0.0.2',
      path: {
        vip: '10.0.0.30',
        port: 1935,
        sourcePorts: [24_004, 24_005],
        witnesses: [
          { address: '10.0.0.1', sourcePorts: [24_002, 24_003] },
          { address: '10.0.0.3', sourcePorts: [24_006, 24_007] },
          { address: '10.0.0.0', sourcePorts: [24_000, 24_001] },
        ],
      },
    });
  });

  it('takes them from the same network, however the servers are called', () => {
    const places = ['10.0.1.20', '10.0.0.9', '10.0.1.3', '10.0.0.10'];
    const paths = rows.map((row) => ({ ...row, address: places[names.indexOf(row.server)] ?? '' }));
    const config = withVip(names, paths);
    const seen = names.map((name) => targetOf(name, config).path?.witnesses.map(({ address }) => address));
    expect(seen).toEqual([
      ['10.0.0.9', '10.0.1.3', '10.0.0.10'],
      ['10.0.0.10', '10.0.1.20', '10.0.1.3'],
      ['10.0.1.20', '10.0.0.10', '10.0.0.9'],
      ['10.0.1.3', '10.0.0.9', '10.0.1.20'],
    ]);
  });

  it('never makes a server its own witness', () => {
    expect(targetOf('a', withVip(['a', 'b'])).path?.witnesses.map(({ address }) => address)).toEqual(['10.0.0.1']);
    expect(targetOf('a', withVip(['a'])).path?.witnesses).toEqual([]);
  });

  it('leaves other checks their address alone', () => {
    const config = configuration();
    const [check] = config.checks;
    expect(Object.keys(targetsOf(config)(check as CheckConfig))).toEqual(['server', 'address']);
  });
});
