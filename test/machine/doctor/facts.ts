/** Facts and needs of a director that is right, to be spoiled one at a time. */
import type { TableService } from '../../../src/core/table.ts';
import type { Facts } from '../../../src/machine/doctor/facts.ts';
import type { NeededService, Needs } from '../../../src/machine/doctor/needs.ts';

const right = {
  'net.ipv4.vs.expire_nodest_conn': '1',
  'net.ipv4.vs.expire_quiescent_template': '1',
  'net.ipv4.vs.conn_reuse_mode': '1',
  'net.ipv4.vs.sloppy_tcp': '0',
  'net.ipv4.vs.conntrack': '0',
  'net.ipv4.vs.run_estimation': '1',
  'net.ipv4.ip_forward': '0',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.eth0.rp_filter': '0',
  'net.ipv4.conf.all.accept_local': '0',
  'net.ipv4.conf.eth0.accept_local': '0',
  'net.ipv4.conf.all.send_redirects': '1',
  'net.ipv4.conf.eth0.send_redirects': '1',
};

export const playout: NeededService = {
  name: 'playout',
  at: { kind: 'fwmark', mark: 1, family: 4 },
  scheduler: 'wlc',
  persistenceS: 50,
  servers: [
    { address: '10.10.3.20', forward: 'dr' },
    { address: '10.10.3.21', forward: 'dr' },
  ],
  joins: true,
};

export function needs(change: Partial<Needs> = {}): Needs {
  return {
    configured: true,
    services: [playout],
    vips: [{ address: '10.10.3.30', mark: 1 }],
    paths: [],
    ourMarks: new Set([1]),
    backend: 'auto',
    ...change,
  };
}

export function forwarding(forward: 'nat' | 'tun'): Needs {
  return needs({ services: [{ ...playout, servers: [{ address: '10.10.3.20', forward }] }] });
}

const near = { local: false, device: 'eth0', mtu: null, routed: false };

interface Change extends Partial<Omit<Facts, 'sysctls' | 'ipvs'>> {
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly ipvs?: Partial<Facts['ipvs']>;
}

export function facts({ sysctls, ipvs, ...change }: Change = {}): Facts {
  return {
    root: true,
    kernel: '6.1.0-18-amd64',
    ipvs: {
      module: 'loaded',
      table: new Map([['fwmark:1', live(1, 10)]]),
      buckets: 4096,
      timeouts: { tcp: 900, tcpFin: 120, udp: 60 },
      syncs: false,
      ...ipvs,
    },
    schedulers: new Map([['wlc', 'loaded']]),
    programs: new Set(['ipvsadm', 'nft', 'ip']),
    installer: 'apt-get install',
    sysctls: new Map(Object.entries({ ...right, ...sysctls })),
    kept: new Map(
      ['expire_nodest_conn', 'expire_quiescent_template'].map((key) => [
        `net.ipv4.vs.${key}`,
        { value: '1', file: '/etc/sysctl.d/60-understudy.conf' },
      ]),
    ),
    devices: [
      { name: 'lo', kind: '', mtu: 65_536, up: true, addresses: [] },
      {
        name: 'eth0',
        kind: '',
        mtu: 1500,
        up: true,
        addresses: [{ address: '10.10.3.30', prefix: 32 }],
      },
    ],
    routes: new Map(['10.10.3.20', '10.10.3.21'].map((address) => [address, near])),
    vrrp: false,
    rules: 'table inet understudy {\n}\n',
    ...change,
  };
}

export function live(mark: number, activeConns: number): TableService {
  return {
    spec: { at: { kind: 'fwmark', mark, family: 4 }, scheduler: 'wlc', persistenceS: 50, persistencePrefix: 32 },
    entries: [{ address: '10.10.3.20', port: 0, forward: 'dr', weight: 1, activeConns, inactiveConns: 0 }],
  };
}
