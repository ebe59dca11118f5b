/**
 * Our table as plain values and as input of nft(8). Clients are in one hash map per prefix length, looked up longest
 * first: a packet costs the same with 10 and with 100,000 clients, and so does a change; in an interval map a change
 * reads the whole map.
 */
import { describeRange, type Marking, marksNothing, type PacketGroup } from '../../core/marks.ts';
import { familyOf } from '../address-key.ts';
import { clientFamilies, plainGroups, targetOf, usedClients, wideMarks } from '../reading.ts';
import { type Slices, sliceLength } from '../slices.ts';

export const tableName = 'inet understudy';
/** Removes the table, whether it exists or not. */
export const noTable = `table ${tableName}\ndelete table ${tableName}\n`;

export interface NftTable {
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, NftChain>;
}

export interface NftSet {
  readonly kind: 'set' | 'map';
  readonly type: string;
  readonly flags: string;
  /** Keys as printed; in a set the value is `''`. */
  readonly elements: ReadonlyMap<string, string>;
}

export interface NftChain {
  /** null: only other chains jump to it. */
  readonly hook: string | null;
  readonly rules: readonly string[];
}

/** Prefix lengths that occur, longest first. */
export type Prefixes = Readonly<Record<4 | 6, readonly number[]>>;

const addressType = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const;
const ip = { 4: 'ip', 6: 'ip6' } as const;

/** null: no table is needed. */
export function* planTable(marking: Marking): Slices<NftTable | null> {
  if (marksNothing(marking)) return null;
  const sets = new Map<string, NftSet>();
  const chains = new Map<string, NftChain>();
  const clients = yield* clientMaps(marking);
  for (const [name, map] of clients.maps) sets.set(name, map);
  const wide = wideMarks(marking);
  const rules = plainGroups(marking).flatMap((group, at) => {
    const number = at + 1;
    for (const [name, set] of groupSets(group, number)) sets.set(name, set);
    return groupRules(group, number, wide);
  });
  if (clientFamilies(marking).length > 0) {
    chains.set('clients', { hook: null, rules: clientRules(clients.prefixes) });
  }
  if (rules.length > 0) chains.set('prerouting', { hook: baseHook('prerouting'), rules });
  const families = ([4, 6] as const).filter((family) => marking.paths.some(({ vip }) => familyOf(vip) === family));
  for (const family of families) sets.set(`paths${family}`, pathMap(marking, family));
  if (families.length > 0) {
    const lookups = families.map(
      (family) => `meta mark set ${ip[family]} daddr . tcp dport . tcp sport map @paths${family}`,
    );
    chains.set('output', { hook: baseHook('output'), rules: lookups });
  }
  return { sets, chains };
}

/** Replaces the table in one transaction, whether it exists or not. */
export function* formatTable(table: NftTable): Slices<string> {
  const sets: string[] = [];
  for (const [name, set] of table.sets) sets.push(`  ${set.kind} ${name} {\n${yield* setBody(set)}  }\n`);
  const chains = [...table.chains].map(([name, { hook, rules }]) => {
    const lines = [...(hook === null ? [] : [hook]), ...rules].map((line) => `    ${line}\n`);
    return `  chain ${name} {\n${lines.join('')}  }\n`;
  });
  return `${noTable}table ${tableName} {\n${[...sets, ...chains].join('\n')}}\n`;
}

export function clientMapName(family: 4 | 6, prefix: number): string {
  return `clients${family}_${prefix}`;
}

export function clientMapType(family: 4 | 6): string {
  return `${addressType[family]} : mark`;
}

/** A lookup without a match ends its rule, and the next rule is tried. */
export function clientRules(prefixes: Prefixes): readonly string[] {
  return ([4, 6] as const).flatMap((family) =>
    prefixes[family].map((prefix) => {
      const whole = prefix === (family === 4 ? 32 : 128);
      const key = `${ip[family]} saddr${whole ? '' : ` & ${netmask(family, prefix)}`}`;
      return `meta mark set ${key} map @${clientMapName(family, prefix)} accept`;
    }),
  );
}

export function clientElement(text: string): string {
  return text.replace(/\/\d+$/, '');
}

/** As nft prints them. */
export function nftMark(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}

function baseHook(name: 'prerouting' | 'output'): string {
  return `type filter hook ${name} priority mangle; policy accept;`;
}

