/** Reads the declared state and the kernel's once, and plans the changes between them. */
import { BalancerError } from '../balancer/balancer.ts';
import { type PacketFilter, PacketFilterError } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import { type Marking, marksNothing } from '../core/marks.ts';
import type { ServiceAddress, Table } from '../core/table.ts';
import { type DesiredState, desireState } from './desired.ts';
import type { Kernel, Remembered } from './kernel.ts';
import { ownAddresses } from './ours.ts';
import { type Leftover, planState, type StatePlan } from './plan.ts';

export interface Look {
  readonly desired: DesiredState;
  readonly table: Table;
  readonly plan: StatePlan;
  /** null: this host has none, and none is needed. */
  readonly filter: PacketFilter | null;
  /** Filters with leftovers of ours. */
  readonly stale: readonly PacketFilter[];
  /** Packet filters that may still hold rules of ours, one line each. */
  readonly unseen: readonly string[];
}

export const noMarks: Marking = { groups: [], clients: [], paths: [] };

/** Rejects with BalancerError or PacketFilterError. Changes nothing. */
export async function lookAtState(config: Config, kernel: Kernel, remembered: Remembered): Promise<Look> {
  const table = await readTable(ownAddresses(config), kernel);
  const desired = desireState(config, table, remembered);
  const filter = await findFilter(kernel, marksNothing(desired.marking));
  const marks = (await filter?.differences(desired.marking)) ?? [];
  const { filters, unseen } = await kernel.allFilters();
  const stale = await leftoversOf(filters.filter(({ kind }) => kind !== filter?.kind));
  const leftovers = stale.map(({ leftover }) => leftover);
  const plan = planState(desired, { table, marks, leftovers });
  return { desired, table, plan, filter, stale: stale.map((one) => one.filter), unseen };
}

/** A host without IPVS has an empty table, if no other is `wanted`. */
export async function readTable(wanted: readonly ServiceAddress[], { balancer }: Kernel): Promise<Table> {
  try {
    return await balancer.read();
  } catch (error) {
    const isAbsent = error instanceof BalancerError && (error.kind === 'missing' || error.kind === 'module');
    if (isAbsent && wanted.length === 0) return new Map();
    throw error;
  }
}

/** null: this host has none, and none is needed. */
async function findFilter(kernel: Kernel, isOptional: boolean): Promise<PacketFilter | null> {
  try {
    return await kernel.filter();
  } catch (error) {
    const isAbsent = error instanceof PacketFilterError && (error.kind === 'missing' || error.kind === 'refused');
    if (isOptional && isAbsent) return null;
    throw error;
  }
}

/** What would exist even if no marks were declared. */
export async function leftoversOf(
  filters: readonly PacketFilter[],
): Promise<readonly { readonly filter: PacketFilter; readonly leftover: Leftover }[]> {
  const found = [];
  for (const filter of filters) {
    const rules = await filter.differences(noMarks);
    if (rules.length > 0) found.push({ filter, leftover: { kind: filter.kind, rules } });
  }
  return found;
}
