/** Plan, apply, check and remove; each reads the host first. */

import { errorText } from '../../text.ts';
import type { Finding } from '../host/finding.ts';
import type { Host } from '../host/host.ts';
import { type Recall, readServer, recall, type ServerFacts } from './facts.ts';
import { judgePorts } from './judge-ports.ts';
import { judgeKeeping, judgeServer } from './judge-server.ts';
import { readListeners } from './listeners.ts';
import { type Memory, memoryFile, printMemory } from './memory.ts';
import { perform, SetupFault } from './perform.ts';
import { planRemoval, type Removal } from './plan-removal.ts';
import { planSetup, remember, type SetupPlan } from './plan-setup.ts';
import { readVip, type ServerRequest, type Vip, wrongFamilies } from './request.ts';
import { type Setup, setupOf } from './setup.ts';
import { differenceOf } from './steps.ts';

/** Why nothing was changed, one line each. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

export interface Prepared {
  readonly setup: Setup;
  readonly memory: Memory | null;
  readonly plan: SetupPlan;
}

export async function prepare(host: Host, request: ServerRequest): Promise<Prepared> {
  const { memory, broken } = await recall(host);
  if (broken) throw new Declined(brokenRecord);
  const setup = wholeSetup(request, memory);
  const plan = planSetup(setup, await readServer(host, setup, memory));
  return { setup, memory, plan };
}

/** Rejects with Declined, or with SetupFault if it failed midway. */
export async function applySetup(host: Host, { setup, memory, plan }: Prepared): Promise<void> {
  if (plan.refusals.length > 0) throw new Declined(plan.refusals.join('\n'));
  if (plan.steps.length === 0) return;
  // Recorded before the first change, so that `remove` always knows what may be ours.
  await writeMemory(host, remember(memory, setup, plan.steps)).catch((cause: unknown) => {
    throw new Declined(`${memoryFile}: expected to write it, got ${errorText(cause)}; nothing was changed`, { cause });
  });
  const verify = async () => {
    const [left] = planSetup(setup, await readServer(host, setup, memory)).steps;
    return left === undefined ? null : `read back, this is still missing: ${differenceOf(left).text}`;
  };
  try {
    await perform(host, plan.steps, verify);
  } catch (fault) {
    // What could not be rolled back stays recorded; extra records do no harm.
    if (fault instanceof SetupFault && fault.left.length === 0) await writeMemory(host, memory).catch(() => {});
    throw fault;
  }
}

export interface PreparedRemoval extends Removal {
  readonly was: Recall;
}

export async function prepareRemoval(host: Host, request: ServerRequest): Promise<PreparedRemoval> {
  const was = await recall(host);
  const setup = setupOf(request.vips, was.memory?.forward ?? request.forward ?? 'dr');
  const facts = await readServer(host, setup, was.memory);
  const removal = planRemoval(request.vips, setup, facts, was.memory);
  return { ...removal, leaves: was.broken ? [...removal.leaves, brokenRecord] : removal.leaves, was };
}

/** Rejects with SetupFault if it failed midway. */
export async function remove(host: Host, request: ServerRequest, removal: PreparedRemoval): Promise<void> {
  const verify = async () => {
    const [left] = (await prepareRemoval(host, request)).steps;
    return left === undefined ? null : `read back, this is still to do: ${differenceOf(left).text}`;
  };
  if (removal.steps.length > 0) await perform(host, removal.steps, verify);
  // Also if nothing is left to do: a run that was killed just before this point resumes here.
  if (!removal.was.broken) await writeMemory(host, removal.memory);
}

export async function check(host: Host, request: ServerRequest, asked: string): Promise<readonly Finding[]> {
  const { memory } = await recall(host);
  const forward = request.forward ?? memory?.forward ?? 'dr';
  const setup = setupOf(request.vips, forward);
  // The files name all requested addresses, so they are compared with those.
  const whole = setupOf(joined(request.vips, memory), forward);
  const facts: ServerFacts = await readServer(host, whole, memory);
  return [
    ...judgeServer(setup, facts),
    judgeKeeping(whole, facts, asked),
    ...judgePorts(request.vips, request.ports, await readListeners(host)),
  ];
}

const brokenRecord = `${memoryFile} cannot be read: expected the record of an earlier apply, or no such file`;

/** Includes the addresses of earlier calls: the files hold them all. */
function wholeSetup({ vips, forward }: ServerRequest, memory: Memory | null): Setup {
  const now = forward ?? memory?.forward ?? 'dr';
  if (memory !== null && memory.forward !== now) {
    const asked = memory.vips.map((vip) => `--vip ${vip}`).join(' ');
    const first = `take that away first: understudy realserver remove ${asked}`;
    throw new Declined(`this server is set up with --forward ${memory.forward}, got ${now}; ${first}`);
  }
  const all = joined(vips, memory);
  const mixed = wrongFamilies(all, now);
  if (mixed !== null) throw new Declined(mixed);
  return setupOf(all, now);
}

function joined(vips: readonly Vip[], memory: Memory | null): readonly Vip[] {
  const known = (memory?.vips ?? []).map(readVip).filter((vip): vip is Vip => typeof vip !== 'string');
  return [...known.filter(({ address }) => !vips.some((vip) => vip.address === address)), ...vips];
}

async function writeMemory({ files }: Host, memory: Memory | null): Promise<void> {
  if (memory === null) await files.remove(memoryFile);
  else await files.write(memoryFile, printMemory(memory));
}
