/** What is marked, in a form that compares desired and actual, whichever program it was read with. */
import { describePath, describeRange, type Marking, type PacketGroup, type PortRange } from '../core/marks.ts';
import { hostPort, type Protocol } from '../core/table.ts';
import { addressKey, familyOf, networkKey } from './address-key.ts';
import { type Slices, sliceLength } from './slices.ts';

/** The mark that a packet gets: the client's, or else this one; null: none. */
export interface Target {
  readonly byClient: boolean;
  readonly mark: number | null;
}

/** The unit of comparison: one address, one protocol, one range of ports. */
export interface Slot {
  readonly interface: string | null;
  readonly vip: string;
  readonly protocol: Protocol;
  readonly range: PortRange;
  readonly target: Target;
}

/** A mark, and what carries it, as written in its source. */
export interface Marked {
  readonly text: string;
  readonly mark: number;
}

export interface Reading {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly clients: ReadonlyMap<string, Marked>;
  readonly paths: ReadonlyMap<string, Marked>;
  /** Objects with our name that we would not create, described. */
  readonly strange: readonly string[];
}

export type Families = readonly (4 | 6)[];

export function* wantedReading(marking: Marking): Slices<Reading> {
  const slots = new Map<string, Slot>();
  for (const group of plainGroups(marking)) {
    for (const slot of slotsOf(group, wideMarks(marking))) slots.set(slotKey(slot), slot);
  }
  const clients = new Map<string, Marked>();
  let count = 0;
  for (const { network, mark } of usedClients(marking)) {
    const key = networkKey(network.text.replace(/\/\d+$/, ''), network.prefix);
    clients.set(key ?? network.text, { text: network.text, mark });
    count += 1;
    if (count % sliceLength === 0) yield;
  }
  const paths = new Map(
    marking.paths.map((path) => [
      pathKey(path.vip, path.port, path.sourcePort),
      { text: describePath(path), mark: path.mark },
    ]),
  );
  return { slots, clients, paths, strange: [] };
}

/** Sorted, independent of the configuration's order, with each port once. */
export function plainGroups({ groups }: Marking): readonly PacketGroup[] {
  const plain = groups.map((group) => ({
    ...group,
    vips: group.vips.toSorted(),
    tcp: mergedRanges(group.tcp),
    udp: mergedRanges(group.udp),
  }));
  return plain.toSorted((a, b) => (groupName(a) < groupName(b) ? -1 : 1));
}

/** The address families in which virtual addresses are marked by client. */
export function clientFamilies({ groups }: Marking): Families {
  const vips = groups.filter(({ byClient }) => byClient).flatMap((group) => group.vips);
  return ([4, 6] as const).filter((family) => vips.some((vip) => familyOf(vip) === family));
}

/** Clients that go into maps and sets; a network that contains everyone is a default instead. */
export function usedClients(marking: Marking): Marking['clients'] {
  const families = clientFamilies(marking);
  return marking.clients.filter(({ network }) => network.prefix > 0 && families.includes(network.family));
}

/** The marks of `0.0.0.0/0` and `::/0`. */
export function wideMarks({ clients }: Marking): ReadonlyMap<4 | 6, number> {
  const wide = clients.filter(({ network }) => network.prefix === 0);
  return new Map(wide.map(({ network, mark }) => [network.family, mark]));
}

export function targetOf(group: PacketGroup, family: 4 | 6, wide: ReadonlyMap<4 | 6, number>): Target {
  const { byClient, mark } = group;
  return { byClient, mark: byClient ? (wide.get(family) ?? mark) : mark };
}

export function slotKey({ interface: device, vip, protocol, range }: Omit<Slot, 'target'>): string {
  return [device ?? '', addressKey(vip) ?? vip, protocol, describeRange(range)].join(' ');
}

export function pathKey(vip: string, port: number, sourcePort: number): string {
  return `${hostPort(addressKey(vip) ?? vip, port)} from ${sourcePort}`;
}

/** `1935`, `6950-7150` and, as iptables has it, `6950:7150`; null: neither. */
export function parseRange(text: string): PortRange | null {
  const match = /^(\d{1,5})(?:[-:](\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= 65_535 ? { first, last } : null;
}

export function parseMark(text: string): number | null {
  const mark = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
  return mark <= 0xffff_ffff ? mark : null;
}

export function formatMark(mark: number): string {
  return `0x${mark.toString(16)}`;
}

function* slotsOf(group: PacketGroup, wide: ReadonlyMap<4 | 6, number>): Generator<Slot> {
  for (const vip of group.vips) {
    const target = targetOf(group, familyOf(vip), wide);
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const range of group[protocol]) yield { interface: group.interface, vip, protocol, range, target };
    }
  }
}

function mergedRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return merged;
}

function groupName({ interface: device, vips, tcp, udp }: PacketGroup): string {
  return JSON.stringify([vips, device, tcp, udp]);
}
