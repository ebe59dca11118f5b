/** How a video server must be set up to answer on a virtual address that the director has too. */
import { deviceSysctl } from '../host/sysctl.ts';
import type { ServerForward, Vip } from './request.ts';

export interface Setup {
  readonly forward: ServerForward;
  readonly vips: readonly Vip[];
  /** Where the addresses go. */
  readonly device: 'lo' | 'tunl0' | 'ip6tnl0';
  /** The kernel module that provides that device; null: always present. */
  readonly module: 'ipip' | 'ip6_tunnel' | null;
  /** These must not answer ARP for the VIP; empty: there is no IPv4. */
  readonly arpDevices: readonly string[];
}

/**
 * IPv6 needs the address alone: a neighbour solicitation is answered only for addresses of the device that it came
 * in by (ndisc_recv_ns() in net/ipv6/ndisc.c), where ARP is answered for every local address.
 */
export function setupOf(vips: readonly Vip[], forward: ServerForward): Setup {
  const v4 = vips.some(({ family }) => family === 4);
  const tunnel = forward === 'tun';
  if (!tunnel) return { forward, vips, device: 'lo', module: null, arpDevices: v4 ? ['all', 'lo'] : [] };
  return v4
    ? { forward, vips, device: 'tunl0', module: 'ipip', arpDevices: ['all', 'lo', 'tunl0'] }
    : { forward, vips, device: 'ip6tnl0', module: 'ip6_tunnel', arpDevices: [] };
}

export function withPrefix({ address, family }: Vip): string {
  return `${address}/${family === 4 ? 32 : 128}`;
}

/** `10.0.0.1/32 dev lo scope host`: as `ip address` takes it. Host scope: it is never the source of other traffic. */
export function addressWords(vip: Vip, device: string): readonly string[] {
  return [withPrefix(vip), 'dev', device, ...(vip.family === 4 ? ['scope', 'host'] : ['nodad'])];
}

export interface WantedSysctl {
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

/** Set before the first address: a server that has the VIP without them answers ARP for it and takes viewers from the director. */
export function wantedSysctls({ arpDevices, device }: Setup): readonly WantedSysctl[] {
  const arp = arpDevices.flatMap((name): readonly WantedSysctl[] => [
    { name: deviceSysctl(name, 'arp_ignore'), value: '1', why: arpIgnoreWhy },
    { name: deviceSysctl(name, 'arp_announce'), value: '2', why: arpAnnounceWhy },
  ]);
  if (device !== 'tunl0') return arp;
  return [...arp, { name: deviceSysctl('tunl0', 'rp_filter'), value: '2', why: rpFilterWhy }];
}

export const arpIgnoreWhy =
  'ARP is answered only for addresses of the device that was asked, so never for the VIP on lo';
export const arpAnnounceWhy = 'own ARP requests never name the VIP as their sender, which neighbours would remember';
export const rpFilterWhy =
  'unpacked packets come in by tunl0 and viewers are reached by another device, which strict mode drops; the kernel takes the larger of `all` and the device, so 2 here is loose whatever `all` says';

/**
 * The kernel takes the larger value of `all` and the device (IN_DEV_MAXCONF in include/linux/inetdevice.h). 1 and 2
 * answer for addresses of the device, 8 for none; 3 would answer for a VIP that is not of host scope.
 */
export function silencesArp(value: number): boolean {
  return value === 1 || value === 2 || value === 8;
}
