/** Judges the settings of devices, and the firewall's connection table. */
import type { Finding } from '../host/finding.ts';
import { deviceSysctl } from '../host/sysctl.ts';
import type { Facts } from './facts.ts';
import { holderOf } from './judge-addresses.ts';
import { forwardsBy, type Needs } from './needs.ts';

const noMend = { mend: null, sysctl: null } as const;

/** Only NAT forwards packets as a router does. */
export function judgeForwarding(facts: Facts, needs: Needs): readonly Finding[] {
  const addresses = forwardsBy(needs, 'nat');
  if (addresses.length === 0) return [];
  const why = 'with nat the answers of the servers are routed through this machine, and without it they are dropped';
  const families = [
    { name: 'net.ipv4.ip_forward', used: addresses.some((address) => !address.includes(':')) },
    { name: 'net.ipv6.conf.all.forwarding', used: addresses.some((address) => address.includes(':')) },
  ].filter(({ used }) => used);
  const forwarding = families.map(({ name }) => judgeValue(facts, name, '1', 'bad', why));
  const devices = [...new Set(addresses.flatMap((address) => facts.routes.get(address)?.device ?? []))];
  // The kernel sends redirects if either `all` or the device enables them (IN_DEV_ORCONF).
  const redirects = ['all', ...devices].map((device) =>
    judgeValue(
      facts,
      deviceSysctl(device, 'send_redirects'),
      '0',
      'warn',
      'where servers and clients share a network, a redirect makes the server answer past this machine, untranslated',
    ),
  );
  return [...forwarding, ...redirects];
}

function judgeValue(facts: Facts, name: string, value: string, wrong: 'bad' | 'warn', why: string): Finding {
  const found = facts.sysctls.get(name) ?? null;
  const finding = { name: name.replace(/^net\.ipv4\.(conf\.)?/, ''), wanted: value, why };
  if (found === null) return { ...finding, state: 'unknown', found: 'cannot be read', ...noMend };
  const sysctl = { name, value };
  if (found === value) return { ...finding, state: 'ok', found, mend: null, sysctl };
  return { ...finding, state: wrong, found, mend: `sysctl -w ${name}=${value}`, sysctl };
}

/** Answers arrive from the VIP, which is a local address, and packets may arrive on a device that is not their route back. */
export function judgeReturnPath(facts: Facts, needs: Needs): readonly Finding[] {
  const onPath = new Map<string, Set<string>>();
  for (const { address, vip } of needs.paths) {
    const device = facts.routes.get(address)?.device;
    // IPv6 has neither setting.
    if (device === undefined || device === 'lo' || vip.includes(':')) continue;
    onPath.set(device, (onPath.get(device) ?? new Set()).add(vip));
  }
  const findings: Finding[] = [];
  for (const [device, vips] of onPath) {
    findings.push(judgeAcceptLocal(facts, device));
    const elsewhere = [...vips].some((vip) => holderOf(facts, vip) !== device);
    if (elsewhere) findings.push(judgeFilter(facts, device, 'bad', vipElsewhereWhy));
  }
  const others = (facts.devices ?? []).map(({ name }) => name).filter((name) => name !== 'lo' && !onPath.has(name));
  const wire = new Set(forwardsBy(needs, 'tun').flatMap((address) => facts.routes.get(address)?.device ?? []));
  for (const device of others) if (wire.has(device)) findings.push(judgeFilter(facts, device, 'warn', tunnelWhy));
  return findings;
}

const vipElsewhereWhy =
  'answers from the VIP come in here while the VIP is on another device: strict mode drops them, and the VIP path looks dead';
const tunnelWhy =
  'what comes back through another device than it went out by, such as path MTU messages of servers far away, is dropped in strict mode';

function judgeAcceptLocal({ sysctls }: Facts, device: string): Finding {
  const name = deviceSysctl(device, 'accept_local');
  const [all, own] = [sysctls.get(deviceSysctl('all', 'accept_local')) ?? null, sysctls.get(name) ?? null];
  const finding = {
    name: `accept_local of ${device}`,
    wanted: '1',
    why: 'the answers to `vip` checks come from the VIP, which is an address of this machine, and are dropped as forged otherwise',
  };
  if (own === null) return { ...finding, state: 'unknown', found: 'cannot be read', ...noMend };
  const sysctl = { name, value: '1' };
  if (all === '1' || own === '1')
    return {
      ...finding,
      state: 'ok',
      found: own === '1' ? '1' : '1 by `all`',
      mend: null,
      sysctl: own === '1' ? sysctl : null,
    };
  return { ...finding, state: 'bad', found: own, mend: `sysctl -w ${name}=1`, sysctl };
}

/** The kernel uses the larger of `all` and the device, so 2 on the device means loose whatever `all` is. */
function judgeFilter({ sysctls }: Facts, device: string, wrong: 'bad' | 'warn', why: string): Finding {
  const name = deviceSysctl(device, 'rp_filter');
  const values = [sysctls.get(deviceSysctl('all', 'rp_filter')), sysctls.get(name)].map((text) => Number(text ?? 'x'));
  const finding = { name: `rp_filter of ${device}`, wanted: '0 or 2', why };
  if (values.some(Number.isNaN)) return { ...finding, state: 'unknown', found: 'cannot be read', ...noMend };
  const value = Math.max(...values);
  if (value !== 1)
    return {
      ...finding,
      state: 'ok',
      found: String(value),
      mend: null,
      sysctl: value === 2 ? { name, value: '2' } : null,
    };
  const found = values[1] === 1 ? '1 (strict)' : '1 (strict) by `all`';
  return { ...finding, state: wrong, found, mend: `sysctl -w ${name}=2`, sysctl: { name, value: '2' } };
}

/** Fractions of the table. */
const filling = { warn: 0.5, bad: 0.9 } as const;

export function judgeConntrack({ sysctls }: Facts): readonly Finding[] {
  const [count, most] = ['count', 'max'].map((key) => Number(sysctls.get(`net.netfilter.nf_conntrack_${key}`) ?? 'x'));
  const finding = {
    name: 'conntrack',
    wanted: `under ${filling.warn * 100} % full`,
    why: 'a full table of the firewall drops the packets of new viewers; flows for the VIP need no entry with dr and tun',
  };
  if (count === undefined || most === undefined || Number.isNaN(count) || Number.isNaN(most) || most <= 0)
    return [{ ...finding, state: 'ok', found: 'not in use', ...noMend }];
  const share = count / most;
  const belowBad = share >= filling.warn ? 'warn' : 'ok';
  const state = share >= filling.bad ? 'bad' : belowBad;
  const mend = state === 'ok' ? null : `sysctl -w net.netfilter.nf_conntrack_max=${most * 4}`;
  return [{ ...finding, state, found: `${count} of ${most} entries`, mend, sysctl: null }];
}
