/** Our chains in the table mangle as plain values, in the form that iptables-save prints. */
import { describeRange, type Marking, type PacketGroup, type PortRange } from '../../core/marks.ts';
import { familyOf } from '../address-key.ts';
import { formatMark, plainGroups, targetOf, usedClients, wideMarks } from '../reading.ts';

/** The chains of one family, IPv4 or IPv6. */
export interface Chains {
  /** Rules by chain name, without `-A NAME`. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** How often each built-in chain jumps to ours. */
  readonly jumps: ReadonlyMap<string, number>;
}

export const mainChain = 'UNDERSTUDY';
export const clientChain = 'UNDERSTUDY-CLIENTS';
export const pathChain = 'UNDERSTUDY-OUT';
/** The built-in chain that jumps here; none for the chain that only ours jump to. */
export const hooks: ReadonlyMap<string, string | null> = new Map([
  [mainChain, 'PREROUTING'],
  [clientChain, null],
  [pathChain, 'OUTPUT'],
]);
export const noChains: Chains = { chains: new Map(), jumps: new Map() };

/** The limit of multiport; a range counts as two. */
const portsPerRule = 15;

/** `sets`: true if clients are in an ipset, false if each is a rule. */
export function planChains(marking: Marking, family: 4 | 6, sets: boolean): Chains {
  const groups = plainGroups(marking).filter(({ vips }) => vips.some((vip) => familyOf(vip) === family));
  const paths = marking.paths.filter(({ vip }) => familyOf(vip) === family);
  const wide = wideMarks(marking);
  const chains = new Map<string, readonly string[]>();
  if (groups.length > 0) {
    chains.set(
      mainChain,
      groups.flatMap((group) => groupRules(group, family, wide, sets)),
    );
  }
  if (!sets && groups.some(({ byClient }) => byClient)) chains.set(clientChain, clientRules(marking, family));
  if (paths.length > 0) {
    chains.set(
      pathChain,
      paths.map(
        ({ vip, port, sourcePort, mark }) =>
          `-d ${host(vip)} -p tcp -m tcp --sport ${sourcePort} --dport ${port} ${markTarget(mark)}`,
      ),
    );
  }
  return { chains, jumps: new Map([...chains.keys()].filter((name) => hooks.get(name)).map((name) => [name, 1])) };
}

/** Input for `iptables-restore --noflush`, which applies all of it or nothing. null: nothing to do. */
export function restoreText(from: Chains, to: Chains): string | null {
  const removed: string[] = [];
  const added: string[] = [];
  for (const [name, hook] of hooks) {
    if (hook === null) continue;
    const jump = `${hook} -j ${name}\n`;
    const more = (to.jumps.get(name) ?? 0) - (from.jumps.get(name) ?? 0);
    removed.push(`-D ${jump}`.repeat(Math.max(0, -more)));
    added.push(`-A ${jump}`.repeat(Math.max(0, more)));
  }
  const changed = [...to.chains].filter(([name, rules]) => !sameRules(from.chains.get(name), rules));
  const gone = [...from.chains.keys()].filter((name) => !to.chains.has(name));
  // Naming a chain creates or flushes it.
  const named = [...changed.map(([name]) => name), ...gone].map((name) => `:${name} - [0:0]\n`);
  const rules = changed.flatMap(([name, list]) => list.map((rule) => `-A ${name} ${rule}\n`));
  const body = [...named, ...removed, ...rules, ...added, ...gone.map((name) => `-X ${name}\n`)].join('');
  return body === '' ? null : `*mangle\n${body}COMMIT\n`;
}

export function setName(family: 4 | 6): string {
  return `understudy${family}`;
}

export function markTarget(mark: number): string {
  return `-j MARK --set-xmark ${formatMark(mark)}/0xffffffff`;
}

export function clientTarget(family: 4 | 6, sets: boolean): string {
  return sets ? `-j SET --map-set ${setName(family)} src --map-mark` : `-j ${clientChain}`;
}

/** The default comes first; the mark of a listed client overwrites it. */
function groupRules(
  group: PacketGroup,
  family: 4 | 6,
  wide: ReadonlyMap<4 | 6, number>,
  sets: boolean,
): readonly string[] {
  const { byClient, mark } = targetOf(group, family, wide);
  const targets = [...(mark === null ? [] : [markTarget(mark)]), ...(byClient ? [clientTarget(family, sets)] : [])];
  const device = group.interface === null ? '' : ` -i ${group.interface}`;
  return group.vips
    .filter((vip) => familyOf(vip) === family)
    .flatMap((vip) =>
      (['tcp', 'udp'] as const).flatMap((protocol) =>
        portLists(group[protocol]).flatMap((ports) =>
          targets.map((target) => `-d ${host(vip)}${device} -p ${protocol} -m multiport --dports ${ports} ${target}`),
        ),
      ),
    );
}

/** The last mark wins, so the longest prefix comes last. */
function clientRules(marking: Marking, family: 4 | 6): readonly string[] {
  const clients = usedClients(marking).filter(({ network }) => network.family === family);
  return clients
    .toSorted((a, b) => a.network.prefix - b.network.prefix || (a.network.text < b.network.text ? -1 : 1))
    .map(({ network, mark }) => `-s ${network.text.replace(/\/\d+$/, '')}/${network.prefix} ${markTarget(mark)}`);
}

function portLists(ranges: readonly PortRange[]): readonly string[] {
  const lists: string[][] = [];
  let room = 0;
  for (const range of ranges) {
    const size = range.first === range.last ? 1 : 2;
    if (size > room) {
      lists.push([]);
      room = portsPerRule;
    }
    lists.at(-1)?.push(describeRange(range).replace('-', ':'));
    room -= size;
  }
  return lists.map((list) => list.join(','));
}

function host(address: string): string {
  return `${address}/${familyOf(address) === 4 ? 32 : 128}`;
}

function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a?.length === b.length && b.every((rule, at) => rule === a[at]);
}
