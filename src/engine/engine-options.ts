/** What an engine is made of, and what it can be asked. */
import type { Control, OwnProblem, ReloadResult, Status } from '../api/control.ts';
import type { TablePort } from '../balancer/balancer.ts';
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { ClassifyConfig, Config, TableName } from '../config/config.ts';
import type { Alert, Monitor } from '../plugin/plugin.ts';
import type { Clock, Dial, Log, Random } from '../ports.ts';
import type { Email, OutboxRow, Store } from '../store/store.ts';

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
  readonly balancer: (table: TableName) => TablePort;
  /** Called only when there is something to mark; rejects if the host has none. */
  readonly packetFilter: (backend: ClassifyConfig['backend']) => Promise<PacketFilter>;
  readonly render: (row: OutboxRow, situation: Situation) => Email;
  readonly director: () => Pick<
    Status['director'],
    'version' | 'pid' | 'configFile' | 'configLoadedMs' | 'configError'
  >;
  /** Reads the file again and calls `take`; throws a Refusal if it is not entirely valid. */
  readonly reload: () => Promise<ReloadResult>;
}

/** What an email adds to its notice. */
export interface Situation {
  config(): Config;
  /** Servers that are pooled although failing, one line each. */
  kept(): readonly string[];
  /** Servers that stand in for this one now. */
  standIns(server: string): readonly string[];
  /** The director's own problems. */
  problems(): readonly OwnProblem[];
}

export interface Engine extends Situation {
  readonly control: Control;
  /** Takes a new, valid configuration into force; returns what changed. */
  take(config: Config): ReloadResult;
  /** True while checks are started on time; feeds the systemd watchdog. */
  isAlive(): boolean;
  /** Leaves the tables unchanged; everything decided is on disk. */
  stop(): Promise<void>;
}
