/** The kernel's packet marks in one line, and what is wrong with them. */
import type { MarksStatus, Status } from '../../api/control.ts';
import { type Line, type Look, plain, toned } from './look.ts';
import { clockTime, duration } from './time.ts';
import { grouped } from './words.ts';

export function marksLines({ director, marks }: Status, look: Look): Line[] {
  if (marks === null) return [];
  const { kind, problem, inSyncSinceMs, lastDrift } = marks;
  const lines: Line[] = [[toned('strong', 'marks'), plain(`  ${kind ?? 'no packet filter yet'}  `)]];
  const first = lines[0] as Line;
  const counts = countsOf(marks).join(', ');
  if (inSyncSinceMs === null) lines[0] = [...first, plain(`${counts}, `), toned('warn', 'not in sync')];
  else lines[0] = [...first, plain(`${counts}, in sync since ${clockTime(inSyncSinceMs, director.nowMs, look)}`)];
  if (problem !== null) lines.push([plain('  '), toned('warn', `▲ ${problem}`)]);
  if (lastDrift !== null) {
    const age = duration(director.nowMs - lastDrift.atMs);
    lines.push([toned('quiet', `  drift repaired ${age} ago: ${lastDrift.text}`)]);
  }
  return lines;
}

function countsOf({ clients, overrides, groups, paths }: MarksStatus): readonly string[] {
  const manual = overrides > 0 ? ` (${grouped(overrides)} manual)` : '';
  return [
    `${grouped(clients)} ${clients === 1 ? 'client' : 'clients'}${manual}`,
    `${grouped(groups)} ${groups === 1 ? 'group' : 'groups'}`,
    ...(paths > 0 ? [`${grouped(paths)} ${paths === 1 ? 'VIP path' : 'VIP paths'}`] : []),
  ];
}
