/** Reads what our chains mark, and whether they do so in the form that we would write. */
import { hostPort } from '../../core/table.ts';
import { addressKey, networkKey } from '../address-key.ts';
import type { Difference } from '../packet-filter.ts';
import { type Marked, parseMark, parseRange, pathKey, type Slot, slotKey } from '../reading.ts';
import { type Chains, clientChain, clientTarget, hooks, mainChain, pathChain } from './chains.ts';

const groupRule =
  /^-d (\S+)\/(?:32|128)(?: -i (\S+))? -p (tcp|udp) -m multiport --dports ([\d:,]+) (-j (?:MARK --set-xmark (0x[0-9a-f]+)\/0xffffffff|.*))$/;
const clientRule = /^-s (\S+)\/(\d+) -j MARK --set-xmark (0x[0-9a-f]+)\/0xffffffff$/;
const pathRule =
  /^-d (\S+)\/(?:32|128) -p tcp -m tcp --sport (\d+) --dport (\d+) -j MARK --set-xmark (0x[0-9a-f]+)\/0xffffffff$/;

/** Into maps that both families fill. */
export interface ReadInto {
  readonly slots: Map<string, Slot>;
  readonly clients: Map<string, Marked>;
  readonly paths: Map<string, Marked>;
  readonly strange: string[];
}

export function readChains({ chains }: Chains, family: 4 | 6, into: ReadInto): void {
  for (const [name, rules] of chains) {
    for (const rule of rules) {
      const understood =
        (name === mainChain && readGroup(rule, family, into.slots)) ||
        (name === clientChain && readClient(rule, into.clients)) ||
        (name === pathChain && readPath(rule, into.paths));
      if (!understood) into.strange.push(`rule in chain ${name}: \`${rule.slice(0, 160)}\``);
    }
  }
}

/** Compared only if both mark the same: a jump may be missing, or the rules in another order. */
export function chainDifferences(wanted: Chains, found: Chains, family: 4 | 6): readonly Difference[] {
  const suffix = family === 6 ? ' (IPv6)' : '';
  return [...hooks].flatMap(([name, hook]): readonly Difference[] => {
    const lines: Difference[] = [];
    const [mine, theirs] = [wanted.chains.get(name), found.chains.get(name)];
    if (mine === undefined && theirs !== undefined) lines.push({ sign: '-', text: `chain ${name}${suffix}` });
    if (mine !== undefined && theirs === undefined) lines.push({ sign: '+', text: `chain ${name}${suffix}` });
    if (mine !== undefined && theirs !== undefined && plain(mine).join('\n') !== plain(theirs).join('\n')) {
      const at = plain(mine).findIndex((rule, number) => rule !== plain(theirs)[number]);
      const expected = at === -1 ? `the end after ${mine.length} rules` : (mine[at] ?? '').slice(0, 160);
      lines.push({ sign: '~', text: `chain ${name}${suffix}: expected \`${expected}\`` });
    }
    const [want, got] = [wanted.jumps.get(name) ?? 0, found.jumps.get(name) ?? 0];
    const jump = `jump from ${hook} to ${name}${suffix}`;
    if (want > 0 && got === 0) lines.push({ sign: '+', text: jump });
    else if (want !== got) lines.push({ sign: '-', text: got - want > 1 ? `${jump}, ${got - want} times` : jump });
    return lines;
  });
}

function readGroup(rule: string, family: 4 | 6, slots: Map<string, Slot>): boolean {
  const [, vip = '', device, protocol, ports = '', target = '', markText] = groupRule.exec(rule) ?? [];
  if (protocol !== 'tcp' && protocol !== 'udp') return false;
  const mark = markText === undefined ? null : parseMark(markText);
  const byClient = target === clientTarget(family, true) || target === clientTarget(family, false);
  if (mark === null && !byClient) return false;
  for (const text of ports.split(',')) {
    const range = parseRange(text);
    if (range === null) return false;
    const slot: Slot = { interface: device ?? null, vip, protocol, range, target: { byClient, mark } };
    const key = slotKey(slot);
    const before = slots.get(key)?.target ?? { byClient: false, mark: null };
    slots.set(key, { ...slot, target: { byClient: byClient || before.byClient, mark: mark ?? before.mark } });
  }
  return true;
}

function readClient(rule: string, clients: Map<string, Marked>): boolean {
  const [, address = '', prefix = '', markText = ''] = clientRule.exec(rule) ?? [];
  const key = networkKey(address, Number(prefix));
  const mark = parseMark(markText);
  if (key === null || mark === null) return false;
  clients.set(key, { text: prefix === '32' || prefix === '128' ? address : `${address}/${prefix}`, mark });
  return true;
}

function readPath(rule: string, paths: Map<string, Marked>): boolean {
  const [, vip = '', sourcePort, port, markText = ''] = pathRule.exec(rule) ?? [];
  const mark = parseMark(markText);
  if (vip === '' || mark === null) return false;
  const text = `${hostPort(vip, Number(port))} from port ${sourcePort}`;
  paths.set(pathKey(vip, Number(port), Number(sourcePort)), { text, mark });
  return true;
}

/** Addresses in canonical form. */
function plain(rules: readonly string[]): readonly string[] {
  return rules.map((rule) =>
    rule.replace(/^(-[ds]) ([^/]+)/, (_, flag, address) => `${flag} ${addressKey(address) ?? address}`),
  );
}
