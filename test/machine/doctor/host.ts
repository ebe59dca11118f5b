/** A machine of paper: files by path, and what programs print. */
import type { Host } from '../../../src/machine/host/host.ts';
import type { Exec } from '../../../src/ports.ts';

export interface PaperHost extends Host {
  /** As they are now. */
  readonly paper: Map<string, string>;
  readonly ran: string[];
}

/** A program with null is there and fails; one that is not named is not there. */
export function paperHost(
  files: Readonly<Record<string, string>>,
  programs: Readonly<Record<string, string | null>> = {},
  uid = 0,
): PaperHost {
  const paper = new Map(Object.entries(files));
  const ran: string[] = [];
  const exec: Exec = {
    run: async (file, args) => {
      const line = [file, ...args].join(' ');
      ran.push(line);
      const said = programs[line];
      if (said === undefined) throw new Error(`cannot start ${file}: spawn ${file} ENOENT`);
      return { exitCode: said === null ? 1 : 0, stdout: said ?? '', stderr: '' };
    },
    open: () => {
      throw new Error('nothing is opened');
    },
  };
  return {
    exec,
    uid,
    paper,
    ran,
    files: {
      read: async (path) => paper.get(path) ?? null,
      exists: async (path) => paper.has(path) || [...paper.keys()].some((one) => one.startsWith(`${path}/`)),
      list: async (folder) =>
        [...paper.keys()].filter((one) => one.startsWith(`${folder}/`)).map((one) => one.slice(folder.length + 1)),
      write: async (path, text) => {
        if (path.startsWith('/proc/') && !paper.has(path)) throw new Error(`ENOENT: ${path}`);
        paper.set(path, text);
      },
      remove: async (path) => {
        paper.delete(path);
      },
    },
  };
}

const vs = '/proc/sys/net/ipv4/vs';

/** A director with the kernel's own settings: IPVS is loaded, VIP 10.10.3.30 on eth0, a mark service with persistence. */
export const directorFiles: Readonly<Record<string, string>> = {
  '/proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  '/proc/modules': 'ip_vs_wlc 16384 1 - Live 0x0\nip_vs 200704 4 ip_vs_wlc, Live 0x0\n',
  '/lib/modules/6.1.0-18-amd64/modules.builtin': 'kernel/net/netfilter/ipvs/ip_vs_sed.ko\n',
  '/proc/net/ip_vs':
    'IP Virtual Server version 1.2.1 (size=4096)\n' +
    'Prot LocalAddress:Port Scheduler Flags\n' +
    '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n' +
    'FWM  00000001 wlc persistent 12500 FFFFFFFF\n' +
    '  -> 0A0A0314:0000      Route   1      3          1\n',
  '/usr/sbin/ipvsadm': '',
  '/usr/sbin/modprobe': '',
  '/usr/sbin/nft': '',
  '/usr/bin/apt-get': '',
  [`${vs}/expire_nodest_conn`]: '0\n',
  [`${vs}/expire_quiescent_template`]: '0\n',
  [`${vs}/conn_reuse_mode`]: '1\n',
  [`${vs}/sloppy_tcp`]: '0\n',
  [`${vs}/conntrack`]: '0\n',
  [`${vs}/run_estimation`]: '1\n',
  '/proc/sys/net/ipv4/ip_forward': '0\n',
};

const eth0 = {
  ifname: 'eth0',
  flags: ['BROADCAST', 'UP'],
  mtu: 1500,
  addr_info: [
    { local: '10.10.3.2', prefixlen: 24 },
    { local: '10.10.3.30', prefixlen: 32 },
  ],
};

export const directorPrograms: Readonly<Record<string, string | null>> = {
  'ip -j -d address show': JSON.stringify([{ ifname: 'lo', flags: ['UP'], mtu: 65_536, addr_info: [] }, eth0]),
  'ip -j route get 10.10.3.20': '[{"dst":"10.10.3.20","dev":"eth0"}]',
  'ipvsadm -L --timeout': 'Timeout (tcp tcpfin udp): 900 120 300\n',
  'ipvsadm -L --daemon': '',
  'nft -t -n list ruleset': 'table ip mangle {\n chain PREROUTING {\n  tcp dport 554 meta mark set 0x00000001\n }\n}\n',
};