function* clientMaps(marking: Marking): Slices<{ maps: ReadonlyMap<string, NftSet>; prefixes: Prefixes }> {
  const maps = new Map<string, NftSet & { readonly elements: Map<string, string> }>();
  const prefixes = { 4: new Set<number>(), 6: new Set<number>() };
  let count = 0;
  for (const { network, mark } of usedClients(marking)) {
    count += 1;
    if (count % sliceLength === 0) yield;
    const { family, prefix, text } = network;
    const name = clientMapName(family, prefix);
    const map = maps.get(name) ?? { kind: 'map', type: clientMapType(family), flags: '', elements: new Map() };
    map.elements.set(clientElement(text), nftMark(mark));
    maps.set(name, map);
    prefixes[family].add(prefix);
  }
  const longestFirst = (lengths: Set<number>) => [...lengths].sort((a, b) => b - a);
  return { maps, prefixes: { 4: longestFirst(prefixes[4]), 6: longestFirst(prefixes[6]) } };
}

function groupSets(group: PacketGroup, number: number): readonly (readonly [string, NftSet])[] {
  const addresses = ([4, 6] as const).map((family) => {
    const vips = group.vips.filter((vip) => familyOf(vip) === family);
    return [`vips${family}_${number}`, plainSet(addressType[family], '', vips)] as const;
  });
  const ports = (['tcp', 'udp'] as const).map(
    (protocol) =>
      [`${protocol}_${number}`, plainSet('inet_service', 'interval', group[protocol].map(describeRange))] as const,
  );
  return [...addresses, ...ports].filter(([, { elements }]) => elements.size > 0);
}

/** The default comes first; the mark of a listed client overwrites it. */
function groupRules(group: PacketGroup, number: number, wide: ReadonlyMap<4 | 6, number>): readonly string[] {
  const device = group.interface === null ? '' : `iifname "${group.interface}" `;
  return ([4, 6] as const).flatMap((family) => {
    if (!group.vips.some((vip) => familyOf(vip) === family)) return [];
    const { byClient, mark } = targetOf(group, family, wide);
    const set = mark === null ? '' : ` meta mark set ${nftMark(mark)}`;
    return (['tcp', 'udp'] as const)
      .filter((protocol) => group[protocol].length > 0)
      .map((protocol) => {
        const match = `${ip[family]} daddr @vips${family}_${number} ${protocol} dport @${protocol}_${number}`;
        return `${device}${match}${set}${byClient ? ' goto clients' : ''}`;
      });
  });
}

function pathMap({ paths }: Marking, family: 4 | 6): NftSet {
  const ours = paths.filter(({ vip }) => familyOf(vip) === family);
  return {
    kind: 'map',
    type: `${addressType[family]} . inet_service . inet_service : mark`,
    flags: '',
    elements: new Map(
      ours.map(({ vip, port, sourcePort, mark }) => [`${vip} . ${port} . ${sourcePort}`, nftMark(mark)]),
    ),
  };
}

function plainSet(type: string, flags: string, keys: readonly string[]): NftSet {
  return { kind: 'set', type, flags, elements: new Map(keys.map((key) => [key, ''])) };
}

function* setBody({ type, flags, elements }: NftSet): Slices<string> {
  const keys: string[] = [];
  for (const [key, value] of elements) {
    keys.push(value === '' ? key : `${key} : ${value}`);
    if (keys.length % sliceLength === 0) yield;
  }
  return [
    `    type ${type}\n`,
    flags === '' ? '' : `    flags ${flags}\n`,
    keys.length === 0 ? '' : `    elements = { ${keys.join(',\n      ')} }\n`,
  ].join('');
}

function netmask(family: 4 | 6, prefix: number): string {
  const size = family === 4 ? 8 : 16;
  const parts = Array.from({ length: family === 4 ? 4 : 8 }, (_, at) => {
    const bits = Math.min(Math.max(prefix - at * size, 0), size);
    return (2 ** size - 2 ** (size - bits)).toString(family === 4 ? 10 : 16);
  });
  return family === 4 ? parts.join('.') : shortened(parts);
}

/** Trailing zeros of an IPv6 mask are shortened: `ffff:ffff::`. */
function shortened(parts: readonly string[]): string {
  const text = parts.join(':');
  return text.replace(/(:0){2,}$/, '::');
}
