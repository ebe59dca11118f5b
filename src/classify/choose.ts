/** Finds out which packet filter this host has and lets us use, by trying, without changing anything. */
import type { Marking } from '../core/marks.ts';
import type { Exec } from '../ports.ts';
import { createIptables } from './iptables/iptables.ts';
import { createNftables, loadTable, replacement } from './nftables/nftables.ts';
import { type PacketFilter, PacketFilterError, type Warn } from './packet-filter.ts';
import { createRun, type Run } from './run.ts';
import { atOnce } from './slices.ts';

export type WantedFilter = 'auto' | PacketFilter['kind'];

/** A minimal ruleset with every feature that we use. */
const sample: Marking = {
  groups: [
    {
      interface: null,
      vips: ['192.0.2.1', '2001:db8::1'],
      tcp: [{ first: 1, last: 2 }],
      udp: [{ first: 1, last: 1 }],
      byClient: true,
      mark: 1,
    },
  ],
  clients: [
    { network: { family: 4, bytes: [192, 0, 2, 0], prefix: 24, text: '192.0.2.0/24' }, mark: 1 },
    { network: { family: 6, bytes: [], prefix: 32, text: '2001:db8::/32' }, mark: 1 },
  ],
  paths: [{ server: '', address: '192.0.2.2', vip: '192.0.2.1', port: 1, sourcePort: 1, mark: 1, forward: 'dr' }],
};

/** Rejects with PacketFilterError, which says what each filter would need. */
export async function choosePacketFilter(
  exec: Exec,
  wanted: WantedFilter,
  warn: Warn = () => {},
): Promise<PacketFilter> {
  const kinds = wanted === 'auto' ? (['nftables', 'iptables'] as const) : [wanted];
  const errors: PacketFilterError[] = [];
  for (const kind of kinds) {
    try {
      return await openers[kind](exec, warn);
    } catch (error) {
      if (!(error instanceof PacketFilterError)) throw error;
      errors.push(error);
    }
  }
  const [first] = errors.toSorted((a, b) => Number(b.kind === 'permission') - Number(a.kind === 'permission'));
  const reasons = errors.map(({ message }) => message).join('; ');
  const todo = errors.every(({ kind }) => kind === 'missing') ? `; install the package ${kinds[0]}` : '';
  const programs = kinds.map((kind) => (kind === 'nftables' ? 'nft' : 'iptables')).join(' or ');
  throw new PacketFilterError(first?.kind ?? 'missing', `expected a working ${programs}: ${reasons}${todo}`, {
    cause: first,
  });
}

const openers: Readonly<Record<PacketFilter['kind'], (exec: Exec, warn: Warn) => Promise<PacketFilter>>> = {
  async nftables(exec, warn) {
    // With -c the kernel validates the whole ruleset and applies nothing.
    await loadTable(createRun(exec), 'nft', ['-c'], atOnce(replacement(sample)));
    return createNftables({ exec, warn });
  },
  async iptables(exec, warn) {
    const run = createRun(exec);
    await run('iptables-save', ['-t', 'mangle']);
    return createIptables({ exec, ipset: await workingIpset(run), warn });
  },
};

async function workingIpset(run: Run): Promise<string | null> {
  try {
    await run('ipset', ['list', '-n']);
    return 'ipset';
  } catch {
    return null;
  }
}
