/** Text for a terminal as plain values: a line is made of spans, and gets its colours and its final width only here. */
import { styleText } from 'node:util';

export interface Look {
  /** Columns of the terminal. */
  readonly width: number;
  /** false: the locale is not UTF-8, every character must be ASCII. */
  readonly unicode: boolean;
  readonly colour: boolean;
  /** undefined: the machine's own. */
  readonly timeZone?: string;
}

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'strong' | 'plain';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}

export type Line = readonly Span[];

/** Orange-red and blue-green are told apart by more people than red and green; a glyph and a word say it as well. */
const styles = {
  good: 'cyan',
  warn: 'yellow',
  bad: ['bold', 'redBright'],
  quiet: 'dim',
  strong: 'bold',
  plain: 'reset',
} as const satisfies Record<Tone, unknown>;

/** Each glyph beside its ASCII form, of the same width. */
const ascii: Readonly<Record<string, string>> = {
  '✔': '+',
  '✖': 'x',
  '▲': '!',
  '○': 'o',
  '◌': '.',
  '◐': '%',
  '●': '*',
  '→': '>',
  '↳': '`',
  '…': '~',
  '█': '#',
  '░': '.',
  '▒': ':',
  '─': '-',
  '·': '-',
  '←': '<',
};

export function plain(text: string): Span {
  return { text };
}

export function toned(tone: Tone, text: string): Span {
  return { text, tone };
}

/** The line as bytes for the terminal: never longer than the width, nothing in it that a terminal would obey. */
export function paint(line: Line, look: Look): string {
  const clipped = clipLine(
    line.map((span) => ({ ...span, text: spell(clean(span.text), look) })),
    look,
  );
  const text = clipped.map((span) => (look.colour ? coloured(span) : span.text)).join('');
  return look.colour ? text : text.trimEnd();
}

/** However long the lines are. */
export function uncut(lines: readonly Line[], look: Look): string {
  return lines.map((line) => `${paint(line, { ...look, width: Number.MAX_SAFE_INTEGER })}\n`).join('');
}

/** At spaces; a word that is longer than the line stays whole. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(`${indent}${line} ${word}`) > Math.min(width, 120)) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, indent + line];
}

/** What came from elsewhere (a server's banner, a reason typed by hand) must not move the cursor. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** Columns that a text takes: wide East Asian characters and emoji two, combining marks none. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** Cuts at the end and says so. */
export function clip(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = '';
  let columns = 1;
  for (const character of text) {
    columns += widthOf(character);
    if (columns > width) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept}…`;
}

function widthOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(
    character,
  )
    ? 2
    : 1;
}

function spell(text: string, look: Look): string {
  if (look.unicode) return text;
  return text.replace(/[^\x20-\x7e]/gu, (character) => ascii[character] ?? '?');
}

function clipLine(line: Line, look: Look): Line {
  const kept: Span[] = [];
  let left = look.width;
  for (const [index, span] of line.entries()) {
    const columns = columnsOf(span.text);
    const rest = line.slice(index + 1).some((later) => later.text.trim() !== '');
    if (columns < left || (columns === left && !rest)) {
      kept.push(span);
      left -= columns;
      continue;
    }
    const text = columns === left ? clip(`${span.text} `, left) : clip(span.text, left);
    kept.push({ ...span, text: spell(text, look) });
    break;
  }
  return kept;
}

function coloured({ text, tone }: Span): string {
  if (tone === undefined || tone === 'plain' || text.trim() === '') return text;
  const style = styles[tone];
  // Whether to colour was decided by the look; newer Nodes would decide again.
  return styleText(typeof style === 'string' ? style : [...style], text, { validateStream: false });
}
