/** A packet filter in memory, with failures on demand. What marks packets outlives whoever set it, as in the kernel. */
import {
  type Difference,
  type PacketFilter,
  PacketFilterError,
  type PacketFilterErrorKind,
} from '../../src/classify/packet-filter.ts';
import { describeGroup, describePath, type Marking, marksNothing } from '../../src/core/marks.ts';

type Method = 'apply' | 'change' | 'differences' | 'clear' | 'others';

export interface FakePacketFilter extends PacketFilter {
  /** What the kernel has of ours; null: nothing. */
  kernel(): Marking | null;
  /** Another hand. */
  put(marking: Marking | null): void;
  /** Methods called so far, oldest first. */
  readonly calls: readonly Method[];
  /** The next `times` calls reject and change nothing. */
  fail(method: Method, message: string, options?: { times?: number; kind?: PacketFilterErrorKind }): void;
  /** Calls wait until what it returns is called. */
  hold(method: Method): () => void;
}

export function fakePacketFilter(
  kind: PacketFilter['kind'] = 'nftables',
  others: readonly string[] = [],
): FakePacketFilter {
  let kernel: Marking | null = null;
  const calls: Method[] = [];
  const orders = new Map<Method, { error: PacketFilterError; times: number }>();
  const holds = new Map<Method, Promise<void>>();
  const enter = async (method: Method): Promise<void> => {
    calls.push(method);
    await holds.get(method);
    const order = orders.get(method);
    if (order === undefined || order.times <= 0) return;
    order.times -= 1;
    throw order.error;
  };
  return {
    kind,
    calls,
    kernel: () => kernel,
    put(marking) {
      kernel = marking;
    },
    fail(method, message, { times = 1, kind: errorKind = 'refused' } = {}) {
      orders.set(method, { error: new PacketFilterError(errorKind, message), times });
    },
    hold(method) {
      let release = (): void => {};
      holds.set(method, new Promise((resolve) => (release = resolve)));
      return () => {
        holds.delete(method);
        release();
      };
    },
    async apply(marking) {
      await enter('apply');
      kernel = marksNothing(marking) ? null : marking;
    },
    async change(_, marking) {
      await enter('change');
      kernel = marking;
    },
    async differences(marking) {
      await enter('differences');
      return differencesOf(kernel, marking);
    },
    script(marking) {
      const name = kind === 'nftables' ? 'understudy.nft' : 'understudy.rules';
      const content = [...lines(marking)].map(([key, value]) => `${key} ${value}\n`).join('');
      const command = kind === 'nftables' ? `nft -f ${name}` : `iptables-restore --noflush ${name}`;
      return { files: [{ name, content }], commands: [command] };
    },
    async clear() {
      await enter('clear');
      const took =
        kernel === null
          ? []
          : [kind === 'nftables' ? 'nftables: table inet understudy' : 'iptables: chain UNDERSTUDY in mangle'];
      kernel = null;
      return took;
    },
    async others() {
      await enter('others');
      return others;
    },
  };
}

function differencesOf(kernel: Marking | null, marking: Marking): readonly Difference[] {
  const [actual, wanted] = [lines(kernel), lines(marking)];
  const missing = [...wanted].flatMap(([key, value]): Difference[] => {
    const got = actual.get(key);
    if (got === undefined) return [{ sign: '+', text: `${key} ${value}`.trim() }];
    return got === value ? [] : [{ sign: '~', text: `${key}: ${value} instead of ${got}` }];
  });
  const surplus = [...actual].filter(([key]) => !wanted.has(key));
  return [...missing, ...surplus.map(([key, value]): Difference => ({ sign: '-', text: `${key} ${value}`.trim() }))];
}

function lines(marking: Marking | null): ReadonlyMap<string, string> {
  const { groups, clients, paths } = marking ?? { groups: [], clients: [], paths: [] };
  return new Map([
    ...groups.map((group) => [`group ${describeGroup(group)}`, `mark ${group.mark ?? 'none'}`] as const),
    ...clients.map(({ network, mark }) => [`client ${network.text}`, `mark ${mark}`] as const),
    ...paths.map((path) => [`path ${describePath(path)}`, `mark ${path.mark}`] as const),
  ]);
}
