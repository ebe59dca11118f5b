/** Why a pool is decided again, and which of several causes led to a table command. */
import type { PoolDecision, PoolMemory } from '../../core/pool.ts';
import type { Command } from '../../core/table.ts';

export interface Cause {
  /** As a person reads it: `edge1 fail: rtsp refused`. */
  readonly text: string;
  readonly incidentId: string | null;
  /** The server whose incident or override it is; without one, the cause is about the pool. */
  readonly server?: string | null;
  /** Monotonic ms of the decision, from which the time to the verified table is counted. */
  readonly sinceMs: number;
  /** A step of the weights, which explains nothing else. */
  readonly ofWeight?: true;
}

/** The newest cause of each server; under null the one about the pool. */
export type Causes = Map<string | null, Cause>;

/** The cause of reading a table at its interval. */
export const routine = 'drift';

export function noteCause(causes: Causes, cause: Cause): void {
  const key = cause.server ?? null;
  // A real cause explains more than the routine does, or a step of the weights.
  if (cause.text === routine && causes.has(key)) return;
  if (cause.ofWeight && causes.has(key) && !causes.get(key)?.ofWeight) return;
  causes.set(key, cause);
}

export function isRoutine(causes: Causes): boolean {
  return [...causes.values()].every(({ text }) => text === routine);
}

/** The cause of what a decision did about the pool as a whole, or about a server without a cause of its own. */
function mainCause(causes: Causes): Cause | undefined {
  const ofPool = causes.get(null);
  if (ofPool !== undefined && ofPool.text !== routine) return ofPool;
  return [...causes].find(([server, { ofWeight }]) => server !== null && !ofWeight)?.[1] ?? ofPool;
}

export interface Deciding {
  readonly causes: Causes;
  readonly decision: PoolDecision;
  readonly before: PoolMemory | null;
}

/**
 * A command is about the server of its entry: one that steps in belongs to the member it stands in for, one that
 * leaves to its own problem, or else to the member that no longer needs it.
 */
export function causesOf(commands: readonly Command[], deciding: Deciding): readonly (Cause | undefined)[] {
  const { causes, decision, before } = deciding;
  const main = mainCause(causes);
  // One address is one server: a pool has none twice.
  const servers = new Map(decision.places.map(({ address, server }) => [address, server]));
  const now = membersOf(decision.memory);
  const then = membersOf(before);
  return commands.map((command) => {
    const server = 'entry' in command ? servers.get(command.entry.address) : undefined;
    if (server === undefined) return main;
    const standsInFor = now.get(server) ?? [];
    const stoodInFor = then.get(server) ?? [];
    const newly = standsInFor.filter((member) => !stoodInFor.includes(member));
    for (const name of [...newly, server, ...standsInFor, ...stoodInFor]) {
      const cause = causes.get(name);
      if (cause !== undefined) return cause;
    }
    return main;
  });
}

/** Stand-in → the members it stands in for. */
function membersOf(memory: PoolMemory | null): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const [member, standIn] of memory?.standIns ?? []) {
    const known = members.get(standIn);
    if (known === undefined) members.set(standIn, [member]);
    else known.push(member);
  }
  return members;
}

/** Whether the same servers are held in both: a hold that the engine knows has a cause of its own. */
export function sameExternalHolds(before: PoolDecision | null, after: PoolDecision | null): boolean {
  const held = (decision: PoolDecision | null) =>
    (decision?.places ?? []).filter(({ reason }) => reason.endsWith('manually')).map(({ server }) => server);
  return held(before).join() === held(after).join();
}
