/** Firewall marks, as they may be written. */
import { pathMarks } from '../core/marks.ts';
import { field } from '../plugin/fields.ts';
import type { Parsed } from './addresses.ts';

const mostMark = 0xffff_ffff;
const wholeNumber = `a whole number from 1 to ${mostMark}`;
const ours = `a mark below ${hex(pathMarks.first)} or above ${hex(pathMarks.last)}; those between are for checks by a virtual address`;

export function markField() {
  return field.count(1, mostMark).refine(isFree, `expected ${ours}`);
}

/** `7`, `0x7`. */
export function parseMark(text: string): Parsed<number> {
  const mark = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : 0;
  if (mark < 1 || mark > mostMark) return { expected: wholeNumber };
  return isFree(mark) ? { ok: mark } : { expected: ours };
}

function isFree(mark: number): boolean {
  return mark < pathMarks.first || mark > pathMarks.last;
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}
