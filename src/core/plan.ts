/** Desired table minus actual table gives the commands; and what commands do to a table, as a model. */
import {
  type Command,
  type Entry,
  entriesByKey,
  entryKey,
  hostPort,
  type LiveEntry,
  type ServiceAddress,
  type ServiceSpec,
  serviceKey,
  type Table,
  type TableService,
} from './table.ts';

export interface DesiredService {
  readonly spec: ServiceSpec;
  readonly entries: readonly Entry[];
}

/**
 * In an order that never leaves fewer pooled than there are before or after, whichever is less:
 * the service, what raises, what lowers, what removes.
 */
export function planService(desired: DesiredService, actual: TableService | undefined): readonly Command[] {
  const { spec } = desired;
  const present = actual !== undefined && sameFamily(actual.spec.at, spec.at) ? actual : undefined;
  const before = entriesByKey(present);
  const after = new Map(desired.entries.map((entry) => [entryKey(entry), entry]));

  const services: Command[] = [];
  if (present === undefined) services.push({ op: 'add-service', service: spec });
  else if (!sameSpec(present.spec, spec)) services.push({ op: 'edit-service', service: spec });

  const raises: Command[] = [];
  const lowers: Command[] = [];
  for (const [key, entry] of after) {
    const old = before.get(key);
    if (old !== undefined && sameEntry(old, entry)) continue;
    const op = old === undefined ? 'add' : 'edit';
    const raised = entry.weight > 0 && entry.weight >= (old?.weight ?? 0);
    (raised ? raises : lowers).push({ op, service: spec.at, entry: plainEntry(entry) });
  }
  const removes = [...before.values()].filter((entry) => !after.has(entryKey(entry)));
  return [
    ...services,
    ...raises,
    ...lowers,
    ...removes.map((entry): Command => ({ op: 'remove', service: spec.at, entry: plainEntry(entry) })),
  ];
}

/**
 * The table after a command. As a model it means the result, not the verb: to add what is there replaces it, to
 * remove what is not there changes nothing, and an entry without its service goes nowhere.
 */
export function applyCommand(table: Table, command: Command): Table {
  const key = commandKey(command);
  const old = table.get(key);
  const next = new Map(table);
  switch (command.op) {
    case 'add-service':
    case 'edit-service': {
      const kept = old !== undefined && sameFamily(old.spec.at, command.service.at) ? old.entries : [];
      return next.set(key, { spec: command.service, entries: kept });
    }
    case 'remove-service':
      next.delete(key);
      return next;
    case 'add':
    case 'edit':
    case 'remove':
      return old === undefined ? table : next.set(key, { spec: old.spec, entries: changed(old.entries, command) });
    default:
      return never(command);
  }
}

function changed(entries: readonly LiveEntry[], command: Command & { readonly entry: Entry }): readonly LiveEntry[] {
  const { address, port } = command.entry;
  const at = entries.findIndex((entry) => entry.port === port && entry.address === address);
  if (command.op === 'remove') return at === -1 ? entries : entries.toSpliced(at, 1);
  const counts = entries[at] ?? { activeConns: 0, inactiveConns: 0 };
  const { activeConns, inactiveConns } = counts;
  const entry: LiveEntry = { ...plainEntry(command.entry), activeConns, inactiveConns };
  return at === -1 ? [...entries, entry] : entries.with(at, entry);
}

/**
 * What of the commands the table does not show yet, in the form that brings this table there: an `add` of what has
 * come in between is an `edit`, an `edit` of what has gone is an `add`.
 */
export function remaining(commands: readonly Command[], table: Table): readonly Command[] {
  const find = finder();
  return lastOfEach(commands).flatMap((command): readonly Command[] => {
    const service = table.get(commandKey(command));
    switch (command.op) {
      case 'add-service':
      case 'edit-service': {
        if (service === undefined || !sameFamily(service.spec.at, command.service.at)) {
          return [{ op: 'add-service', service: command.service }];
        }
        return sameSpec(service.spec, command.service) ? [] : [{ op: 'edit-service', service: command.service }];
      }
      case 'remove-service':
        return service !== undefined && sameFamily(service.spec.at, command.service.at) ? [command] : [];
      case 'add':
      case 'edit': {
        const entry = find(service, command.entry);
        if (entry === undefined) return [{ ...command, op: 'add' }];
        return sameEntry(entry, command.entry) ? [] : [{ ...command, op: 'edit' }];
      }
      case 'remove':
        return find(service, command.entry) === undefined ? [] : [command];
      default:
        return never(command);
    }
  });
}

