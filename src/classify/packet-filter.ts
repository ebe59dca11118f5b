/**
 * The kernel's packet filter, as far as it marks packets for us. One contract suite (test/contract/packet-filter.ts)
 * holds for nftables and iptables. Only what carries our name is ever read, changed or removed.
 */
import type { ClientOverride, Marking } from '../core/marks.ts';

export interface PacketFilter {
  readonly kind: 'nftables' | 'iptables';
  /**
   * Makes the kernel mark packets so, all at once, and reads it back. What is right already is not touched.
   * Rejects with PacketFilterError; then what was there before is there still.
   */
  apply(marking: Marking): Promise<void>;
  /**
   * The quick way for single clients: `marking` is how it shall be afterwards, `changes` what differs from what was
   * applied last. Costs the same with 10 and 100,000 clients.
   */
  change(changes: readonly ClientOverride[], marking: Marking): Promise<void>;
  /** How the kernel differs, one readable line each (`client 10.0.0.7: mark 2 instead of 1`); empty: not at all. */
  differences(marking: Marking): Promise<readonly Difference[]>;
  /** Commands that bring the kernel there, as a person would type them; with files where that is how it is done. */
  script(marking: Marking): Script;
  /** Takes away all that is ours; says what it took, one line each. */
  clear(): Promise<readonly string[]>;
  /** What there is beside ours, untouched: `nftables: 2 tables of others`; empty: nothing. */
  others(): Promise<readonly string[]>;
}

/** What the operator should know, though nothing failed: one line. */
export type Warn = (text: string) => void;

export interface Difference {
  /** `+`: missing in the kernel, `-`: there and not wanted, `~`: there and different. */
  readonly sign: '+' | '-' | '~';
  readonly text: string;
}

export interface Script {
  /** Contents for the programs below, by file name: `understudy.nft`, `understudy.ipset`, ... */
  readonly files: readonly { readonly name: string; readonly content: string }[];
  /** In their order: `nft -f understudy.nft`. */
  readonly commands: readonly string[];
}

/** `missing`: no such program. `permission`: not allowed. `refused`: the kernel said no. `unread`: the rules cannot be read. */
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
