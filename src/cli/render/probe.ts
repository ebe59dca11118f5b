/** One check, told whole: the verdict, the phase times, the conversation. */
import type { ProbeResult } from '../../api/control.ts';
import { columns } from './columns.ts';
import { clean, type Line, type Look, plain, toned } from './look.ts';
import { badge, marks } from './words.ts';

/** A flood of bytes is not worth a flood of lines. */
const conversationCap = 200;

export function probeLines(results: readonly ProbeResult[], look: Look): Line[] {
  return results.flatMap((result, at) => [...(at > 0 ? [[]] : []), ...resultLines(result, look)]);
}

function resultLines(result: ProbeResult, look: Look): Line[] {
  const head: Line = [
    ...badge(marks[result.status]),
    plain('  '),
    toned('strong', `${result.server}/${result.monitor}`),
    plain(`  ${result.summary}`),
    toned('quiet', `  (${result.type} ${result.address}, ${ms(result.tookMs)})`),
  ];
  const phases = result.phases.map(({ name, atMs }) => `${name} ${ms(atMs)}`).join(', ');
  const measures = Object.entries(result.measures).map(([name, value]) => `${name} ${value}`);
  const detail = result.detail.split(/\r?\n/).filter((line) => line.trim() !== '' && line.trim() !== result.summary);
  return [
    head,
    ...(phases === '' ? [] : [[toned('quiet', '  phases    '), plain(phases)]]),
    ...(measures.length === 0 ? [] : [[toned('quiet', '  measures  '), plain(measures.join(', '))]]),
    ...detail.map((line): Line => [toned('quiet', '  '), plain(line)]),
    ...conversationLines(result, look),
  ];
}

const arrows = { sent: '→', received: '←', note: '·' } as const;

function conversationLines({ conversation }: ProbeResult, look: Look): Line[] {
  const said = conversation.flatMap(({ atMs, direction, text }) =>
    text
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map((line, at) => ({ at: at === 0 ? ms(atMs) : '', direction, text: clean(line) })),
  );
  const shown = said.slice(0, conversationCap);
  const rows = shown.map(({ at, direction, text }) => [
    [toned('quiet', at)],
    [toned(direction === 'received' ? 'good' : 'quiet', arrows[direction])],
    [toned(direction === 'note' ? 'quiet' : 'plain', text)],
  ]);
  const lines = columns([{ align: 'right' }, {}, { min: 20 }], rows, look, 2);
  const more = said.length - shown.length;
  return more > 0 ? [...lines, [toned('quiet', `  ... and ${more} lines more`)]] : lines;
}

function ms(value: number): string {
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}