export function isApplied(commands: readonly Command[], table: Table): boolean {
  return remaining(commands, table).length === 0;
}

/** As a person reads it: `add 10.10.3.29:0 weight 1`, `add service fwmark:1 rr persistent 50 s`. */
export function describeCommand(command: Command): string {
  switch (command.op) {
    case 'add-service':
      return `add service ${describeSpec(command.service)}`;
    case 'edit-service':
      return `edit service ${describeSpec(command.service)}`;
    case 'remove-service':
      return `remove service ${serviceKey(command.service.at)}`;
    case 'add':
    case 'edit': {
      const { address, port, weight, forward } = command.entry;
      return `${command.op} ${hostPort(address, port)} weight ${weight}${forward === 'dr' ? '' : ` ${forward}`}`;
    }
    case 'remove':
      return `remove ${entryKey(command.entry)}`;
    default:
      return never(command);
  }
}

export function sameSpec(a: ServiceSpec, b: ServiceSpec): boolean {
  if (a.scheduler !== b.scheduler || a.persistenceS !== b.persistenceS) return false;
  return a.persistenceS === null || a.persistencePrefix === b.persistencePrefix;
}

/** The prefix length that makes each client its own. */
export function wholePrefix(at: ServiceAddress): 32 | 128 {
  if (at.kind === 'haproxy') return 32;
  const isIpv6 = at.kind === 'fwmark' ? at.family === 6 : at.address.includes(':');
  return isIpv6 ? 128 : 32;
}

function describeSpec({ at, scheduler, persistenceS, persistencePrefix }: ServiceSpec): string {
  const name = `${serviceKey(at)} ${scheduler}`;
  if (persistenceS === null) return name;
  const prefix = persistencePrefix === wholePrefix(at) ? '' : ` prefix ${persistencePrefix}`;
  return `${name} persistent ${persistenceS} s${prefix}`;
}

/** The last command for each service and entry, in order; a service that goes takes its entries with it. */
function lastOfEach(commands: readonly Command[]): readonly Command[] {
  const last = new Map<string, Command>();
  for (const command of commands) {
    const service = commandKey(command);
    if (command.op === 'remove-service') {
      for (const key of last.keys()) if (key.startsWith(`${service} `)) last.delete(key);
    }
    const key = 'entry' in command ? `${service} ${entryKey(command.entry)}` : `${service} `;
    last.delete(key);
    last.set(key, command);
  }
  return [...last.values()];
}

function commandKey(command: Command): string {
  return serviceKey('entry' in command ? command.service : command.service.at);
}

/** Looks up entries; each service is gone through once, however many are looked for. */
function finder(): (service: TableService | undefined, wanted: Entry) => LiveEntry | undefined {
  const known = new Map<TableService, ReadonlyMap<string, LiveEntry>>();
  return (service, wanted) => {
    if (service === undefined) return undefined;
    const entries = known.get(service) ?? entriesByKey(service);
    known.set(service, entries);
    return entries.get(entryKey(wanted));
  };
}

function sameEntry(a: Entry, b: Entry): boolean {
  return a.weight === b.weight && a.forward === b.forward;
}

/** IPv4 and IPv6 each have their own service for the same mark. */
export function sameFamily(a: ServiceAddress, b: ServiceAddress): boolean {
  return a.kind !== 'fwmark' || b.kind !== 'fwmark' || a.family === b.family;
}

function plainEntry({ address, port, forward, weight }: Entry): Entry {
  return { address, port, forward, weight };
}

function never(command: never): never {
  throw new Error(`expected a table command, got \`${JSON.stringify(command)}\``);
}
