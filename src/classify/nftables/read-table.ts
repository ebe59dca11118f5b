/** Reads what a table marks, and whether it does so in the form that we would write. */
import type { PortRange } from '../../core/marks.ts';
import { hostPort } from '../../core/table.ts';
import { addressKey, networkKey } from '../address-key.ts';
import type { Difference } from '../packet-filter.ts';
import { type Marked, parseMark, parseRange, pathKey, type Reading, type Slot, slotKey } from '../reading.ts';
import { type Slices, sliceLength } from '../slices.ts';
import type { ParsedTable } from './parse-table.ts';
import { clientRules, type NftSet, type NftTable, type Prefixes } from './table.ts';

const groupRule =
  /^(?:iifname "([^"]*)" )?(ip6?) daddr @(vips[46]_\d+) (tcp|udp) dport @((?:tcp|udp)_\d+)(?: meta mark set (0x[0-9a-f]{8}))?( goto clients)?$/;
const pathRule = /^meta mark set ip6? daddr \. tcp dport \. tcp sport map @paths([46])$/;
const pathElement = /^(\S+) \. (\d+) \. (\d+)$/;
const ownSet = /^(?:vips[46]_\d+|(?:tcp|udp)_\d+|clients([46])_(\d+)|paths[46])$/;

export function* readTable(table: ParsedTable | null): Slices<Reading> {
  const slots = new Map<string, Slot>();
  const clients = new Map<string, Marked>();
  const paths = new Map<string, Marked>();
  const strange = [...(table?.strange ?? [])].map((line) => `\`${quoted(line)}\``);
  const reading: Reading = { slots, clients, paths, strange };
  if (table === null) return reading;

  for (const [name, { rules }] of table.chains) {
    const known = name === 'clients' ? new Set(clientRules(prefixesOf(table))) : null;
    for (const rule of rules) {
      const understood =
        known?.has(rule) ||
        (name === 'prerouting' && readGroup(rule, table, slots)) ||
        (name === 'output' && readPaths(rule, table, paths));
      if (!understood) strange.push(`rule in chain ${name}: \`${quoted(rule)}\``);
    }
    if (!['clients', 'prerouting', 'output'].includes(name)) strange.push(`chain ${name}`);
  }
  let count = 0;
  for (const [name, set] of table.sets) {
    const [whole, family, prefix] = ownSet.exec(name) ?? [];
    if (whole === undefined) strange.push(`${set.kind} ${name}`);
    if (family === undefined) continue;
    for (const [address, value] of set.elements) {
      const key = networkKey(address, Number(prefix));
      const mark = parseMark(value);
      const text = prefix === '32' || prefix === '128' ? address : `${address}/${prefix}`;
      if (key === null || mark === null) strange.push(`element of ${name}: \`${quoted(`${address} : ${value}`)}\``);
      else clients.set(key, { text, mark });
      count += 1;
      if (count % sliceLength === 0) yield;
    }
  }
  return reading;
}

/** `+` for missing names, `-` for extra names, `~` for different text. */
export function formDifferences(wanted: NftTable | null, found: ParsedTable | null): readonly Difference[] {
  if (wanted === null || found === null) {
    return wanted === found ? [] : [{ sign: wanted === null ? '-' : '+', text: 'table inet understudy' }];
  }
  return [
    ...differing(wanted.chains, found.chains, 'chain', (chain) => `${chain.hook ?? ''}\n${chain.rules.join('\n')}`),
    ...differing(wanted.sets, found.sets, 'set', ({ kind, type, flags }) => `${kind} ${type} ${flags}`),
  ];
}

export function prefixesOf(table: NftTable): Prefixes {
  const prefixes = { 4: [] as number[], 6: [] as number[] };
  for (const name of table.sets.keys()) {
    const [, family, prefix] = ownSet.exec(name) ?? [];
    if (family !== undefined) prefixes[family === '4' ? 4 : 6].push(Number(prefix));
  }
  for (const lengths of Object.values(prefixes)) lengths.sort((a, b) => b - a);
  return prefixes;
}

function differing<T>(
  wanted: ReadonlyMap<string, T>,
  found: ReadonlyMap<string, T>,
  what: string,
  formOf: (one: T) => string,
): readonly Difference[] {
  const names = [...new Set([...wanted.keys(), ...found.keys()])];
  return names.flatMap((name): readonly Difference[] => {
    const [mine, theirs] = [wanted.get(name), found.get(name)];
    if (mine === undefined) return [{ sign: '-', text: `${what} ${name}` }];
    if (theirs === undefined) return [{ sign: '+', text: `${what} ${name}` }];
    if (formOf(mine) === formOf(theirs)) return [];
    return [{ sign: '~', text: `${what} ${name}: expected \`${firstOf(mine, theirs, formOf)}\`` }];
  });
}

/** The first line of `mine` that `theirs` does not have in its place. */
function firstOf<T>(mine: T, theirs: T, formOf: (one: T) => string): string {
  const there = formOf(theirs).split('\n');
  const lines = formOf(mine).split('\n');
  const at = lines.findIndex((line, number) => line !== there[number]);
  return at === -1 ? `the end after ${quoted(lines.at(-1) ?? '')}` : quoted(lines[at] ?? '');
}

function readGroup(rule: string, table: NftTable, slots: Map<string, Slot>): boolean {
  const [whole, device, , vipsName = '', protocol, portsName = '', markText, goto] = groupRule.exec(rule) ?? [];
  const vips = table.sets.get(vipsName);
  const ranges = readRanges(table.sets.get(portsName));
  if (whole === undefined || vips === undefined || ranges === null) return false;
  if (protocol !== 'tcp' && protocol !== 'udp') return false;
  const target = { byClient: goto !== undefined, mark: markText === undefined ? null : parseMark(markText) };
  if (!target.byClient && target.mark === null) return false;
  if ([...vips.elements].some(([vip, value]) => addressKey(vip) === null || value !== '')) return false;
  for (const vip of vips.elements.keys()) {
    for (const range of ranges) {
      const slot: Slot = { interface: device ?? null, vip, protocol, range, target };
      slots.set(slotKey(slot), slot);
    }
  }
  return true;
}

function readRanges(set: NftSet | undefined): readonly PortRange[] | null {
  if (set === undefined) return null;
  const ranges = [...set.elements.keys()].map(parseRange);
  return ranges.every((range) => range !== null) ? ranges : null;
}

function readPaths(rule: string, table: NftTable, paths: Map<string, Marked>): boolean {
  const map = table.sets.get(`paths${pathRule.exec(rule)?.[1]}`);
  if (map === undefined) return false;
  for (const [element, value] of map.elements) {
    const [, vip, port, sourcePort] = pathElement.exec(element) ?? [];
    const mark = parseMark(value);
    if (vip === undefined || mark === null) return false;
    const text = `${hostPort(vip, Number(port))} from port ${sourcePort}`;
    paths.set(pathKey(vip, Number(port), Number(sourcePort)), { text, mark });
  }
  return true;
}

function quoted(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}
