/** Indexes the clients that we put into the kernel, so that a change needs no other input than itself. */
import type { ClientOverride, Marking, Network } from '../core/marks.ts';
import { clientFamilies, usedClients } from './reading.ts';
import { type Slices, sliceLength } from './slices.ts';

/** One client, before and after; null: not listed. */
export interface ClientEdit {
  readonly network: Network;
  readonly before: number | null;
  readonly after: number | null;
}

export interface ClientIndex {
  /** The effect of the changes. null: they also affect something other than clients' own marks. */
  edits(changes: readonly ClientOverride[]): readonly ClientEdit[] | null;
  apply(edits: readonly ClientEdit[]): void;
  /** Prefix lengths that occur, longest first. */
  prefixes(family: 4 | 6): readonly number[];
}

export function* indexClients(marking: Marking): Slices<ClientIndex> {
  const families = clientFamilies(marking);
  const marks = new Map<string, number>();
  const counts = { 4: new Map<number, number>(), 6: new Map<number, number>() };
  const count = ({ family, prefix }: Network, by: number): void => {
    const left = (counts[family].get(prefix) ?? 0) + by;
    if (left === 0) counts[family].delete(prefix);
    else counts[family].set(prefix, left);
  };
  const put = (network: Network, mark: number | null): void => {
    const known = marks.has(network.text);
    if (mark === null) {
      if (marks.delete(network.text)) count(network, -1);
      return;
    }
    marks.set(network.text, mark);
    if (!known) count(network, 1);
  };
  for (const { network, mark } of usedClients(marking)) {
    put(network, mark);
    if (marks.size % sliceLength === 0) yield;
  }

  return {
    edits(changes) {
      if (changes.some(({ network }) => network.prefix === 0)) return null;
      const last = new Map(changes.map((change) => [change.network.text, change]));
      return [...last.values()]
        .filter(({ network }) => families.includes(network.family))
        .map(({ network, mark }) => ({ network, before: marks.get(network.text) ?? null, after: mark }))
        .filter(({ before, after }) => before !== after);
    },
    apply(edits) {
      for (const { network, after } of edits) put(network, after);
    },
    prefixes: (family) => [...counts[family].keys()].sort((a, b) => b - a),
  };
}
