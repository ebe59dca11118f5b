/**
 * The kernel's packet filter, as far as it marks packets for us. nftables and iptables pass one contract suite
 * (test/contract/packet-filter.ts). Only objects with our name are ever read, changed or removed.
 */
import type { ClientOverride, Marking } from '../core/marks.ts';

export interface PacketFilter {
  readonly kind: 'nftables' | 'iptables';
  /**
   * Makes the kernel mark packets as desired, atomically, and reads it back. What is in sync is not touched.
   * Rejects with PacketFilterError; the previous state is then still in place.
   */
  apply(marking: Marking): Promise<void>;
  /**
   * The fast path for single clients: `marking` is the desired result, `changes` the difference from what was applied
   * last. Costs the same with 10 and with 100,000 clients.
   */
  change(changes: readonly ClientOverride[], marking: Marking): Promise<void>;
  /** How the kernel differs, one readable line each (`client 10.0.0.7: mark 2 instead of 1`); empty: in sync. */
  differences(marking: Marking): Promise<readonly Difference[]>;
  /** Commands that reach the desired state, as a person would type them, with the files that they read. */
  script(marking: Marking): Script;
  /** Removes everything of ours; returns what it removed, one line each. */
  clear(): Promise<readonly string[]>;
  /** What else exists and is left alone: `nftables: 2 tables of others`; empty: nothing. */
  others(): Promise<readonly string[]>;
}

/** One line that the operator should know although nothing failed. */
export type Warn = (text: string) => void;

export interface Difference {
  /** `+`: missing in the kernel, `-`: extra in the kernel, `~`: different. */
  readonly sign: '+' | '-' | '~';
  readonly text: string;
}

export interface Script {
  /** File contents for the commands below, by file name: `understudy.nft`, `understudy.ipset`, ... */
  readonly files: readonly { readonly name: string; readonly content: string }[];
  /** In the order of execution: `nft -f understudy.nft`. */
  readonly commands: readonly string[];
}

/** `missing`: no such program. `permission`: not allowed. `refused`: by the kernel. `unread`: the rules cannot be read. */
export type PacketFilterErrorKind = 'missing' | 'permission' | 'refused' | 'unread';

/** Its message is one line: what was wrong, what was expected, what to do. */
export class PacketFilterError extends Error {
  override readonly name = 'PacketFilterError';
  readonly kind: PacketFilterErrorKind;
  constructor(kind: PacketFilterErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
