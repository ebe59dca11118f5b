/** Applies a plan to the kernel, and rolls back if it fails midway. */
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import { describeCommand } from '../core/plan.ts';
import { type Command, serviceKey, type Table } from '../core/table.ts';
import { errorText } from '../text.ts';
import type { Kernel, Remembered } from './kernel.ts';
import { batchesOf, changesNothing, planBack, type StatePlan, tableCommands } from './plan.ts';
import { type Look, lookAtState } from './read.ts';

export type Applied = { readonly done: true } | Failed;

export interface Failed {
  readonly done: false;
  /** What failed, in one line. */
  readonly cause: string;
  /** Commands that rolled back what had been applied. */
  readonly rolledBack: readonly string[];
  /** What is in neither the old nor the desired state, one clause each; empty: everything is as before. */
  readonly left: readonly string[];
}

const someCount = 8;

/**
 * `shown`: the plan that the operator confirmed; if the current plan differs, nothing is done. Services come before
 * the marks that lead to them, so that no mark leads nowhere. An abort takes effect between steps.
 */
export async function applyState(
  config: Config,
  kernel: Kernel,
  remembered: Remembered,
  shown: StatePlan,
  signal: AbortSignal,
): Promise<Applied> {
  const look = await lookAtState(config, kernel, remembered);
  if (!samePlan(look.plan, shown)) {
    return failed('the kernel was changed since the plan was shown: expected the same plan, got another; plan again');
  }
  const given: Command[] = [];
  try {
    for (const batch of batchesOf(tableCommands(look.plan))) {
      refuseIfAborted(signal);
      given.push(...batch);
      await kernel.balancer.apply(batch);
    }
    refuseIfAborted(signal);
    // The packet filter applies everything or nothing.
    if (look.plan.marks.length > 0) await look.filter?.apply(look.desired.marking);
  } catch (error) {
    const back = await rollBack(kernel, given, look.table, errorText(error));
    return { ...back, left: [...back.left, ...(await movedMarks(look))] };
  }
  return finish(config, kernel, remembered, look);
}

/** From here on nothing is rolled back: the desired state is in place. */
async function finish(config: Config, kernel: Kernel, remembered: Remembered, look: Look): Promise<Applied> {
  try {
    for (const filter of look.stale) await takeAway(filter);
    const { plan } = await lookAtState(config, kernel, remembered);
    if (changesNothing(plan)) return { done: true };
    const rules = [...plan.marks, ...plan.leftovers.flatMap((leftover) => leftover.rules)];
    const again = [...tableCommands(plan).map(describe), ...rules.map(({ sign, text }) => `${sign} ${text}`)];
    return failed('all was applied, but something else keeps changing it', [`to do again: ${someOf(again)}`]);
  } catch (error) {
    return failed(errorText(error), ['all else was done']);
  }
}

async function takeAway(filter: PacketFilter): Promise<void> {
  try {
    await filter.clear();
  } catch (cause) {
    throw new Error(`the rules left in ${filter.kind} could not be taken away: ${errorText(cause)}`, { cause });
  }
}

/** The outcome in one line: what failed, what was rolled back, what could not be. */
export function describeFailure({ cause, rolledBack, left }: Failed): string {
  const back = rolledBack.length === 0 ? [] : [`rolled back with ${someOf(rolledBack)}`];
  const end = rolledBack.length === 0 ? 'nothing was changed' : 'all is as it was before';
  return [`apply failed: ${cause}`, ...back, ...(left.length === 0 ? [end] : left)].join('; ');
}

/** A packet filter that refused should be unchanged; if it is not, that is reported. */
async function movedMarks({ filter, desired, plan }: Look): Promise<readonly string[]> {
  try {
    const now = (await filter?.differences(desired.marking)) ?? [];
    const same = JSON.stringify(now) === JSON.stringify(plan.marks);
    return same ? [] : [`the packet filter (${filter?.kind}) is not as it was`];
  } catch (error) {
    return [`the packet filter cannot be read, so it may not be as it was: ${errorText(error)}`];
  }
}

async function rollBack(
  { balancer }: Kernel,
  given: readonly Command[],
  before: Table,
  cause: string,
): Promise<Failed> {
  let undo: readonly Command[] = [];
  try {
    undo = planBack(given, before, await balancer.read());
    if (undo.length === 0) return failed(cause);
    for (const batch of batchesOf(undo)) await balancer.apply(batch);
    return { ...failed(cause), rolledBack: undo.map(describe) };
  } catch (error) {
    const problem = `the way back failed too: ${errorText(error)}`;
    try {
      const left = planBack(given, before, await balancer.read());
      const isLeft = new Set(left.map(describe));
      const rolledBack = undo.map(describe).filter((text) => !isLeft.has(text));
      return {
        done: false,
        cause: `${cause}; ${problem}`,
        rolledBack,
        left: [`still to be rolled back: ${someOf([...isLeft])}`],
      };
    } catch {
      return failed(`${cause}; ${problem}`, [
        'the table cannot be read, so what is left to be rolled back is not known',
      ]);
    }
  }
}

function failed(cause: string, left: readonly string[] = []): Failed {
  return { done: false, cause, rolledBack: [], left };
}

function samePlan(one: StatePlan, other: StatePlan): boolean {
  const facts = (plan: StatePlan) => JSON.stringify([tableCommands(plan), plan.marks, plan.leftovers]);
  return facts(one) === facts(other);
}

function refuseIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Error('interrupted');
}

function describe(command: Command): string {
  const text = describeCommand(command);
  return 'entry' in command ? `${text} in ${serviceKey(command.service)}` : text;
}

/** Shortens a list to fit one line. */
function someOf(texts: readonly string[]): string {
  const shown = texts.slice(0, someCount).join(', ');
  return texts.length > someCount ? `${shown} and ${texts.length - someCount} more` : shown;
}
