/**
 * What both packet filters have in common: one call at a time, no change that is in place already, everything read
 * back, and the text that was verified kept, so that the routine check compares two texts.
 */
import type { Marking } from '../core/marks.ts';
import { type ClientEdit, type ClientIndex, indexClients } from './client-index.ts';
import { type Comparison, limitedDifferences } from './compare.ts';
import { type Difference, type PacketFilter, PacketFilterError, type Warn } from './packet-filter.ts';
import { markingProblem } from './problem.ts';
import { atOnce, inSlices, type Slices } from './slices.ts';

/** One kind of packet filter, stateless. Calls never overlap. */
export interface Kernel {
  readonly kind: PacketFilter['kind'];
  /** All our rules as its programs print them, without counters: the same text means the same rules. */
  read(): Promise<string>;
  compare(text: string, marking: Marking): Slices<Comparison>;
  /** Atomic; after a rejection `text` is still in place. */
  load(text: string, marking: Marking): Promise<void>;
  /** Goes from the current state back to the previous one. */
  putBack(now: string, before: string): Promise<void>;
  /** The fast path; false: it does not cover these changes. Prefix lengths are those of all clients, before and after. */
  amend(edits: readonly ClientEdit[], before: PrefixesOf, after: PrefixesOf): Promise<boolean>;
  script: PacketFilter['script'];
  clear(text: string): Promise<readonly string[]>;
  others: PacketFilter['others'];
}

export type PrefixesOf = Readonly<Record<4 | 6, readonly number[]>>;

/** The last applied state. `text` null: not read since. */
interface Known {
  marking: Marking;
  text: string | null;
  clients: ClientIndex | null;
  /** What the kernel accepted and lists in a form that this version does not know. */
  unread: readonly Difference[];
}

export function createKernelFilter(kernel: Kernel, warn: Warn = () => {}): PacketFilter {
  let known: Known | null = null;
  let warned = false;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  const warnOnce = (differences: readonly Difference[]): void => {
    if (warned) return;
    warned = true;
    const unknown = `expected rules in a known form, got ${shown(differences)}`;
    const trust = 'the rules are trusted as listed, and any later change of that text counts as an external change';
    warn(`${kernel.kind} accepted the rules, but lists them in its own form: ${unknown}; ${trust}`);
  };

  const look = async (text: string, marking: Marking): Promise<readonly Difference[]> => {
    const same = known !== null && sameMarking(known.marking, marking) ? known : null;
    if (same?.text === text) return [];
    const { differences } = await inSlices(kernel.compare(text, marking));
    if (differences.length === 0) known = { marking, text, clients: null, unread: [] };
    const news = without(differences, same?.unread ?? []);
    if (differences.length === 0 || news.length > 0) return news;
    return [{ sign: '~', text: 'rules in an unknown form: listed differently than when they were made' }];
  };

  const applyWhole = async (marking: Marking): Promise<void> => {
    const problem = await inSlices(markingProblem(marking));
    if (problem !== null) throw new PacketFilterError('refused', problem);
    const before = await kernel.read();
    if ((await look(before, marking)).length === 0) return;
    known = null;
    await kernel.load(before, marking);
    const text = await kernel.read();
    const { differences, isUnclear } = await inSlices(kernel.compare(text, marking));
    if (differences.length > 0 && !isUnclear) {
      await kernel.putBack(text, before);
      const message = `${kernel.kind} accepted the rules but lists different ones: ${shown(differences)}; rolled back`;
      throw new PacketFilterError('unread', message);
    }
    if (differences.length > 0) warnOnce(differences);
    known = { marking, text, clients: null, unread: differences };
  };

  /** False: nothing was changed. */
  const changeQuickly = async (changes: Parameters<PacketFilter['change']>[0], marking: Marking): Promise<boolean> => {
    // A change of rules that we cannot parse is only known after reading them back.
    if (known === null || known.unread.length > 0 || !sameRest(known.marking, marking)) return false;
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
    // Until this is done, the state is unknown.
    known = null;
    if (edits.length > 0 && !(await kernel.amend(edits, before, prefixes()))) return false;
    known = { marking, text: edits.length === 0 ? taken.text : null, clients, unread: [] };
    return true;
  };

  return {
    kind: kernel.kind,
    apply: (marking) => inTurn(() => applyWhole(marking)),
    change: (changes, marking) =>
      inTurn(async () => {
        if (!(await changeQuickly(changes, marking))) await applyWhole(marking);
      }),
    differences: (marking) => inTurn(async () => limitedDifferences(await look(await kernel.read(), marking))),
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

function shown([first, ...more]: readonly Difference[]): string {
  return `\`${first?.sign} ${first?.text}\`${more.length === 0 ? '' : ` and ${more.length} more`}`;
}

function without(differences: readonly Difference[], known: readonly Difference[]): readonly Difference[] {
  const old = new Set(known.map(({ sign, text }) => `${sign}${text}`));
  return differences.filter(({ sign, text }) => !old.has(`${sign}${text}`));
}

function sameMarking(a: Marking, b: Marking): boolean {
  if (a === b) return true;
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
