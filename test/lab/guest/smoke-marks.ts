/** Proves that the guest's packet filters mark by client, and that the servers can be set up for each way of forwarding. */
import { ADDRESS, CLIENTS, type Cluster, VIP } from './cluster.ts';
import { must } from './program.ts';
import { PORTS } from './services.ts';

type Check = (what: string, isTrue: boolean) => void;

const [first = '', second = ''] = CLIENTS;

/** nftables where the kernel has it, else iptables with ipset. */
export const filters = process.env['LAB_KERNEL'] === 'debian' ? ['nftables', 'iptables'] : ['iptables'];

const rules: Readonly<Record<string, { readonly set: readonly string[]; readonly clear: string }>> = {
  nftables: {
    set: [
      'nft -f - <<END',
      'table inet smoke {',
      `map clients { type ipv4_addr : mark; flags interval; elements = { ${first} : 11, ${second} : 12 }; }`,
      'chain in { type filter hook prerouting priority mangle;',
      `ip daddr ${VIP} meta l4proto { tcp, udp } th dport ${PORTS.echo} meta mark set ip saddr map @clients; }`,
      '}',
      'END',
    ],
    clear: 'nft delete table inet smoke',
  },
  iptables: {
    set: [
      'ipset create smoke-11 hash:net',
      'ipset create smoke-12 hash:net',
      `ipset add smoke-11 ${first}`,
      `ipset add smoke-12 ${second}`,
      'iptables-legacy -t mangle -N smoke',
      'iptables-legacy -t mangle -A smoke -m set --match-set smoke-11 src -j MARK --set-mark 11',
      'iptables-legacy -t mangle -A smoke -m set --match-set smoke-12 src -j MARK --set-mark 12',
      `iptables-legacy -t mangle -A PREROUTING -d ${VIP} -p tcp --dport ${PORTS.echo} -j smoke`,
      `iptables-legacy -t mangle -A PREROUTING -d ${VIP} -p udp --dport ${PORTS.echo} -j smoke`,
    ],
    clear:
      'iptables-legacy -t mangle -F; iptables-legacy -t mangle -X smoke; ipset destroy smoke-11; ipset destroy smoke-12',
  },
};

export async function runSmokeOfMarks(cluster: Cluster, check: Check): Promise<void> {
  for (const server of ['edge1', 'edge2'] as const) await cluster.startServer(server, ['echo']);
  const client = cluster.client();
  const isOn = async (server: 'edge1' | 'edge2', from: string): Promise<boolean> => {
    const visits = [await client.visit('echo', from, PORTS.echo), await client.visit('udp', from, PORTS.echo)];
    return visits.every((visit) => visit.error === null && visit.server === ADDRESS[server]);
  };
  for (const [forward, flag] of [
    ['dr', '-g'],
    ['tun', '-i'],
    ['nat', '-m'],
  ] as const) {
    for (const [mark, server] of [
      ['11', 'edge1'],
      ['12', 'edge2'],
    ] as const) {
      await cluster.setUpServer(server, forward);
      await cluster.ipvsadm('-A', '-f', mark, '-s', 'rr');
      await cluster.ipvsadm('-a', '-f', mark, '-r', ADDRESS[server], flag, '-w', '1');
    }
    for (const filter of filters) {
      const { set = [], clear = '' } = rules[filter] ?? {};
      await must('sh', ['-e'], set.join('\n'));
      check(`${filter}, ${forward}: TCP and UDP of the first client on edge1`, await isOn('edge1', first));
      check(`${filter}, ${forward}: TCP and UDP of the second client on edge2`, await isOn('edge2', second));
      const stranger = await client.visit('echo', ADDRESS.client, PORTS.echo);
      check(`${filter}, ${forward}: a client without a mark on no server`, stranger.server === null);
      await must('sh', ['-e'], clear);
    }
    for (const mark of ['11', '12']) await cluster.ipvsadm('-D', '-f', mark);
  }
  for (const server of ['edge1', 'edge2'] as const) await cluster.setUpServer(server, 'dr');
}
