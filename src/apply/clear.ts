/** Removes exactly what is ours, marks first, so that none leads to a removed service. */
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import { type Command, type ServiceAddress, type ServiceKey, serviceKey } from '../core/table.ts';
import { errorText } from '../text.ts';
import type { Kernel } from './kernel.ts';
import { isPathMark, ownAddresses, ownService } from './ours.ts';
import { addressOf, batchesOf, type Leftover } from './plan.ts';
import { leftoversOf, readTable } from './read.ts';

export interface ClearPlan {
  /** Services to remove, with their current real servers. */
  readonly services: readonly { readonly at: ServiceAddress; readonly servers: number; readonly command: Command }[];
  readonly marks: readonly Leftover[];
  readonly filters: readonly PacketFilter[];
  /** Packet filters that may still hold rules of ours, one line each. */
  readonly unseen: readonly string[];
  /** Virtual services that are not ours. */
  readonly others: readonly ServiceKey[];
}

export interface Cleared {
  /** One line each. */
  readonly took: readonly string[];
  /** Why it stopped early; null: it ran to the end. */
  readonly failed: string | null;
  /** What is not ours and was left untouched. */
  readonly left: readonly string[];
}

export async function planClear(config: Config, kernel: Kernel): Promise<ClearPlan> {
  const table = await readTable([], kernel);
  const own = new Set(
    ownAddresses(config).flatMap((at) => (ownService(table, at) === undefined ? [] : [serviceKey(at)])),
  );
  const isOurs = (key: ServiceKey): boolean => {
    const at = table.get(key)?.spec.at;
    return own.has(key) || (at !== undefined && isPathMark(at));
  };
  const { filters, unseen } = await kernel.allFilters();
  const stale = await leftoversOf(filters);
  return {
    services: [...table].flatMap(([key, { spec, entries }]) =>
      isOurs(key)
        ? [{ at: spec.at, servers: entries.length, command: { op: 'remove-service' as const, service: spec } }]
        : [],
    ),
    marks: stale.map(({ leftover }) => leftover),
    filters: stale.map(({ filter }) => filter),
    unseen,
    others: [...table.keys()].filter((key) => !isOurs(key)),
  };
}

export function clearsNothing({ services, marks }: ClearPlan): boolean {
  return services.length === 0 && marks.length === 0;
}

export async function clearState(plan: ClearPlan, kernel: Kernel): Promise<Cleared> {
  const took: string[] = [];
  const commands = plan.services.map(({ command }) => command);
  try {
    for (const filter of plan.filters) took.push(...(await filter.clear()));
    for (const batch of batchesOf(commands)) await kernel.balancer.apply(batch);
  } catch (error) {
    const gone = await goneOf(commands, kernel);
    return { took: [...took, ...gone], failed: errorText(error), left: [] };
  }
  took.push(...removalTexts(commands));
  return { took, failed: null, left: await othersOf(plan, kernel) };
}

/** Lists what is not ours; what cannot be read is reported as well. */
async function othersOf({ others }: ClearPlan, kernel: Kernel): Promise<readonly string[]> {
  const services = others.map((key) => `virtual service ${key}`);
  const unknown = (what: string) => (error: unknown) => [`${what}: not known: ${errorText(error)}`];
  const look = async () => {
    const lines: string[] = [];
    for (const filter of (await kernel.allFilters()).filters)
      lines.push(...(await filter.others().catch(unknown(filter.kind))));
    return lines;
  };
  return [...services, ...(await look().catch(unknown('packet filters')))];
}

async function goneOf(commands: readonly Command[], kernel: Kernel): Promise<readonly string[]> {
  try {
    const table = await readTable([], kernel);
    return removalTexts(commands.filter((command) => ownService(table, addressOf(command)) === undefined));
  } catch {
    return [];
  }
}

/** Private services fit on one line: there is one per checked server. */
function removalTexts(commands: readonly Command[]): readonly string[] {
  const declared = commands.map(addressOf).filter((at) => !isPathMark(at));
  const paths = commands.length - declared.length;
  return [
    ...declared.map((at) => `virtual service ${serviceKey(at)}`),
    ...(paths === 0 ? [] : [`${paths} ${paths === 1 ? 'private service' : 'private services'} of VIP paths`]),
  ];
}
