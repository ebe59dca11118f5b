/** Judges the virtual addresses of a director, and its routes to the servers. */
import type { Finding } from '../host/finding.ts';
import type { Facts } from './facts.ts';
import { forwardsBy, type Needs } from './needs.ts';

const noMend = { mend: null, sysctl: null } as const;

export function judgeVips(facts: Facts, { vips }: Needs): readonly Finding[] {
  return vips.map(({ address, mark }) => {
    const holder = holderOf(facts, address);
    const route = facts.routes.get(address) ?? null;
    const finding = {
      name: `vip ${address}`,
      wanted: 'an address of this machine',
      why: 'IPVS sees only packets that are for this machine',
    };
    if (holder !== null) return { ...finding, state: 'ok', found: `on ${holder}`, ...noMend };
    if (route?.local) {
      const found = mark === null ? 'a local route' : `a local route, for mark ${mark} or all`;
      return { ...finding, state: 'ok', found, ...noMend };
    }
    if (route === null && facts.devices === null)
      return { ...finding, state: 'unknown', found: 'ip(8) is not there', ...noMend };
    if (facts.vrrp) {
      const why = 'right for a standby director: VRRP brings it here when the other one dies';
      return { ...finding, state: 'warn', found: 'not here, and VRRP runs', why, ...noMend };
    }
    const prefix = address.includes(':') ? 128 : 32;
    const mend = `ip address add ${address}/${prefix} dev ${route?.device ?? 'DEVICE'}`;
    const found = route === null ? 'not here, and no route to it' : `not here, routed by ${route.device}`;
    return { ...finding, state: 'bad', found, mend, sysctl: null };
  });
}

/** The device that has the address. */
export function holderOf({ devices }: Facts, address: string): string | null {
  const holder = devices?.find((device) => device.addresses.some((one) => one.address === address));
  return holder?.name ?? null;
}

/** With direct routing the director changes only the Ethernet address, so it must be on the server's own network. */
export function judgeNeighbours(facts: Facts, needs: Needs): readonly Finding[] {
  const asked = forwardsBy(needs, 'dr').filter((address) => facts.routes.has(address));
  const far = asked.filter((address) => facts.routes.get(address)?.routed);
  const lost = asked.filter((address) => facts.routes.get(address) === null);
  const finding = {
    name: 'servers by dr',
    wanted: 'on a network of this machine',
    why: 'packets keep the VIP as their address and reach a server by its Ethernet address alone: a router would send them back',
    ...noMend,
  };
  if (asked.length === 0 || facts.devices === null) return [];
  if (far.length > 0) {
    const why = `${finding.why}; use \`forward: tun\` for those`;
    return [{ ...finding, state: 'bad', found: `behind a router: ${some(far)}`, why }];
  }
  if (lost.length > 0) return [{ ...finding, state: 'bad', found: `no route to ${some(lost)}` }];
  return [{ ...finding, state: 'ok', found: asked.length === 1 ? 'it is' : `all ${asked.length} are` }];
}

function some(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 3).join(', ');
  return addresses.length > 3 ? `${shown} and ${addresses.length - 3} more` : shown;
}

/** Bytes of the outer header (RFC 2003, RFC 2473). */
const tunnelBytes = { 4: 20, 6: 40 } as const;
const ethernetMtu = 1500;

export function judgeTunnels(facts: Facts, needs: Needs): readonly Finding[] {
  const narrow = new Map<string, { readonly mtu: number; readonly device: string; readonly servers: string[] }>();
  let seen = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const address of forwardsBy(needs, 'tun')) {
    const route = facts.routes.get(address);
    const device = facts.devices?.find(({ name }) => name === route?.device);
    if (!route || device === undefined) continue;
    seen += 1;
    const mtu = (route.mtu ?? device.mtu) - tunnelBytes[address.includes(':') ? 6 : 4];
    least = Math.min(least, mtu);
    if (mtu >= ethernetMtu) continue;
    const key = `${device.name} ${mtu}`;
    const group = narrow.get(key) ?? { mtu, device: device.name, servers: [] };
    group.servers.push(address);
    narrow.set(key, group);
  }
  const why =
    'packets of viewers and publishers that are larger are refused with an ICMP message, which RTP senders do not heed; raise the MTU on the whole way, or keep media packets at 1400 bytes and clamp the MSS on the servers';
  const wanted = `${ethernetMtu} bytes through the tunnel`;
  if (seen > 0 && narrow.size === 0)
    return [{ name: 'mtu of tunnels', state: 'ok', found: `${least} bytes`, wanted, why, ...noMend }];
  return [...narrow.values()].map(({ mtu, device, servers }) => ({
    name: `mtu of tunnels by ${device}`,
    state: 'warn',
    found: `${mtu} bytes to ${some(servers)}`,
    wanted,
    why,
    mend: `ip link set ${device} mtu ${ethernetMtu + tunnelBytes[servers[0]?.includes(':') ? 6 : 4]}`,
    sysctl: null,
  }));
}
