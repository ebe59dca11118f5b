/** An incident: from a server's first bad check to its recovery. It owns the mail thread, the acknowledgement, the timeline. */
import type { CheckId } from './model.ts';

export interface Problem {
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
  readonly problems: readonly Problem[];
  /** The summary of the problem that leads: the first failing one. Kept when closed. */
  readonly summary: string;
  readonly ack: Ack | null;
}

export interface ServerCondition {
  readonly server: string;
  /** Bad checks now, in any order. */
  readonly problems: readonly Problem[];
  /** Checks that were not seen since we started: nothing is known of them but what was stored. */
  readonly unseen: readonly CheckId[];
}

/**
 * The incident after a server's condition changed. It stays open while a check is bad, and after a restart also while
 * one was not seen yet, so that a recovery during our absence is told.
 */
export function turn(
  open: Incident | null,
  now: ServerCondition,
  atMs: number,
  newId: (server: string, atMs: number) => string,
): Incident | null {
  const problems = remember(open?.problems ?? [], now);
  const lead = problems.find((t) => t.status === 'fail') ?? problems[0];
  if (lead === undefined) {
    return open === null || now.unseen.length > 0 ? open : { ...open, closedMs: atMs, problems: [] };
  }
  const opened = open ?? {
    id: newId(now.server, atMs),
    server: now.server,
    openedMs: lead.sinceMs,
    closedMs: null,
    ack: null,
  };
  return {
    ...opened,
    status: lead.status,
    problems,
    summary: `${lead.check.slice(now.server.length + 1)} ${lead.summary}`,
  };
}

/** A server that fails again so soon is still in the same problem, however often it comes back in between. */
export const flapMs = 600_000;

/** The closed incident of a server as the beginning of its next one; null when it is long over. */
export function reopenable(closed: Incident | null, nowMs: number): Incident | null {
  if (closed?.closedMs == null || nowMs - closed.closedMs > flapMs) return null;
  return { ...closed, closedMs: null, ack: null };
}

/** The problems now, the first to begin first; a restart neither ends one nor begins it anew. */
function remember(before: readonly Problem[], { problems, unseen }: ServerCondition): readonly Problem[] {
  const since = new Map(before.map((problem) => [problem.check, problem.sinceMs]));
  const now = problems.map((problem) => ({
    ...problem,
    sinceMs: Math.min(problem.sinceMs, since.get(problem.check) ?? problem.sinceMs),
  }));
  const kept = before.filter(({ check }) => unseen.includes(check) && !problems.some((one) => one.check === check));
  return [...kept, ...now].sort((a, b) => a.sinceMs - b.sinceMs || (a.check < b.check ? -1 : 1));
}
