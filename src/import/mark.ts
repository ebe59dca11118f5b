/** Firewall marks as other programs write them. */
import { pathMarks } from '../core/marks.ts';

const most = 0xffff_ffff;

/** Decimal or as `0x1f`; null: no mark, or one of those that we keep for ourselves. */
export function readMark(text: string): number | null {
  if (!/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return null;
  const mark = Number(text);
  if (mark < 1 || mark > most) return null;
  return mark >= pathMarks.first && mark <= pathMarks.last ? null : mark;
}

/** What was expected in place of a text of which `readMark` makes nothing. */
export function expectedMark(text: string): string {
  const mark = Number(text);
  if (mark < pathMarks.first || mark > pathMarks.last) return `a mark from 1 to ${most}`;
  return `a mark outside ${pathMarks.first} to ${pathMarks.last}, which are the program's own`;
}
