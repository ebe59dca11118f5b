/** Judges IPVS itself, its schedulers, its table, and the programs that understudy runs. */
import { serviceKey } from '../../core/table.ts';
import type { Finding } from '../host/finding.ts';
import { type Facts, isPresent, type ModuleState } from './facts.ts';
import { isPathMark, type Needs } from './needs.ts';

const none = { mend: null, sysctl: null } as const;

export function judgeIpvs({ ipvs }: Facts): readonly Finding[] {
  const finding = { name: 'ipvs', wanted: 'in the kernel', why: 'it is what sends viewers to servers', ...none };
  switch (ipvs.module) {
    case 'loaded':
    case 'builtin':
      return [{ ...finding, state: 'ok', found: ipvs.module }];
    case 'loadable':
      return [
        {
          ...finding,
          state: 'warn',
          found: 'not loaded',
          why: 'its settings can be read and kept only while it is there; at boot it has to come before them',
          mend: 'modprobe ip_vs && echo ip_vs > /etc/modules-load.d/understudy.conf',
        },
      ];
    case 'missing':
      return [
        {
          ...finding,
          state: 'bad',
          found: 'not in this kernel',
          why: "without it no viewer is sent anywhere; kernels made for clouds and containers often leave it out: take the distribution's general one",
        },
      ];
    case 'unknown':
      return [
        {
          ...finding,
          state: 'bad',
          found: 'no /proc/net/ip_vs, and no modules to load it from',
          why: 'in a container it has to be loaded by the host',
          mend: 'modprobe ip_vs',
        },
      ];
    default:
      return ipvs.module satisfies never;
  }
}

export function judgeSchedulers({ schedulers }: Facts, { services }: Needs): readonly Finding[] {
  return [...schedulers].map(([name, state]) => {
    const users = services.filter(({ scheduler }) => scheduler === name).map((service) => service.name);
    const why = `${users.slice(0, 4).join(', ')}${users.length > 4 ? ' and others' : ''} cannot be made without it`;
    const finding = { name: `scheduler ${name}`, wanted: 'loadable', why, ...none };
    const judged: Readonly<Record<ModuleState, Pick<Finding, 'state' | 'found' | 'mend'>>> = {
      loaded: { state: 'ok', found: 'loaded', mend: null },
      builtin: { state: 'ok', found: 'builtin', mend: null },
      loadable: { state: 'ok', found: 'loadable', mend: null },
      missing: { state: 'bad', found: 'not in this kernel', mend: `modprobe ip_vs_${name}` },
      unknown: { state: 'unknown', found: 'no modules to look at', mend: `modprobe ip_vs_${name}` },
    };
    return { ...finding, ...judged[state] };
  });
}

export function judgePrograms({ programs, installer }: Facts, { backend, configured }: Needs): readonly Finding[] {
  const ipvsadm = programs.has('ipvsadm');
  const findings: Finding[] = [
    {
      name: 'ipvsadm',
      state: ipvsadm ? 'ok' : 'bad',
      found: ipvsadm ? 'there' : 'not there',
      wanted: 'there',
      why: 'every change of the table goes through it',
      mend: ipvsadm ? null : `${installer} ipvsadm`,
      sysctl: null,
    },
  ];
  const nft = programs.has('nft');
  const iptables = programs.has('iptables') && programs.has('iptables-restore');
  const ipset = programs.has('ipset');
  const filter = {
    name: 'packet filter',
    why: 'it gives packets the marks by which services are found; long lists of clients need ipset beside iptables',
    sysctl: null,
  };
  if (backend === 'nftables' || backend === 'iptables') {
    const right = backend === 'nftables' ? nft : iptables && ipset;
    const missing = backend === 'nftables' ? 'nftables' : missingForIptables(iptables);
    const wanted = backend === 'nftables' ? 'nft' : 'iptables and ipset';
    findings.push({
      ...filter,
      state: right ? 'ok' : 'bad',
      found: right ? wanted : `no ${missing}`,
      wanted,
      mend: right ? null : `${installer} ${missing}`,
    });
  } else if (backend === 'auto' || !configured) {
    const found = foundFilter(nft, iptables, ipset);
    const right = nft || (iptables && ipset);
    const severity = backend === 'auto' && !iptables ? 'bad' : 'warn';
    findings.push({
      ...filter,
      state: right ? 'ok' : severity,
      found,
      wanted: 'nft, or iptables and ipset',
      mend: right ? null : `${installer} nftables`,
    });
  }
  return findings;
}

/** Average connections per bucket above which each packet searches a long chain. */
const longChain = 24;

export function judgeTableSize({ ipvs }: Facts): readonly Finding[] {
  if (ipvs.buckets === null || ipvs.table === null) return [];
  const entries = [...ipvs.table.values()].flatMap((service) => service.entries);
  const conns = entries.reduce((sum, { activeConns, inactiveConns }) => sum + activeConns + inactiveConns, 0);
  const bits = Math.min(20, Math.max(12, Math.ceil(Math.log2(Math.max(1, conns)))));
  const small = conns > longChain * ipvs.buckets;
  return [
    {
      name: 'conn_tab_bits',
      state: small ? 'warn' : 'ok',
      found: `${ipvs.buckets} buckets, ${conns} connections`,
      wanted: small ? `${2 ** bits} buckets` : `up to ${longChain} connections a bucket`,
      why: 'each packet is looked up in a chain of this hash table; the size can be set only while the module loads',
      mend: small ? `echo 'options ip_vs conn_tab_bits=${bits}' > /etc/modprobe.d/understudy.conf` : null,
      sysctl: null,
    },
  ];
}

export function judgeOthers({ ipvs }: Facts, { services, configured }: Needs): readonly Finding[] {
  if (!configured || !isPresent(ipvs) || ipvs.table === null) return [];
  const ours = new Set(services.map(({ at }) => serviceKey(at)));
  const others = [...ipvs.table].filter(([key, { spec }]) => !ours.has(key) && !isPathMark(spec.at));
  const names = others.slice(0, 6).map(([key]) => key);
  return [
    {
      name: 'other services',
      state: others.length === 0 ? 'ok' : 'warn',
      found:
        others.length === 0
          ? 'none'
          : `${names.join(', ')}${others.length > 6 ? ` and ${others.length - 6} more` : ''}`,
      wanted: 'none, or meant to be there',
      why: 'another hand keeps them, or nobody does; we never touch them and nobody checks their servers',
      mend: null,
      sysctl: null,
    },
  ];
}

function missingForIptables(hasIptables: boolean): string {
  return hasIptables ? 'ipset' : 'iptables ipset';
}

function foundFilter(nft: boolean, iptables: boolean, ipset: boolean): string {
  if (nft) return 'nft';
  if (!iptables) return 'neither';
  return ipset ? 'iptables and ipset' : 'iptables without ipset';
}
