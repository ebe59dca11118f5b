/** Keeps the private services of the VIP paths in the table, and no others of their kind. */

import type { TablePort } from '../../balancer/balancer.ts';
import { pathMarks, pathServices, type VipPath } from '../../core/marks.ts';
import { describeCommand, planService } from '../../core/plan.ts';
import { type Command, serviceKey, type Table } from '../../core/table.ts';
import type { Clock, Log } from '../../ports.ts';
import { createKeeper, type Keeper } from './keeper.ts';

export interface PathServices {
  set(paths: readonly VipPath[], everyMs: number): void;
  /** Monotonic ms since when the table is known to be in sync; null: it is not known. */
  inSyncSinceMs(): number | null;
  /** Reads the table: does it have them all? If not, they are restored soon. */
  areThere(): Promise<boolean>;
  /** Monotonic ms when this mark last led to another server; null: never that we know of. */
  movedMs(mark: number): number | null;
  problem: Keeper['problem'];
  /** Leaves them unchanged. */
  stop: Keeper['stop'];
}

/** Commands per call: those of a swap must not wait for those of a thousand paths. */
const sliceCommands = 32;
const shownCommands = 3;

export function createPathServices(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly table: () => TablePort;
  /** An earlier run may have left some, whatever the configuration says. */
  readonly mayBeLeft: boolean;
  readonly remark: (kind: string, text: string) => void;
  readonly onChange: () => void;
}): PathServices {
  const { clock, log, table, remark, onChange } = options;
  let wanted: readonly VipPath[] = [];
  let touched = options.mayBeLeft;
  /** What the table is known to contain. */
  let applied: readonly VipPath[] | null = null;
  let inSyncSinceMs: number | null = null;
  const moved = new Map<number, number>();
  const keeper = createKeeper({ clock, log, what: 'services of VIP paths', sync, onSynced: onChange });

  async function sync(): Promise<number> {
    if (!touched) return 0;
    const paths = wanted;
    const startedMs = clock.monoMs();
    const commands = planPaths(paths, await table().read());
    const tookMs = clock.monoMs() - startedMs;
    if (commands.length > 0) {
      if (applied === paths) noteDrift(commands);
      applied = null;
      inSyncSinceMs = null;
      for (const slice of slices(commands)) {
        noteMoved(slice);
        await table().apply(slice);
        log.info({ commands: slice.map(describeCommand) }, 'services of VIP paths');
      }
    }
    applied = paths;
    inSyncSinceMs ??= clock.monoMs();
    // A reload during this needs another run.
    if (wanted === paths) touched = paths.length > 0;
    return tookMs;
  }

  function noteMoved(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.op !== 'remove' && command.op !== 'remove-service') continue;
      const at = 'entry' in command ? command.service : command.service.at;
      if (at.kind === 'fwmark') moved.set(at.mark, clock.monoMs());
    }
  }

  async function areThere(): Promise<boolean> {
    const isSo = await table()
      .read()
      .then((found) => planPaths(wanted, found).length === 0)
      .catch(() => false);
    if (!isSo) keeper.kick();
    return isSo;
  }

  function noteDrift(commands: readonly Command[]): void {
    const more = commands.length - shownCommands;
    const shown = commands.slice(0, shownCommands).map(describeCommand).join(', ');
    const text = `drift repaired: services of VIP paths were changed externally: ${shown}${more > 0 ? ` and ${more} more` : ''}`;
    log.warn({}, text);
    remark('drift', text);
  }

  return {
    set(paths, everyMs) {
      wanted = paths;
      touched ||= paths.length > 0;
      keeper.every(paths.length === 0 ? null : everyMs);
      if (touched) keeper.kick();
    },
    inSyncSinceMs: () => (applied === wanted ? inSyncSinceMs : null),
    areThere,
    movedMs: (mark) => moved.get(mark) ?? null,
    problem: keeper.problem,
    stop: keeper.stop,
  };
}

/** Commands of one service come together; new services are added before old ones are removed. */
export function planPaths(paths: readonly VipPath[], table: Table): readonly Command[] {
  const wanted = pathServices(paths);
  const keys = new Set(wanted.map(({ spec }) => serviceKey(spec.at)));
  const gone = [...table].flatMap(([key, { spec }]): Command[] => {
    const { at } = spec;
    const isOurs = at.kind === 'fwmark' && at.mark >= pathMarks.first && at.mark <= pathMarks.last;
    return isOurs && !keys.has(key) ? [{ op: 'remove-service', service: spec }] : [];
  });
  return [...wanted.flatMap((service) => planService(service, table.get(serviceKey(service.spec.at)))), ...gone];
}

function slices(commands: readonly Command[]): readonly (readonly Command[])[] {
  const count = Math.ceil(commands.length / sliceCommands);
  return Array.from({ length: count }, (_, at) => commands.slice(at * sliceCommands, (at + 1) * sliceCommands));
}
