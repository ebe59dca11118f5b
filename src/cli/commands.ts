/** Every command as plain data, in groups as the help shows them. Nothing is loaded before it runs. */
import type { CommandSpec } from './command.ts';
import { configurationCommands } from './commands/configuration.ts';
import { daemonCommands } from './commands/daemon.ts';
import { declaredStateCommands } from './commands/declared-state.ts';
import { machineCommands } from './commands/machines.ts';
import { orderCommands } from './commands/orders.ts';
import { viewCommands } from './commands/views.ts';

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandSpec[];
}

export const commandGroups: readonly CommandGroup[] = [
  { heading: 'Configuration:', commands: configurationCommands },
  { heading: 'Daemon:', commands: daemonCommands },
  { heading: 'Views:', commands: viewCommands },
  { heading: 'Operator orders:', commands: orderCommands },
  { heading: 'Declared state, without a daemon:', commands: declaredStateCommands },
  { heading: 'Machines:', commands: machineCommands },
];

export const commands: readonly CommandSpec[] = commandGroups.flatMap((group) => group.commands);
