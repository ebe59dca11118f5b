/** One glyph, word and tone for each state, the same wherever it is shown. */
import type { Status as CheckStatus, Hold, Pin } from '../../core/model.ts';
import { withReason } from '../../text.ts';
import { clean, type Line, type Look, plain, type Span, type Tone, toned } from './look.ts';
import { clockTime, duration } from './time.ts';

export interface Mark {
  readonly glyph: string;
  readonly word: string;
  readonly tone: Tone;
}

export const marks = {
  ok: { glyph: '✔', word: 'ok', tone: 'good' },
  overloaded: { glyph: '▲', word: 'OVERLOADED', tone: 'warn' },
  fail: { glyph: '✖', word: 'FAIL', tone: 'bad' },
  untested: { glyph: '◌', word: 'untested', tone: 'quiet' },
  unknown: { glyph: '?', word: 'unknown', tone: 'warn' },
} as const satisfies Record<CheckStatus | 'unknown', Mark>;

export function badge({ glyph, word, tone }: Mark): Line {
  return [toned(tone, `${glyph} ${word}`)];
}

/** A bar of at most `width` columns, as long as `value` is to `full`; something is never drawn as nothing. */
export function bar(value: number, full: number, width: number): string {
  const length = full <= 0 ? 0 : Math.round((Math.min(value, full) / full) * width);
  return '█'.repeat(value > 0 ? Math.max(1, length) : 0);
}

/** `drained by anna 12m 4s ago until 14:00 (1h 48m left): kernel update`. */
export function holdText(hold: Hold, nowMs: number, look: Look): string {
  return `${hold.kind === 'drain' ? 'drained' : 'disabled'} ${handText(hold, 'until enabled', nowMs, look)}`;
}

/** `pinned to 30 in playout by anna 12m 4s ago until 14:00 (1h 48m left): half a machine`. */
export function pinText(pin: Pin, nowMs: number, look: Look): string {
  return `pinned to ${pin.weight} in ${clean(pin.service)} ${handText(pin, 'until unpinned', nowMs, look)}`;
}

type Hand = Pick<Hold, 'by' | 'atMs' | 'untilMs' | 'why'>;

function handText({ by, atMs, untilMs, why }: Hand, open: string, nowMs: number, look: Look): string {
  const until =
    untilMs === null ? open : `until ${clockTime(untilMs, nowMs, look)} (${duration(untilMs - nowMs)} left)`;
  return `by ${clean(by)} ${duration(nowMs - atMs)} ago, ${until}${withReason(clean(why))}`;
}

/** Below an order that was carried out; nothing where it is on disk, as it should be. */
export function unsavedLines(unsaved: string | null): Line[] {
  return unsaved === null
    ? []
    : [[toned('bad', '  not on disk yet, a restart would lose it: '), plain(clean(unsaved))]];
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** `20,003`. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Spans with a separator between them. */
export function joined(parts: readonly Line[], separator: string): Line {
  return parts.flatMap((part, at): readonly Span[] => (at === 0 ? part : [plain(separator), ...part]));
}
