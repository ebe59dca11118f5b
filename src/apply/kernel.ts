/** What one command needs of the director, without a daemon: its tables, and what the daemon wrote down. */
import type { Balancer } from '../balancer/balancer.ts';
import type { PacketFilter, Warn } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import type { ClientOverride } from '../core/marks.ts';
import type { Pin } from '../core/model.ts';
import type { Command } from '../core/table.ts';

export interface Kernel {
  readonly balancer: Balancer;
  /** The packet filter that the configuration means. Rejects with PacketFilterError. */
  filter(): Promise<PacketFilter>;
  /** Of each kind that this host has: rules of ours may be left in the other one. Rejects with PacketFilterError. */
  allFilters(): Promise<FoundFilters>;
  /**
   * `reader`: changes and locks nothing. `owner`: takes the database for itself, so that a daemon which has it open is
   * noticed. Rejects in one line when it cannot be read.
   */
  remembered(as: 'reader' | 'owner'): Promise<Remembered>;
  /** Sockets of this name that somebody listens on in this network namespace, which is what has the tables. */
  controlSockets(name: string): readonly string[];
  /** As ipvsadm(8) takes them, one line each, without its name. Throws BalancerError for what it would not take. */
  ipvsadmLines(commands: readonly Command[]): readonly string[];
  /** Leaves everything as it is. */
  close(): Promise<void>;
}

export interface FoundFilters {
  readonly filters: readonly PacketFilter[];
  /** Kinds that are here and that we may not look at, with the reason, one line each. */
  readonly unseen: readonly string[];
}

/** `warn`: told what the operator should know although nothing failed. */
export type OpenKernel = (config: Config, warn: Warn) => Kernel;

/** What hands said at run time, and what the daemon saw before it stopped. */
export interface Remembered {
  readonly holds: ReadonlyMap<string, 'drain' | 'disable'>;
  readonly pins: readonly Pick<Pin, 'server' | 'service' | 'weight'>[];
  /** Servers with an open incident. */
  readonly failing: ReadonlySet<string>;
  readonly overrides: readonly ClientOverride[];
}

export const nothingRemembered: Remembered = { holds: new Map(), pins: [], failing: new Set(), overrides: [] };
