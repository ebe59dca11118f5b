/** What the director's log says of each column since a fault. */
import { logLines } from '../../../../src/api/log-lines.ts';
import { type ColumnName, columnOf } from '../../matrix/columns.ts';
import type { Look, Seen } from '../../matrix/judge.ts';
import type { LogLine } from '../director.ts';

interface Observed {
  readonly check?: string;
  readonly server?: string;
  readonly monitor?: string;
  readonly status?: Look['status'];
  readonly to?: Look['status'];
  readonly summary?: string;
}

/** `faultMs`: wall time, as the log has it. */
export function looksSince(log: readonly LogLine[], faultMs: number): ReadonlyMap<ColumnName, Seen> {
  const seen = new Map<ColumnName, { looks: Look[]; changes: Look[] }>();
  for (const { msg, time, text } of log) {
    if (msg !== logLines.observation && msg !== logLines.statusChanged) continue;
    const said = JSON.parse(text) as Observed;
    const [server, monitor = ''] = said.check?.split('/') ?? [said.server, said.monitor];
    const column = server === 'edge1' ? columnOf(monitor) : null;
    const status = said.status ?? said.to;
    if (column === null || status === undefined) continue;
    const of = seen.get(column) ?? { looks: [], changes: [] };
    seen.set(column, of);
    const look = { atMs: Date.parse(time) - faultMs, status, words: said.summary ?? '' };
    (msg === logLines.observation ? of.looks : of.changes).push(look);
  }
  return seen;
}
