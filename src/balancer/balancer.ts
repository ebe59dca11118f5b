/** Reads and changes a balancer's table. Every kind passes one contract suite (test/contract/balancer.ts). */
import type { Command, Table } from '../core/table.ts';

export interface Balancer {
  readonly kind: 'ipvs' | 'haproxy' | 'memory';
  /** The whole table, including services that are not ours. Rejects with BalancerError. */
  read(): Promise<Table>;
  /**
   * Sends the commands before it returns, and resolves when the table, read back, shows them all. Rejects with
   * BalancerError; some commands may then have been applied, since no balancer takes several as one transaction.
   * Calls for different services do not wait for each other; for one service, wait for the previous call.
   */
  apply(commands: readonly Command[]): Promise<void>;
  /** Why commands would fail now, as far as we know; the table may still be readable. */
  problem(): BalancerError | null;
  /** Leaves the table unchanged. */
  close(): Promise<void>;
}

/** What most users need of a balancer. */
export type TablePort = Pick<Balancer, 'read' | 'apply'>;

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
