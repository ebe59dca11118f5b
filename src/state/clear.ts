/** Takes away exactly what is ours: marks first, so that none leads to a service that is gone. */
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import { describeCommand } from '../core/plan.ts';
import { type Command, type ServiceAddress, type ServiceKey, serviceKey } from '../core/table.ts';
import type { Kernel } from './kernel.ts';
import { isPathMark, ownAddresses, ownService } from './ours.ts';
import type { Leftover } from './plan.ts';
import { leftoversOf, readTable } from './read.ts';

export interface ClearPlan {
  /** Removals of services, with their real servers as they are now. */
  readonly services: readonly { readonly at: ServiceAddress; readonly servers: number; readonly command: Command }[];
  readonly marks: readonly Leftover[];
  readonly filters: readonly PacketFilter[];
  /** Virtual services of others. */
  readonly others: readonly ServiceKey[];
}

export interface Cleared {
  /** One line each. */
  readonly took: readonly string[];
  /** Why it ended early; null: it did not. */
  readonly failed: string | null;
  /** What there is of others, untouched. */
  readonly left: readonly string[];
}

export async function planClear(config: Config, kernel: Kernel): Promise<ClearPlan> {
  const table = await readTable(config, kernel);
  const own = new Set(
    ownAddresses(config).flatMap((at) => (ownService(table, at) === undefined ? [] : [serviceKey(at)])),
  );
  const isOurs = (key: ServiceKey): boolean => {
    const at = table.get(key)?.spec.at;
    return own.has(key) || (at !== undefined && isPathMark(at));
  };
  const stale = await leftoversOf(await kernel.allFilters());
  return {
    services: [...table].flatMap(([key, { spec, entries }]) =>
      isOurs(key)
        ? [{ at: spec.at, servers: entries.length, command: { op: 'remove-service' as const, service: spec } }]
        : [],
    ),
    marks: stale.map(({ leftover }) => leftover),
    filters: stale.map(({ filter }) => filter),
    others: [...table.keys()].filter((key) => !isOurs(key)),
  };
}

export function clearsNothing({ services, marks }: ClearPlan): boolean {
  return services.length === 0 && marks.length === 0;
}

export async function clearState(plan: ClearPlan, config: Config, kernel: Kernel): Promise<Cleared> {
  const took: string[] = [];
  const commands = plan.services.map(({ command }) => command);
  try {
    for (const filter of plan.filters) took.push(...(await filter.clear()));
    if (commands.length > 0) await kernel.balancer.apply(commands);
    took.push(...commands.map(describeRemoval));
    return { took, failed: null, left: await othersOf(plan, kernel) };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    const gone = await goneOf(commands, config, kernel);
    return { took: [...took, ...gone], failed, left: [] };
  }
}

/** What there is beside ours; what cannot be looked at is told as well. */
async function othersOf({ others }: ClearPlan, kernel: Kernel): Promise<readonly string[]> {
  const services = others.map((key) => `virtual service ${key}`);
  const lines: string[] = [];
  for (const filter of await kernel.allFilters()) lines.push(...(await filter.others()));
  return [...services, ...lines];
}

async function goneOf(commands: readonly Command[], config: Config, kernel: Kernel): Promise<readonly string[]> {
  try {
    const table = await readTable(config, kernel);
    return commands.flatMap((command) => {
      const at = 'entry' in command ? command.service : command.service.at;
      return ownService(table, at) === undefined ? [describeRemoval(command)] : [];
    });
  } catch {
    return [];
  }
}

function describeRemoval(command: Command): string {
  return `virtual ${describeCommand(command).replace(/^remove /, '')}`;
}
