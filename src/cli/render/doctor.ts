/** Findings as a table, the worst first, and below it why and what mends each. */
import type { Finding, FindingState } from '../../machine/host/finding.ts';
import { worstFirst } from '../../machine/host/finding.ts';
import { type Cell, type Column, columns } from './columns.ts';
import { clip, type Line, type Look, plain, toned, wrapped } from './look.ts';
import { badge, count, type Mark } from './words.ts';

const states: Readonly<Record<FindingState, Mark>> = {
  ok: { glyph: '✔', word: 'ok', tone: 'good' },
  warn: { glyph: '▲', word: 'warn', tone: 'warn' },
  bad: { glyph: '✖', word: 'BAD', tone: 'bad' },
  unknown: { glyph: '?', word: 'unknown', tone: 'warn' },
};

const spec: readonly Column[] = [{}, { min: 16 }, { min: 10 }, { min: 8, spare: 1 }];
const headings = ['', 'what', 'found', 'wanted'].map((word): Cell => [toned('quiet', word)]);

export interface DoctorText {
  readonly table: readonly Line[];
  /** Never cut: reasons are read to the end, and commands are copied. */
  readonly remedies: readonly Line[];
  readonly verdict: Line;
}

export function findingsText(findings: readonly Finding[], look: Look): DoctorText {
  const sorted = worstFirst(findings);
  const rows = sorted.map((finding): readonly Cell[] => [
    badge(states[finding.state]),
    [plain(finding.name)],
    [plain(finding.found)],
    [toned('quiet', finding.wanted)],
  ]);
  return {
    table: columns(spec, [headings, ...rows], look),
    remedies: sorted.filter(({ state }) => state !== 'ok').flatMap((finding) => remedy(finding, look)),
    verdict: verdictOf(findings),
  };
}

function remedy({ name, state, why, mend, found, wanted }: Finding, look: Look): Line[] {
  const { glyph, tone } = states[state];
  const whole = clip(found, 400) + (state === 'unknown' ? '' : `, wanted ${wanted}`);
  const lines: Line[] = [
    [toned(tone, `${glyph} ${name}`), plain(`: ${whole}`)],
    ...wrapped(why, look.width, '    ').map((line) => [toned('quiet', line)]),
  ];
  return mend === null ? lines : [...lines, [plain(`    $ ${mend}`)]];
}

function verdictOf(findings: readonly Finding[]): Line {
  const number = (state: FindingState) => findings.filter((one) => one.state === state).length;
  const [bad, warn, unknown] = [number('bad'), number('warn'), number('unknown')];
  const parts = [
    bad > 0 && `${bad} bad`,
    warn > 0 && count(warn, 'warning'),
    unknown > 0 && `${unknown} not known`,
    `${number('ok')} ok`,
  ].filter((part) => part !== false);
  if (bad > 0) return [toned('bad', `✖ ${parts.join(', ')}`)];
  if (warn + unknown > 0) return [toned('warn', `▲ ${parts.join(', ')}`)];
  return [toned('good', `✔ all ${count(findings.length, 'thing')} looked at ok`)];
}
