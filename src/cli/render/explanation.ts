/** Why a server is in or out of each pool, first cause first. */
import type { Explanation } from '../../api/control.ts';
import { historyLines } from './history.ts';
import { type Line, type Look, plain, toned } from './look.ts';
import { duration } from './time.ts';
import { badge, holdText, marks, pinText } from './words.ts';

export function explanationLines({ server, pools, recent }: Explanation, nowMs: number, look: Look): Line[] {
  const lines: Line[] = [
    [
      ...badge(marks[server.status]),
      plain('  '),
      toned('strong', server.name),
      plain(`  ${server.address}  for ${duration(nowMs - server.sinceMs)}`),
    ],
  ];
  if (server.hold !== null) lines.push([plain('  '), toned('warn', holdText(server.hold, nowMs, look))]);
  for (const pin of server.pins ?? []) lines.push([plain('  '), toned('warn', pinText(pin, nowMs, look))]);
  for (const check of server.checks) {
    const mark = check.unknown === null ? marks[check.status] : marks.unknown;
    const text = `${check.monitor}: ${check.unknown ?? (check.summary || check.status)}`;
    lines.push([plain('  '), toned(mark.tone, mark.glyph), plain(` ${text} (${duration(nowMs - check.sinceMs)})`)]);
  }
  for (const pool of pools) {
    const place = pool.inTable ? `in the table with weight ${pool.weight ?? 0}` : 'not in the table';
    lines.push([], [toned('strong', pool.service), plain(`  ${pool.role}, ${place}`)]);
    for (const [at, reason] of pool.because.entries()) {
      lines.push([toned('quiet', at === 0 ? '  because ' : '      and '), plain(reason)]);
    }
    for (const packets of pool.reachedBy) lines.push([toned('quiet', '  reached '), plain(packets)]);
  }
  if (pools.length === 0) lines.push([], [plain('in no pool: it is only watched')]);
  if (recent.length > 0) lines.push([], [toned('strong', 'recently')], ...historyLines(recent, look));
  return lines;
}
