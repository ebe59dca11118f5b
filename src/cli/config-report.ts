/** What commands need to know of a configuration file, however it was read. */
import type { Config } from '../config/config.ts';
import type { Plugins } from '../config/typed.ts';

export interface ConfigReport {
  /** null: it is not valid, `problems` says why. */
  readonly config: Config | null;
  /** `file:line:column: what is wrong`, in the order of the file. */
  readonly problems: readonly string[];
  /** Right, but perhaps not meant. */
  readonly warnings: readonly string[];
  /** What it may use, with its own; absent: it is wrong, or there are only those that are built in. */
  readonly plugins?: Plugins;
}

export type ReadConfig = (file: string) => Promise<ConfigReport>;
