/**
 * The backends of one HAProxy, through its runtime API. The server lines come from its configuration file: a server is
 * added by setting its line ready, removed by maintenance and drained by `drain`; a stand-in without a line uses that
 * of the member it replaces. What HAProxy forgets in a reload is drift, repaired at the next read.
 */
import { applyCommand, describeCommand, remaining } from '../../core/plan.ts';
import {
  type Command,
  entryKey,
  type ServiceKey,
  serviceKey,
  type Table,
  type TableService,
} from '../../core/table.ts';
import type { Clock } from '../../ports.ts';
import { type Balancer, BalancerError } from '../balancer.ts';
import { type Assignment, assign } from './assign.ts';
import { type Book, memoryBook } from './book.ts';
import { checkedName, lineCommands, refusalsIn } from './commands.ts';
import { type Doubt, outlasting, seenReady, settleDoubts, statesIn } from './doubts.ts';
import { noBackend, noLine, refusalFault } from './faults.ts';
import { parseReading, questions, type Reading } from './lines.ts';
import type { HaproxyPool } from './seats.ts';
import { type Known, type LineState, type Moved, tableService } from './table.ts';
import { createTalk } from './talk.ts';

export interface HaproxyOptions {
  readonly clock: Clock;
  /** A path, or `address:port`. */
  readonly socket: string;
  /** The pools of the configuration now. */
  readonly pools: () => readonly HaproxyPool[];
  readonly book?: Book;
  readonly withinMs?: number;
}

type ServiceCommand = Command & { readonly op: 'add' | 'edit' | 'remove' };

