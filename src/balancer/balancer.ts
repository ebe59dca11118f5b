/** A balancer's table: read it, change it. One contract suite (test/contract/balancer.ts) holds for every kind. */
import type { Command, Table } from '../core/table.ts';

export interface Balancer {
  readonly kind: 'ipvs' | 'haproxy' | 'memory';
  /** The whole table, services of others too. Rejects with BalancerError. */
  read(): Promise<Table>;
  /**
   * Hands the commands over before it returns, and resolves when the table, read back, shows them all. Rejects with
   * BalancerError; then some of them may have been applied, since no balancer takes several as one. Calls for
   * different services neither wait for nor disturb each other; for one service, wait for the call before.
   */
  apply(commands: readonly Command[]): Promise<void>;
  /** Why commands would fail now, as far as is known, although the table may be readable. */
  problem(): BalancerError | null;
  /** Leaves the table as it is. */
  close(): Promise<void>;
}

/**
 * `missing`: no ipvsadm, no HAProxy. `permission`: not allowed. `module`: no IPVS in the kernel. `refused`: a command was.
 * `unread`: the table cannot be read, or does not show what was accepted.
 */
export type BalancerErrorKind = 'missing' | 'permission' | 'module' | 'refused' | 'unread';

/** Its message is one line: what was wrong, what was expected, what to do. */
export class BalancerError extends Error {
  override readonly name = 'BalancerError';
  readonly kind: BalancerErrorKind;
  constructor(kind: BalancerErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
