/** What commands need to know of a configuration file, however it was read. */
import type { Config } from '../config/config.ts';

export interface ConfigReport {
  /** null: it is not wholly right, `problems` says why. */
  readonly config: Config | null;
  /** `file:line:column: what is wrong`, in the order of the file. */
  readonly problems: readonly string[];
  /** Right, but perhaps not meant. */
  readonly warnings: readonly string[];
}

export type ReadConfig = (file: string) => Promise<ConfigReport>;
