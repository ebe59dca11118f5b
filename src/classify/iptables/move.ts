/**
 * Moves chains and sets from one state to another. The kernel applies each set, and the rules of each family,
 * atomically, but not all of them together: what was done before a refusal is undone.
 */

import { errorText } from '../../text.ts';
import { PacketFilterError } from '../packet-filter.ts';
import type { Marked } from '../reading.ts';
import type { Run } from '../run.ts';
import { inSlices } from '../slices.ts';
import { type Chains, restoreText } from './chains.ts';
import type { Programs } from './programs.ts';
import { fillText, spareName, swapText } from './sets.ts';
import type { ReadState, State } from './state.ts';

/** The kernel frees removed rules with a short delay, and refuses to destroy a set until then. */
const destroyAttempts = 10;

export async function moveState(run: Run, programs: Programs, from: ReadState, to: State): Promise<void> {
  const problem = moveProblem(from, to);
  if (problem !== null) throw new PacketFilterError('refused', problem);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const spare of from.spares) await destroySet(run, programs, spare);
    for (const [name, clients] of to.sets) {
      const present = from.sets.get(name);
      if (present !== undefined && sameClients(present, clients)) continue;
      const back = await fillSet(run, programs, name, clients, present !== undefined);
      undo.push(back);
    }
    for (const family of [4, 6] as const) {
      const [before, after] = [from.chains[family], to.chains[family]];
      if (await restore(run, programs, family, before, after)) {
        undo.push(() => restore(run, programs, family, after, before));
      }
    }
  } catch (error) {
    throw await undone(error, undo);
  }
  const replaced = [...to.sets.keys()].filter((name) => from.sets.has(name)).map(spareName);
  const gone = [...from.sets.keys()].filter((name) => !to.sets.has(name));
  const left = programs.ipset === null ? '' : await run(programs.ipset, ['list', '-n']);
  const there = new Set(left.split('\n'));
  // A set that remains is noticed when everything is read back.
  for (const name of [...replaced, ...gone]) if (there.has(name)) await destroySet(run, programs, name).catch(() => {});
}

function moveProblem(from: ReadState, to: State): string | null {
  for (const [name, { wrongType }] of from.read) {
    if (wrongType !== null && to.sets.has(name)) {
      return `set ${name}: expected \`hash:net ... skbinfo\`, got \`${wrongType}\`; \`understudy clear\` takes it away`;
    }
  }
  for (const family of [4, 6] as const) {
    const gone = [...from.chains[family].chains.keys()].filter((name) => !to.chains[family].chains.has(name));
    const visitor = from.chains[family].visitors.find((rule) => gone.some((name) => rule.includes(` ${name}`)));
    if (visitor !== undefined) {
      return `expected no rule of others to lead into our chains, got \`${visitor}\`; delete it first`;
    }
  }
  return null;
}

async function restore(run: Run, programs: Programs, family: 4 | 6, from: Chains, to: Chains): Promise<boolean> {
  const text = restoreText(from, to);
  if (text === null) return false;
  // Seconds to wait for another program that holds the lock.
  await run(programs[family].restore, ['-w', '5', '--noflush'], text);
  return true;
}

/** Resolves to the rollback. */
async function fillSet(
  run: Run,
  { ipset }: Programs,
  name: string,
  clients: ReadonlyMap<string, Marked>,
  replaces: boolean,
): Promise<() => Promise<unknown>> {
  if (ipset === null) throw new PacketFilterError('missing', 'no ipset: expected it for a set of clients');
  const made = replaces ? spareName(name) : name;
  const remove = () => run(ipset, ['destroy', made]);
  try {
    await run(ipset, ['restore'], await inSlices(fillText(name, clients, replaces)));
  } catch (error) {
    throw await undone(error, [remove]);
  }
  return async () => {
    if (replaces) await run(ipset, ['restore'], swapText(name));
    await remove();
  };
}

async function destroySet(run: Run, { ipset }: Programs, name: string): Promise<void> {
  if (ipset === null) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run(ipset, ['destroy', name]);
      return;
    } catch (error) {
      if (attempt === destroyAttempts) throw error;
    }
  }
}

/** The error to throw after the attempt to undo everything. */
async function undone(error: unknown, undo: readonly (() => Promise<unknown>)[]): Promise<unknown> {
  const failures: string[] = [];
  for (const step of undo.toReversed()) {
    await step().catch((reason: unknown) => failures.push(errorText(reason)));
  }
  if (failures.length === 0 || !(error instanceof PacketFilterError)) return error;
  const message = `${error.message}; not put back: ${failures.join('; ')}`;
  return new PacketFilterError(error.kind, message, { cause: error });
}

function sameClients(a: ReadonlyMap<string, Marked>, b: ReadonlyMap<string, Marked>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, { mark }] of a) if (b.get(key)?.mark !== mark) return false;
  return true;
}
