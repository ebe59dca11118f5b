/** Decides who set a state, after commands that may not have run and after another HAProxy process took over. */
import type { Reading } from './lines.ts';
import { type LineState, stateOf } from './table.ts';

/** A line whose command may not have run. */
export interface Doubt {
  /** The state recorded before the command. */
  readonly before: LineState | undefined;
  /** False: unknown, because the connection ended. */
  readonly isRefused: boolean;
}

/**
 * States that we set and a new HAProxy process still has: `load-server-state-from-file` carries them over a reload;
 * without it none survive. A maintenance that was external before stays external, even if it could come from that file.
 */
export function outlasting(
  states: ReadonlyMap<string, LineState>,
  before: ReadonlyMap<string, LineState>,
  now: ReadonlyMap<string, LineState>,
): ReadonlyMap<string, LineState> {
  const isHeld = (path: string): boolean => before.get(path) === 'maint' && now.get(path) === 'maint';
  return new Map([...states].filter(([path, state]) => now.get(path) === state || isHeld(path)));
}

/** Seen ready, whoever set it: a later maintenance is not the one written in the configuration file. */
export function seenReady(now: ReadonlyMap<string, LineState>): ReadonlyMap<string, LineState> {
  return new Map([...now].filter(([, state]) => state === 'ready'));
}

/**
 * A line without the desired state goes back to its earlier record: otherwise our own maintenance, not lifted yet,
 * would look external. If the command may still be under way, a ready line may yet get the desired state, so its
 * record is kept. Returns true when something changed.
 */
export function settleDoubts(
  states: Map<string, LineState>,
  doubts: Map<string, Doubt>,
  now: ReadonlyMap<string, LineState>,
): boolean {
  if (doubts.size === 0) return false;
  let isChanged = false;
  for (const [path, state] of now) {
    const doubt = doubts.get(path);
    doubts.delete(path);
    if (doubt === undefined || state === states.get(path) || (state === 'ready' && !doubt.isRefused)) continue;
    isChanged = true;
    if (doubt.before === undefined) states.delete(path);
    else states.set(path, doubt.before);
  }
  return isChanged;
}

/** By `backend/line`. */
export function statesIn({ backends }: Reading): ReadonlyMap<string, LineState> {
  return new Map(
    [...backends].flatMap(([backend, lines]) =>
      lines.map((line) => [`${backend}/${line.name}`, stateOf(line)] as const),
    ),
  );
}
