/**
 * The kernel's IPVS table. Commands go to a hot `ipvsadm -R` first; those that the table does not show in time go to a
 * new process, whose exit code and stderr explain the failure. Only the table, read back, proves that a command was
 * applied: stderr names no line, and the exit code is that of the last line.
 */
import { describeCommand, remaining } from '../../core/plan.ts';
import { type Command, type ServiceAddress, serviceKey, type Table } from '../../core/table.ts';
import type { Clock, Exec } from '../../ports.ts';
import { type Balancer, BalancerError } from '../balancer.ts';
import { ipvsadmLines } from './arguments.ts';
import { ipvsadmFault } from './faults.ts';
import { type Hot, keepHot } from './hot.ts';
import type { FamilyOfMark } from './parse-proc.ts';
import { createReadBack } from './read-back.ts';
import { runIpvsadm, tableReader } from './table-reader.ts';

export interface IpvsOptions {
  readonly exec: Exec;
  readonly clock: Clock;
  /** Name or path of ipvsadm. */
  readonly program?: string;
  readonly procFile?: string;
  /** The currently configured virtual services: /proc does not show the address family of a mark. */
  readonly services?: () => readonly ServiceAddress[];
  /** How long a hot command may take to show up in the table. */
  readonly readBackMs?: number;
  /** False: starts a new ipvsadm for each call, as for a single command at the prompt. */
  readonly keepOpen?: boolean;
}

export function createIpvsBalancer(options: IpvsOptions): Balancer {
  const { exec, clock, program = 'ipvsadm', procFile = '/proc/net/ip_vs', readBackMs = 250 } = options;
  const families = new Map<number, 4 | 6>();
  const familyOfMark = (): FamilyOfMark => {
    const configured = configuredFamilies(options.services?.() ?? []);
    return (mark) => configured.get(mark) ?? families.get(mark);
  };
  const readTable = tableReader({ exec, program, procFile, familyOfMark });
  const read = async (): Promise<Table> => {
    if (closed) throw closedError();
    return readTable();
  };
  const readBack = createReadBack(clock, read);
  const hot =
    options.keepOpen === false ? noneHot : keepHot(exec, clock, program, { onProblem: () => readBack.hurry() });
  let closed = false;

  const applySlowly = async (commands: readonly Command[]): Promise<void> => {
    const left = remaining(commands, await read());
    if (left.length === 0) return;
    const [result, table] = await spawn(left);
    const [undone] = remaining(commands, table);
    if (undone !== undefined) throw notDone(undone, result.stderr, table);
    hot.works();
  };
  const spawn = async (commands: readonly Command[]) => {
    if (closed) throw closedError();
    const result = await runIpvsadm(exec, program, ['-R'], ipvsadmLines(commands));
    return [result, await read()] as const;
  };
  const notDone = (undone: Command, stderr: string, table: Table): BalancerError => {
    const at = 'entry' in undone ? undone.service : undone.service.at;
    const missing = `${describeCommand(undone)} in ${serviceKey(at)}`;
    if (stderr.trim() !== '') return ipvsadmFault(program, stderr, missing);
    const got = table.has(serviceKey(at)) ? 'the table without it' : 'a table without the service';
    return new BalancerError('unread', `ipvsadm reported no error: expected \`${missing}\`, got ${got}`);
  };

  return {
    kind: 'ipvs',
    read,
    async apply(commands) {
      if (closed) throw closedError();
      if (commands.length === 0) return;
      for (const command of commands) {
        const at = 'entry' in command ? command.service : command.service.at;
        if (at.kind === 'fwmark') families.set(at.mark, at.family);
      }
      const abandon = hot.write(ipvsadmLines(commands));
      if (abandon !== null) {
        if (await readBack.shown(commands, readBackMs)) return hot.works();
        if (closed)
          throw new BalancerError('unread', 'the IPVS balancer was closed before the table showed the commands');
        abandon();
      }
      await applySlowly(commands);
    },
    problem() {
      const failure = hot.failure();
      return failure === null ? null : ipvsadmFault(program, failure);
    },
    close() {
      closed = true;
      hot.close();
      readBack.close();
      return Promise.resolve();
    },
  };
}

const noneHot: Hot = { write: () => null, works() {}, failure: () => null, close() {} };

/** If two services have the same mark, the first one decides. */
function configuredFamilies(services: readonly ServiceAddress[]): ReadonlyMap<number, 4 | 6> {
  const families = new Map<number, 4 | 6>();
  for (const at of services) if (at.kind === 'fwmark' && !families.has(at.mark)) families.set(at.mark, at.family);
  return families;
}

function closedError(): BalancerError {
  return new BalancerError('refused', 'the IPVS balancer was closed');
}