export function createHaproxyBalancer(options: HaproxyOptions): Balancer {
  const { clock, socket, pools, book = memoryBook(), withinMs = 2000 } = options;
  const talk = createTalk(clock, socket, withinMs);
  const weights = new Map<string, number>();
  const moved = new Map<string, ReadonlyMap<string, Moved>>();
  let states: Map<string, LineState> = new Map();
  /** Lines whose command may not have run, with their earlier record, by `backend/line`. */
  const doubts = new Map<string, Doubt>();
  let lastSeen: ReadonlyMap<string, LineState> = new Map();
  /** undefined: nothing has been read yet. */
  let process: string | null | undefined;
  let closed = false;

  const look = async (): Promise<Reading> => {
    if (closed) throw closedError();
    const names = new Set(pools().map(({ at }) => checkedName(at.backend)));
    const reading = parseReading(await talk.ask(questions([...names])));
    const now = statesIn(reading);
    const isSettled = settleDoubts(states, doubts, now);
    if (reading.process !== process) {
      const isFirst = process === undefined;
      const ours = isFirst ? book.of(socket, reading.process) : outlasting(states, lastSeen, now);
      process = reading.process;
      states = new Map([...seenReady(now), ...ours]);
      weights.clear();
      moved.clear();
      // A balancer that only reads writes nothing.
      if (!isFirst) book.note(socket, process, states);
    } else if (isSettled) book.note(socket, process, states);
    lastSeen = now;
    return reading;
  };
  const knownOf = (backend: string): Known => ({
    set: ofBackend(states, backend),
    weights: ofBackend(weights, backend),
    moved: moved.get(backend) ?? new Map(),
  });
  const serviceOf = (pool: HaproxyPool, { backends }: Reading): TableService | null => {
    const lines = backends.get(pool.at.backend);
    return lines === undefined ? null : tableService(pool, lines, knownOf(pool.at.backend));
  };
  const tableOf = (reading: Reading): Table =>
    new Map(
      pools().flatMap((pool): [ServiceKey, TableService][] => {
        const service = serviceOf(pool, reading);
        return service === null ? [] : [[serviceKey(pool.at), service]];
      }),
    );

  const assignmentOf = (pool: HaproxyPool, reading: Reading, commands: readonly ServiceCommand[]): Assignment => {
    const { backend } = pool.at;
    const [key, service] = [serviceKey(pool.at), serviceOf(pool, reading)];
    if (service === null) throw noBackend(socket, backend, describeCommand(commands[0] as Command));
    const wanted = commands.reduce<Table>(applyCommand, new Map([[key, service]])).get(key)?.entries ?? [];
    return assign(pool, reading.backends.get(backend) ?? [], knownOf(backend), wanted);
  };
  /**
   * Records the states before the commands run: a read in between must not mistake our change for an external one.
   * Returns how to mark them doubtful; the next read then decides what was done.
   */
  const note = (
    { at: { backend } }: HaproxyPool,
    { settings, moved: left }: Assignment,
  ): ((isRefused: boolean) => void) => {
    const before = settings.map(
      ({ line }) => [`${backend}/${line.name}`, states.get(`${backend}/${line.name}`)] as const,
    );
    for (const { line, state, to } of settings) {
      states.set(`${backend}/${line.name}`, state);
      if (to !== null && to.weight > 0) weights.set(`${backend}/${line.name}`, to.weight);
    }
    moved.set(backend, new Map(left.map((one) => [entryKey(one), one])));
    book.note(socket, process ?? null, states);
    return (isRefused) => {
      for (const [path, state] of before) doubts.set(path, { before: state, isRefused });
    };
  };
  const asked = async (lines: readonly string[], doubt: (isRefused: boolean) => void): Promise<string> => {
    try {
      return await talk.ask(lines);
    } catch (error) {
      doubt(false);
      throw error;
    }
  };
  const applyPool = async (pool: HaproxyPool, reading: Reading, commands: readonly ServiceCommand[]): Promise<void> => {
    const { backend } = pool.at;
    const assignment = assignmentOf(pool, reading, commands);
    const lines = assignment.settings.flatMap((setting) => lineCommands(backend, setting));
    const doubt = note(pool, assignment);
    const said = lines.length === 0 ? '' : await asked(lines, doubt);
    const refusals = refusalsIn(said);
    if (refusals.length > 0) doubt(true);
    const [undone] = remaining(commands, tableOf(await look()));
    if (undone === undefined) return;
    const [unplaced] = assignment.unplaced;
    const wanted = describeCommand(undone);
    if (unplaced !== undefined && refusals.length === 0) throw noLine(backend, entryKey(unplaced), wanted);
    throw refusalFault(socket, refusals, wanted);
  };

  return {
    kind: 'haproxy',
    read: async () => tableOf(await look()),
    async apply(commands) {
      if (closed) throw closedError();
      if (commands.length === 0) return;
      const reading = await look();
      const groups = new Map<ServiceKey, Command[]>();
      for (const command of commands) groups.set(keyOf(command), [...(groups.get(keyOf(command)) ?? []), command]);
      const results = await Promise.allSettled(
        [...groups].map(async ([key, group]) => {
          const pool = pools().find(({ at }) => serviceKey(at) === key);
          const [first] = group as [Command, ...Command[]];
          if (pool === undefined) throw notOurs(key, describeCommand(first));
          const ours = group.filter((command): command is ServiceCommand => 'entry' in command);
          const [service] = remaining(
            group.filter((command) => !('entry' in command)),
            tableOf(reading),
          );
          if (service?.op === 'add-service')
            throw noBackend(socket, pool.at.backend, describeCommand(ours[0] ?? first));
          if (service !== undefined) throw notOurs(key, describeCommand(service));
          await applyPool(pool, reading, ours);
        }),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
    problem: () => null,
    async close() {
      closed = true;
      talk.close();
      await book.settled();
    },
  };
}

/** Of one backend, by the names of its lines. */
function ofBackend<T>(all: ReadonlyMap<string, T>, backend: string): ReadonlyMap<string, T> {
  const prefix = `${backend}/`;
  return new Map(
    [...all].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );
}

function keyOf(command: Command): ServiceKey {
  return serviceKey('entry' in command ? command.service : command.service.at);
}

function notOurs(key: ServiceKey, wanted: string): BalancerError {
  return new BalancerError(
    'refused',
    `backends are HAProxy's own: expected a change of servers in ${key}, got \`${wanted}\``,
  );
}

function closedError(): BalancerError {
  return new BalancerError('refused', 'the HAProxy balancer was closed');
}
