/** What an engine is made of, and what it can be asked. */

import type { Control, OwnProblem, ReloadResult, Status } from '../api/control.ts';
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { ClassifyConfig, Config, TableName } from '../config/config.ts';
import type { Table } from '../core/table.ts';
import type { Alert, Monitor } from '../plugin/plugin.ts';
import type { Clock, Dial, Log, Random } from '../ports.ts';
import type { Email, OutboxRow, Store } from '../store/store.ts';
import type { TablePort } from './steer/reconciler.ts';

export interface EngineOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dial: Dial;
  readonly store: Store;
  readonly monitors: ReadonlyMap<string, Monitor>;
  /** The alert types for a configuration: they may hold a mail section. */
  readonly alertTypes: (config: Config) => ReadonlyMap<string, Alert>;
  readonly balancer: (table: TableName) => TablePort & { read(): Promise<Table> };
  /** Asked for only when there is something to mark; rejects when the host has none. */
  readonly packetFilter: (backend: ClassifyConfig['backend']) => Promise<PacketFilter>;
  readonly render: (row: OutboxRow, engine: Pick<Engine, 'config' | 'kept' | 'standIns' | 'problems'>) => Email;
  readonly director: () => Pick<
    Status['director'],
    'version' | 'pid' | 'configFile' | 'configLoadedMs' | 'configError'
  >;
  /** Reads the file again and calls `take`; throws a Refusal when it is not wholly right. */
  readonly reload: () => Promise<ReloadResult>;
}

export interface Engine {
  readonly control: Control;
  config(): Config;
  /** Takes over a new, checked configuration; says what changed. */
  take(config: Config): ReloadResult;
  /** Servers that are pooled although failing, one line each. */
  kept(): readonly string[];
  /** Servers that stand in for this one now. */
  standIns(server: string): readonly string[];
  /** What the director lacks now. */
  problems(): readonly OwnProblem[];
  /** Does the scheduler start what it has to? */
  ticked(): boolean;
  /** Leaves the tables as they are; what was decided is on disk. */
  stop(): Promise<void>;
}
