/** Whose hand a state is, after commands that may not have been done, and after another HAProxy took over. */
import type { Reading } from './lines.ts';
import { type LineState, stateOf } from './table.ts';

/** A line whose command may not have been done. */
export interface Doubt {
  /** What was noted of it before. */
  readonly before: LineState | undefined;
  /** Else nobody knows: the connection ended. */
  readonly isRefused: boolean;
}

/**
 * What we set and another process of HAProxy still has: its `load-server-state-from-file` brings it over a reload.
 * Without one nothing of it is left. A maintenance that was another's before stays so, even where it could be the file's.
 */
export function outlasting(
  states: ReadonlyMap<string, LineState>,
  before: ReadonlyMap<string, LineState>,
  now: ReadonlyMap<string, LineState>,
): ReadonlyMap<string, LineState> {
  const isHeld = (path: string): boolean => before.get(path) === 'maint' && now.get(path) === 'maint';
  return new Map([...states].filter(([path, state]) => now.get(path) === state || isHeld(path)));
}

/** Seen ready, whoever made it so: a maintenance after that is not the one that stands in the file. */
export function seenReady(now: ReadonlyMap<string, LineState>): ReadonlyMap<string, LineState> {
  return new Map([...now].filter(([, state]) => state === 'ready'));
}

/**
 * A line that is not as we wished goes back to what was noted of it before: else our own maintenance, not lifted yet,
 * would pass for another's. Where it is not known whether the command is still on its way, a line that is ready may
 * become as we wished, so that is left noted. True when something was changed.
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
