/**
 * What both packet filters have in common: one thing at a time, nothing sent that is there already, everything read
 * back, and the text that was found to be right kept, so that the usual look is the comparison of two texts.
 */
import type { Marking } from '../core/marks.ts';
import { type ClientEdit, type ClientIndex, indexClients } from './client-index.ts';
import { limited } from './compare.ts';
import { type Difference, type PacketFilter, PacketFilterError } from './packet-filter.ts';
import { markingProblem } from './problem.ts';
import { atOnce, inSlices, type Slices } from './slices.ts';

/** One kind of packet filter, without memory. Calls come one after the other. */
export interface Kernel {
  readonly kind: PacketFilter['kind'];
  /** All that is ours, as its programs print it, without counters: the same text, the same rules. */
  read(): Promise<string>;
  differences(text: string, marking: Marking): Slices<readonly Difference[]>;
  /** All at once; after a rejection `text` is there still. */
  load(text: string, marking: Marking): Promise<void>;
  /** From what is there now to what was there before. */
  putBack(now: string, before: string): Promise<void>;
  /** The quick way; false: there is none for these. Prefix lengths are those of all clients, before and after. */
  amend(edits: readonly ClientEdit[], before: PrefixesOf, after: PrefixesOf): Promise<boolean>;
  script: PacketFilter['script'];
  clear(text: string): Promise<readonly string[]>;
  others: PacketFilter['others'];
}

export type PrefixesOf = Readonly<Record<4 | 6, readonly number[]>>;

/** What was applied last. `text` null: not read since. */
interface Known {
  marking: Marking;
  text: string | null;
  clients: ClientIndex | null;
}

export function createKernelFilter(kernel: Kernel): PacketFilter {
  let known: Known | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  const look = async (text: string, marking: Marking): Promise<readonly Difference[]> => {
    if (known?.text === text && (known.marking === marking || sameMarking(known.marking, marking))) return [];
    const differences = await inSlices(kernel.differences(text, marking));
    if (differences.length === 0) known = { marking, text, clients: null };
    return differences;
  };

  const applyWhole = async (marking: Marking): Promise<void> => {
    const problem = await inSlices(markingProblem(marking));
    if (problem !== null) throw new PacketFilterError('refused', problem);
    const before = await kernel.read();
    if ((await look(before, marking)).length === 0) return;
    known = null;
    await kernel.load(before, marking);
    const after = await kernel.read();
    const [difference, ...more] = await look(after, marking);
    if (difference === undefined) return;
    await kernel.putBack(after, before);
    const rest = more.length === 0 ? '' : ` and ${more.length} more`;
    const shown = `\`${difference.sign} ${difference.text}\`${rest}`;
    throw new PacketFilterError('unread', `${kernel.kind} took the rules and shows others: ${shown}; put back`);
  };

  /** False: nothing was done. */
  const changeQuickly = async (changes: Parameters<PacketFilter['change']>[0], marking: Marking): Promise<boolean> => {
    if (known === null || !sameRest(known.marking, marking)) return false;
    known.clients ??= await inSlices(indexClients(known.marking));
    const { clients } = known;
    const problem = atOnce(markingProblem({ ...marking, clients: changes.flatMap(plainClient) }));
    if (problem !== null) throw new PacketFilterError('refused', problem);
    const edits = clients.edits(changes);
    if (edits === null) return false;
    const prefixes = (): PrefixesOf => ({ 4: clients.prefixes(4), 6: clients.prefixes(6) });
    const before = prefixes();
    clients.apply(edits);
    const taken = known;
    // Until it is done, nothing is known for certain.
    known = null;
    if (edits.length > 0 && !(await kernel.amend(edits, before, prefixes()))) return false;
    known = { marking, text: edits.length === 0 ? taken.text : null, clients };
    return true;
  };

  return {
    kind: kernel.kind,
    apply: (marking) => inTurn(() => applyWhole(marking)),
    change: (changes, marking) =>
      inTurn(async () => {
        if (!(await changeQuickly(changes, marking))) await applyWhole(marking);
      }),
    differences: (marking) => inTurn(async () => limited(await look(await kernel.read(), marking))),
    script: (marking) => {
      const problem = atOnce(markingProblem(marking));
      if (problem !== null) throw new PacketFilterError('refused', problem);
      return kernel.script(marking);
    },
    clear: () =>
      inTurn(async () => {
        known = null;
        return kernel.clear(await kernel.read());
      }),
    others: () => inTurn(() => kernel.others()),
  };
}

function plainClient({ network, mark }: Parameters<PacketFilter['change']>[0][number]): Marking['clients'] {
  return [{ network, mark: mark ?? 1 }];
}

function sameMarking(a: Marking, b: Marking): boolean {
  if (!sameRest(a, b) || a.clients.length !== b.clients.length) return false;
  return a.clients.every((client, at) => {
    const other = b.clients[at];
    return client === other || (client.mark === other?.mark && client.network.text === other.network.text);
  });
}

function sameRest(a: Marking, b: Marking): boolean {
  if (a.groups !== b.groups && JSON.stringify(a.groups) !== JSON.stringify(b.groups)) return false;
  return a.paths === b.paths || JSON.stringify(a.paths) === JSON.stringify(b.paths);
}
