/** Compares the declared state with the kernel: what would change, and the commands for it. */
import type { Difference } from '../classify/packet-filter.ts';
import { planService } from '../core/plan.ts';
import {
  type Command,
  type ServiceAddress,
  type ServiceKey,
  type ServiceSpec,
  serviceKey,
  type Table,
  type TableService,
} from '../core/table.ts';
import type { DesiredPool, DesiredState } from './desired.ts';
import { isPathMark, ownService } from './ours.ts';

/** The kernel as it was read. */
export interface ActualState {
  readonly table: Table;
  /** How the packet filter differs from the declared marks. */
  readonly marks: readonly Difference[];
  /** Rules of ours in a packet filter that is not the configured one. */
  readonly leftovers: readonly Leftover[];
}

export interface Leftover {
  readonly kind: 'nftables' | 'iptables';
  readonly rules: readonly Difference[];
}

export interface StatePlan {
  readonly services: readonly ServicePlan[];
  readonly marks: readonly Difference[];
  readonly leftovers: readonly Leftover[];
  /** Virtual services that the configuration does not name; they are left alone. */
  readonly others: readonly ServiceKey[];
}

export interface ServicePlan {
  readonly key: ServiceKey;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly action: 'add' | 'change' | 'remove' | 'keep';
  readonly commands: readonly Command[];
  readonly spec: ServiceSpec;
  /** The entry in the table; null: there is none. */
  readonly before: TableService | null;
  readonly notes: readonly string[];
}

export function planState(desired: DesiredState, { table, marks, leftovers }: ActualState): StatePlan {
  const wanted = desired.pools.map((pool) => planPool(pool, table));
  const keys = new Set(wanted.map(({ key }) => key));
  const rest = [...table].filter(([key]) => !keys.has(key));
  const stale = rest.filter(([, { spec }]) => isPathMark(spec.at));
  const removals = stale.map(
    ([key, before]): ServicePlan => ({
      key,
      name: 'no longer checked',
      isPrivate: true,
      action: 'remove',
      commands: [{ op: 'remove-service', service: before.spec }],
      spec: before.spec,
      before,
      notes: [],
    }),
  );
  return {
    services: [...wanted, ...removals],
    marks,
    leftovers,
    others: rest.flatMap(([key, { spec }]) => (isPathMark(spec.at) ? [] : [key])),
  };
}

function planPool(pool: DesiredPool, table: Table): ServicePlan {
  const key = serviceKey(pool.spec.at);
  const before = ownService(table, pool.spec.at);
  const commands = planService(pool, before);
  const change = commands.length > 0 ? 'change' : 'keep';
  return {
    key,
    name: pool.name,
    isPrivate: pool.isPrivate,
    action: before === undefined ? 'add' : change,
    commands,
    spec: pool.spec,
    before: before ?? null,
    notes: pool.notes,
  };
}

export function changesNothing({ services, marks, leftovers }: StatePlan): boolean {
  return services.every(({ commands }) => commands.length === 0) && marks.length === 0 && leftovers.length === 0;
}

/** In the order in which they run: services exist before the marks that lead to them. */
export function tableCommands({ services }: StatePlan): readonly Command[] {
  return services.flatMap(({ commands }) => commands);
}

/** Each batch is one write and a few reads of the table, with its own deadline. */
const batchSize = 256;

export function batchesOf(commands: readonly Command[]): readonly (readonly Command[])[] {
  return Array.from({ length: Math.ceil(commands.length / batchSize) }, (_, at) =>
    commands.slice(at * batchSize, (at + 1) * batchSize),
  );
}

/**
 * The commands that roll back our own changes: from the current state of what they touched to the state before.
 */
export function planBack(done: readonly Command[], before: Table, now: Table): readonly Command[] {
  const touched = new Map(done.map((command) => [serviceKey(addressOf(command)), addressOf(command)]));
  return [...touched.values()].flatMap((at): readonly Command[] => {
    const was = ownService(before, at);
    const is = ownService(now, at);
    if (was !== undefined) return planService(was, is);
    return is === undefined ? [] : [{ op: 'remove-service', service: is.spec }];
  });
}

export function addressOf(command: Command): ServiceAddress {
  return 'entry' in command ? command.service : command.service.at;
}
