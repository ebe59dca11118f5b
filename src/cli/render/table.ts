/** The desired table beside the actual one. */

import type { TableView } from '../../api/control.ts';
import { entryKey } from '../../core/table.ts';
import { type Cell, type Column, columns } from './columns.ts';
import { type Line, type Look, plain, toned } from './look.ts';

const spec: readonly Column[] = [
  {},
  { min: 12 },
  { min: 10 },
  { min: 10 },
  { align: 'right', spare: 1 },
  { align: 'right', spare: 2 },
];
const headings = ['', 'real server', 'desired', 'actual', 'active', 'inactive'];

export function tableLines(views: readonly TableView[], look: Look): Line[] {
  return views.flatMap((view, at) => [...(at > 0 ? [[]] : []), ...viewLines(view, look)]);
}

function viewLines(view: TableView, look: Look): Line[] {
  const lines: Line[] = [[toned('strong', view.service), plain('  '), toned('quiet', view.key)]];
  if (view.problem !== null) lines.push([plain('  '), toned('warn', `▲ ${view.problem}`)]);
  const keys = new Set([...view.desired, ...(view.actual ?? [])].map(entryKey));
  const rows = [...keys].map((key): readonly Cell[] => {
    const desired = view.desired.find((entry) => entryKey(entry) === key);
    const actual = view.actual?.find((entry) => entryKey(entry) === key);
    const same = desired?.weight === actual?.weight && desired?.forward === actual?.forward;
    const comparison = same ? toned('good', '✔') : toned('bad', '✖');
    const found = actual ? `weight ${actual.weight} ${actual.forward}` : '-';
    const unread = view.actual === null;
    return [
      [unread ? toned('warn', '?') : comparison],
      [plain(key)],
      [plain(desired ? `weight ${desired.weight} ${desired.forward}${desired.pinned ? ' pinned' : ''}` : '-')],
      [plain(unread ? 'unknown' : found)],
      [plain(actual ? `${actual.activeConns}` : '')],
      [plain(actual ? `${actual.inactiveConns}` : '')],
    ];
  });
  if (rows.length === 0) lines.push([toned('quiet', '  no real servers')]);
  else lines.push(...columns(spec, [headings.map((word) => [toned('quiet', word)]), ...rows], look, 2));
  for (const step of view.plan) lines.push([toned('warn', '  to do  '), plain(step)]);
  return lines;
}
