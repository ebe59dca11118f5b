/** An incident: from a server's first bad check to its recovery. It owns the mail thread, the acknowledgement, the timeline. */
import type { CheckId } from './model.ts';

export interface Trouble {
  readonly check: CheckId;
  readonly status: 'overloaded' | 'fail';
  readonly summary: string;
  readonly detail: string;
  /** When the first bad observation of this run was made. */
  readonly sinceMs: number;
}

export interface Ack {
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

export interface Incident {
  /** Sorts by time and is safe in a Message-ID, such as `20261121T031204Z-edge1-4f2a`. */
  readonly id: string;
  readonly server: string;
  readonly openedMs: number;
  /** null: still open. */
  readonly closedMs: number | null;
  /** The worst it is now; the last it was, once closed. */
  readonly status: 'overloaded' | 'fail';
  /** Bad checks now, the first to fail first. Empty once closed. */
  readonly troubles: readonly Trouble[];
  /** The summary of the trouble that leads: the first failing one. Kept when closed. */
  readonly summary: string;
  readonly ack: Ack | null;
}
