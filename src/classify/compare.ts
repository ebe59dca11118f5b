/** Describes how the kernel differs: the expected state first, then `instead of` the actual one. */
import { describeGroup, type PortRange } from '../core/marks.ts';
import { addressKey } from './address-key.ts';
import type { Difference } from './packet-filter.ts';
import type { Marked, Reading, Slot, Target } from './reading.ts';
import { type Slices, sliceLength } from './slices.ts';

export interface Comparison {
  readonly differences: readonly Difference[];
  /** All names are present; the rest may only be listed in a form that this version does not know. */
  readonly isUnclear: boolean;
}

const shown = 20;
/** If all clients are missing and there are more than this, they are counted instead of listed. */
const listed = 5;

/** All differences; `limitedDifferences` cuts the list. */
export function* compareReadings(wanted: Reading, found: Reading): Slices<readonly Difference[]> {
  const strange = found.strange.map((text): Difference => ({ sign: '-', text }));
  const head = [...slotDifferences(wanted, found), ...pathDifferences(wanted, found), ...strange];
  return [...head, ...(yield* clientDifferences(wanted.clients, found.clients))];
}

export function limitedDifferences(differences: readonly Difference[]): readonly Difference[] {
  if (differences.length <= shown) return differences;
  return [...differences.slice(0, shown), { sign: '~', text: `and ${differences.length - shown} more` }];
}

/**
 * `marks`: differences in what is marked, including anything not understood. `form`: differences in how it is marked,
 * `~` for other text; they count only where both mark the same, as for lookups in the wrong order.
 */
export function weigh(marks: readonly Difference[], form: readonly Difference[]): Comparison {
  return { differences: marks.length > 0 ? marks : form, isUnclear: form.every(({ sign }) => sign === '~') };
}

function slotDifferences(wanted: Reading, found: Reading): readonly Difference[] {
  const missing: Slot[] = [];
  const changed = new Map<string, Slot[]>();
  for (const [key, slot] of wanted.slots) {
    const there = found.slots.get(key);
    if (there === undefined) missing.push(slot);
    else if (targetText(there.target) !== targetText(slot.target)) {
      const old = targetText(there.target);
      changed.set(old, [...(changed.get(old) ?? []), slot]);
    }
  }
  const surplus = [...found.slots].filter(([key]) => !wanted.slots.has(key)).map(([, slot]) => slot);
  return [
    ...describeSlots(missing).map((text): Difference => ({ sign: '+', text })),
    ...[...changed].flatMap(([old, slots]) =>
      describeSlots(slots).map((text): Difference => ({ sign: '~', text: `${text} instead of ${old}` })),
    ),
    ...describeSlots(surplus).map((text): Difference => ({ sign: '-', text })),
  ];
}

/** Groups lines that differ only in ports, then lines that differ only in the address. */
function describeSlots(slots: readonly Slot[]): readonly string[] {
  const byVip = gathered(slots, ({ vip, interface: device, target }) =>
    JSON.stringify([addressKey(vip), device, targetText(target)]),
  );
  const ports = byVip.map((some) => ({ some, tcp: rangesOf(some, 'tcp'), udp: rangesOf(some, 'udp') }));
  const alike = gathered(ports, ({ some, tcp, udp }) =>
    JSON.stringify([some[0]?.interface, some[0] && targetText(some[0].target), tcp, udp]),
  );
  return alike.flatMap((same) => {
    const [{ some: [first] = [], tcp = [], udp = [] } = {}] = same;
    if (first === undefined) return [];
    const vips = same.flatMap(({ some }) => some[0]?.vip ?? []);
    const group = { interface: first.interface, vips, tcp, udp, byClient: false, mark: null };
    return [`${describeGroup(group)}: ${targetText(first.target)}`];
  });
}

function rangesOf(slots: readonly Slot[], protocol: Slot['protocol']): readonly PortRange[] {
  return slots.filter((slot) => slot.protocol === protocol).map(({ range }) => range);
}

function gathered<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

function targetText({ byClient, mark }: Target): string {
  if (!byClient) return `mark ${mark ?? 'none'}`;
  return mark === null ? 'mark by client' : `mark by client, else ${mark}`;
}

/** A VIP path has several source ports; one line for it is enough. */
function pathDifferences(wanted: Reading, found: Reading): readonly Difference[] {
  const lines = new Map<string, Difference>();
  const put = (difference: Difference) => lines.set(`${difference.sign}${difference.text}`, difference);
  for (const [key, { text, mark }] of wanted.paths) {
    const there = found.paths.get(key);
    if (there === undefined) put({ sign: '+', text: `path ${text}: mark ${mark}` });
    else if (there.mark !== mark) put({ sign: '~', text: `path ${text}: mark ${mark} instead of ${there.mark}` });
  }
  for (const [key, { text, mark }] of found.paths) {
    if (!wanted.paths.has(key)) put({ sign: '-', text: `path ${text}: mark ${mark}` });
  }
  return [...lines.values()];
}

function* clientDifferences(
  wanted: ReadonlyMap<string, Marked>,
  found: ReadonlyMap<string, Marked>,
): Slices<readonly Difference[]> {
  if (found.size === 0 && wanted.size > listed) return [{ sign: '+', text: `${wanted.size} clients` }];
  if (wanted.size === 0 && found.size > listed) return [{ sign: '-', text: `${found.size} clients` }];
  const differences: Difference[] = [];
  let count = 0;
  for (const [key, { text, mark }] of wanted) {
    const there = found.get(key);
    if (there === undefined) differences.push({ sign: '+', text: `client ${text}: mark ${mark}` });
    else if (there.mark !== mark) {
      differences.push({ sign: '~', text: `client ${text}: mark ${mark} instead of ${there.mark}` });
    }
    count += 1;
    if (count % sliceLength === 0) yield;
  }
  for (const [key, { text, mark }] of found) {
    if (!wanted.has(key)) differences.push({ sign: '-', text: `client ${text}: mark ${mark}` });
    count += 1;
    if (count % sliceLength === 0) yield;
  }
  return differences;
}
