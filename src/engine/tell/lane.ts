/** A lane: notices with the same alert, recipient and incident leave one after the other, in order. */
import type { OutboxRow } from '../../store/store.ts';

export function laneOf(row: OutboxRow): string {
  return JSON.stringify([row.alert, row.recipient, row.incidentId]);
}

export interface Superseded {
  readonly row: OutboxRow;
  readonly because: string;
}

/**
 * Which waiting notices of a lane nobody needs any more when its head comes due. A recovery that waits behind tells
 * the whole story, and a reminder is out of date when anything waits behind it. `waiting` is in order, head first.
 */
export function superseded(waiting: readonly OutboxRow[], nowMs: number): readonly Superseded[] {
  const due = waiting.filter((row) => row.notBeforeMs <= nowMs);
  const recovery = due.findLast((row) => row.kind === 'recovered');
  const last = due.at(-1);
  const found: Superseded[] = [];
  for (const row of waiting) {
    if (row === recovery) break;
    if (recovery !== undefined) found.push({ row, because: `merged into ${recovery.id}` });
    else if (row.kind === 'reminder' && last !== undefined && row !== last) {
      found.push({ row, because: `out of date when ${last.id} came due` });
    }
  }
  return found;
}
