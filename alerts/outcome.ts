/** What the table actions of an incident came to: `spare took over`, `drained`. */

/** A command given to a balancer, as the store keeps it. */
export interface EmailAction {
  readonly atMs: number;
  readonly service: string;
  /** `add 10.10.3.29:0 weight 1`, `edit ...`, `remove ...` */
  readonly command: string;
  readonly cause: string;
  readonly result: 'verified' | 'refused';
  readonly tookMs: number;
  readonly error: string;
}

/** Names of servers by their addresses. */
export type Names = ReadonlyMap<string, string>;

type Place = 'in' | 'drained' | 'out';

export interface OutcomeInput {
  readonly server: string;
  /** The table actions of the server's incident, oldest first. */
  readonly actions: readonly EmailAction[];
  /** Servers that may stand in for it: another that came back meanwhile has not taken over. */
  readonly backups: readonly string[];
  /** Those that stand in for it now: one that was there before the incident has no action in it. */
  readonly standIns: readonly string[];
  readonly names: Names;
}

/** Empty when the table has nothing to tell. */
export function outcomeOf({ server, actions, backups, standIns, names }: OutcomeInput): string {
  const places = new Map<string, Place>();
  const refused = new Map<string, string>();
  for (const action of actions) {
    const parsed = parseCommand(action.command);
    if (parsed === null) continue;
    const key = `${action.service} ${parsed.address}`;
    if (action.result === 'refused') {
      refused.set(key, action.error);
      continue;
    }
    // Asked again and done at last.
    refused.delete(key);
    places.set(names.get(parsed.address) ?? parsed.address, parsed.place);
  }
  const stoodIn = [...places].filter(([name, place]) => backups.includes(name) && place === 'in').map(([name]) => name);
  const done = sentence([...new Set([...stoodIn, ...standIns])], places.get(server));
  if (refused.size === 0) return done;
  return done === '' ? notChanged([...refused.values()][0] ?? '') : `${done}, but the balancer refused a change`;
}

/** Nothing of what was to be done is in the table. */
export function notChanged(why: string): string {
  return `the table could NOT be changed: ${why}`;
}

function sentence(standIns: readonly string[], own: Place | undefined): string {
  if (standIns.length > 0) return `${standIns.join(', ')} took over`;
  if (own === 'drained') return 'drained';
  return own === 'out' ? 'taken out, no stand-in' : '';
}

/** `add 10.10.3.29:0 weight 1` as `add spare (10.10.3.29:0) weight 1`. */
export function namedCommand(command: string, names: Names): string {
  const parsed = parseCommand(command);
  const name = parsed === null ? undefined : names.get(parsed.address);
  return parsed === null || name === undefined ? command : command.replace(parsed.at, () => `${name} (${parsed.at})`);
}

interface ParsedCommand {
  readonly at: string;
  readonly address: string;
  readonly place: Place;
}

function parseCommand(command: string): ParsedCommand | null {
  const [, op = '', at = '', host = '', weight] =
    /^(add|edit|remove) ((\S+):\d+)(?:.* weight (\d+))?/.exec(command) ?? [];
  if (op === '') return null;
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (op === 'remove') return { at, address, place: 'out' };
  return { at, address, place: weight === '0' ? 'drained' : 'in' };
}
