/** Everything of ours in iptables and ipset as plain values, actual or desired. */
import { type Marking, marksNothing } from '../../core/marks.ts';
import { familyOf } from '../address-key.ts';
import { type Comparison, compareReadings, weigh } from '../compare.ts';
import type { Difference } from '../packet-filter.ts';
import { clientFamilies, type Marked, type Reading, wantedReading } from '../reading.ts';
import type { Slices } from '../slices.ts';
import { type Chains, noChains, planChains, setName } from './chains.ts';
import { parseOwnLines, type SavedChains } from './parse-save.ts';
import { chainDifferences, readChains } from './read-chains.ts';
import { type ClientSet, parseSet, spareName } from './sets.ts';

export interface State {
  readonly chains: Readonly<Record<4 | 6, Chains>>;
  /** Clients by the set's name. */
  readonly sets: ReadonlyMap<string, ReadonlyMap<string, Marked>>;
}

export interface ReadState extends State {
  readonly chains: Readonly<Record<4 | 6, SavedChains>>;
  readonly read: ReadonlyMap<string, ClientSet>;
  /** Left over from a process that was killed midway. */
  readonly spares: readonly string[];
}

export const setNames: readonly string[] = ([4, 6] as const).flatMap((family) => [
  setName(family),
  spareName(setName(family)),
]);
export const nothing: State = { chains: { 4: noChains, 6: noChains }, sets: new Map() };

/** Separates the parts of the compared text. */
const separator = '\f';

/** `''`: there is nothing of ours. `sets`: the output of `ipset save`, by name. */
export function stateText(own: Readonly<Record<4 | 6, string>>, sets: ReadonlyMap<string, string>): string {
  if (own[4] === '' && own[6] === '' && sets.size === 0) return '';
  return [own[4], own[6], ...[...sets].map(([name, saved]) => `${name}\n${saved}`)].join(separator);
}

export function* parseState(text: string): Slices<ReadState> {
  const [own4 = '', own6 = '', ...parts] = text.split(separator);
  const read = new Map<string, ClientSet>();
  const spares: string[] = [];
  for (const part of parts) {
    const [name = ''] = part.split('\n', 1);
    if (name.endsWith(spareName(''))) spares.push(name);
    else read.set(name, yield* parseSet(part.slice(name.length + 1), name));
  }
  return {
    chains: { 4: parseOwnLines(own4), 6: parseOwnLines(own6) },
    sets: new Map([...read].map(([name, { clients }]) => [name, clients])),
    read,
    spares,
  };
}

/** `withSets`: clients are kept in ipsets. */
export function* planState(marking: Marking, withSets: boolean): Slices<State> {
  if (marksNothing(marking)) return nothing;
  const chains = { 4: planChains(marking, 4, withSets), 6: planChains(marking, 6, withSets) };
  const sets = new Map<string, Map<string, Marked>>();
  if (!withSets) return { chains, sets };
  for (const family of clientFamilies(marking)) sets.set(setName(family), new Map());
  const { clients } = yield* wantedReading(marking);
  for (const [key, client] of clients) sets.get(setName(familyOf(client.text)))?.set(key, client);
  return { chains, sets };
}

export function* compareState(text: string, marking: Marking, withSets: boolean): Slices<Comparison> {
  const state = yield* parseState(text);
  const reading = readState(state);
  const marks = yield* compareReadings(yield* wantedReading(marking), reading);
  if (marks.length > 0 && reading.strange.length === 0) return { differences: marks, isUnclear: false };
  return weigh(marks, formDifferences(yield* planState(marking, withSets), state));
}

function formDifferences(wanted: State, state: ReadState): readonly Difference[] {
  return [
    ...chainDifferences(wanted.chains[4], state.chains[4], 4),
    ...chainDifferences(wanted.chains[6], state.chains[6], 6),
    ...[...wanted.sets.keys()]
      .filter((name) => !state.sets.has(name))
      .map((name): Difference => ({ sign: '+', text: `set ${name}` })),
    ...[...state.sets.keys()]
      .filter((name) => !wanted.sets.has(name))
      .map((name): Difference => ({ sign: '-', text: `set ${name}` })),
    ...state.spares.map((name): Difference => ({ sign: '-', text: `set ${name}, left behind` })),
  ];
}

function readState({ chains, read }: ReadState): Reading {
  const into = { slots: new Map(), clients: new Map<string, Marked>(), paths: new Map(), strange: [] as string[] };
  readChains(chains[4], 4, into);
  readChains(chains[6], 6, into);
  for (const [name, { clients, wrongType, strange }] of read) {
    for (const [key, client] of clients) into.clients.set(key, client);
    if (wrongType !== null) into.strange.push(`set ${name} of the kind \`${wrongType}\``);
    into.strange.push(...strange);
  }
  return into;
}
