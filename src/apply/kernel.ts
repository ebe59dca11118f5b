/** What one command needs from the director without a daemon: its tables, and what the daemon stored. */
import type { Balancer } from '../balancer/balancer.ts';
import type { PacketFilter, Warn } from '../classify/packet-filter.ts';
import type { Config } from '../config/config.ts';
import type { ClientOverride } from '../core/marks.ts';
import type { Pin } from '../core/model.ts';
import type { Command } from '../core/table.ts';

export interface Kernel {
  readonly balancer: Balancer;
  /** The configured packet filter. Rejects with PacketFilterError. */
  filter(): Promise<PacketFilter>;
  /** One of each kind that this host has: the other one may still hold rules of ours. Rejects with PacketFilterError. */
  allFilters(): Promise<FoundFilters>;
  /**
   * `reader`: changes and locks nothing. `owner`: locks the database, so that a daemon which has it open is noticed.
   * Rejects with one line if it cannot be read.
   */
  remembered(as: 'reader' | 'owner'): Promise<Remembered>;
  /** Sockets of this name with a listener in this network namespace, which owns the tables. */
  controlSockets(name: string): readonly string[];
  /** As arguments of ipvsadm(8), one line each. Throws BalancerError for values that it would refuse. */
  ipvsadmLines(commands: readonly Command[]): readonly string[];
  /** Leaves everything unchanged. */
  close(): Promise<void>;
}

export interface FoundFilters {
  readonly filters: readonly PacketFilter[];
  /** Kinds that exist but may not be read, with the reason, one line each. */
  readonly unseen: readonly string[];
}

/** `warn`: receives what the operator should know although nothing failed. */
export type OpenKernel = (config: Config, warn: Warn) => Kernel;

/** The manual overrides, and what the daemon saw before it stopped. */
export interface Remembered {
  readonly holds: ReadonlyMap<string, 'drain' | 'disable'>;
  readonly pins: readonly Pick<Pin, 'server' | 'service' | 'weight'>[];
  /** Servers with an open incident. */
  readonly failing: ReadonlySet<string>;
  readonly overrides: readonly ClientOverride[];
}

export const nothingRemembered: Remembered = { holds: new Map(), pins: [], failing: new Set(), overrides: [] };
