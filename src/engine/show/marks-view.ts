/** The kernel's packet marks as the status shows them. */

import type { MarksStatus } from '../../api/control.ts';
import { marksNothing } from '../../core/marks.ts';
import type { Clients } from '../mark/clients.ts';
import type { MarkerState } from '../mark/marker.ts';

/** null: nothing is to be marked, and nothing of ours is left. */
export function marksStatus(clients: Clients, state: MarkerState): MarksStatus | null {
  const marking = clients.marking();
  if (marksNothing(marking) && state.problem === null) return null;
  return {
    kind: state.kind,
    groups: marking.groups.length,
    clients: marking.clients.length,
    overrides: clients.overrides().size,
    paths: new Set(marking.paths.map(({ mark }) => mark)).size,
    inSyncSinceMs: state.inSyncSinceMs,
    problem: state.problem?.text ?? null,
    lastDrift: state.lastDrift,
  };
}
