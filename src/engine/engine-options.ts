/** What an engine is made of, and what it can be asked. */
import type { EmailInput } from '../../alerts/email-input.ts';
import type { Control, ReloadResult, Status } from '../api/control.ts';
import type { TablePort } from '../balancer/balancer.ts';
import type { PacketFilter } from '../classify/packet-filter.ts';
import type { ClassifyConfig, Config, TableName } from '../config/config.ts';
import type { Alert, Monitor } from '../plugin/plugin.ts';
import type { Clock, Dial, Log, Random } from '../ports.ts';
import type { Email, StorePorts } from '../store/store.ts';
import type { Situation } from './tell/email-facts.ts';

export interface EngineOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dial: Dial;
  readonly store: StorePorts;
  readonly monitors: ReadonlyMap<string, Monitor>;
  /** The alert types for a configuration: they may hold a mail section. */
  readonly alertTypes: (config: Config) => ReadonlyMap<string, Alert>;
  readonly balancer: (table: TableName) => TablePort;
  /** Called only when there is something to mark; rejects if the host has none. */
  readonly packetFilter: (backend: ClassifyConfig['backend']) => Promise<PacketFilter>;
  /** Writes the text of an email. */
  readonly render: (input: EmailInput) => Email;
  readonly director: () => Pick<
    Status['director'],
    'version' | 'pid' | 'configFile' | 'configLoadedMs' | 'configError'
  >;
  /** Reads the file again and calls `take`; throws a Refusal if it is not entirely valid. */
  readonly reload: () => Promise<ReloadResult>;
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
