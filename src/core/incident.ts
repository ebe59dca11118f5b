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

export interface ServerCondition {
  readonly server: string;
  /** Bad checks now, in any order. */
  readonly troubles: readonly Trouble[];
  /** Every check that counts was seen and is ok. */
  readonly wellSeen: boolean;
}

export type Turn = 'opened' | 'worsened' | 'eased' | 'changed' | 'recovered';

/**
 * The incident after a server's condition changed. It stays open while a check is bad, and after a restart also while
 * one was not seen yet, so that a recovery during our absence is told.
 */
export function turn(
  open: Incident | null,
  now: ServerCondition,
  atMs: number,
  newId: (server: string, atMs: number) => string,
): { readonly incident: Incident | null; readonly turn: Turn | null } {
  const troubles = [...now.troubles].sort((a, b) => a.sinceMs - b.sinceMs || (a.check < b.check ? -1 : 1));
  const lead = troubles.find((t) => t.status === 'fail') ?? troubles[0];
  if (lead === undefined) {
    if (open === null || !now.wellSeen) return { incident: open, turn: null };
    return { incident: { ...open, closedMs: atMs, troubles: [] }, turn: 'recovered' };
  }
  const { status } = lead;
  const summary = `${lead.check.slice(now.server.length + 1)} ${lead.summary}`;
  if (open === null) {
    const id = newId(now.server, atMs);
    const incident = {
      id,
      server: now.server,
      openedMs: lead.sinceMs,
      closedMs: null,
      status,
      troubles,
      summary,
      ack: null,
    };
    return { incident, turn: 'opened' };
  }
  const incident = { ...open, status, troubles, summary };
  if (open.status !== status) return { incident, turn: status === 'fail' ? 'worsened' : 'eased' };
  return { incident, turn: 'changed' };
}
