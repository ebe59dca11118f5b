/** What happened, the newest last, so that it stands beside the prompt. */
import type { HistoryRow } from '../../store/store.ts';
import { type Cell, type Column, columns } from './columns.ts';
import { type Line, type Look, plain, type Tone, toned } from './look.ts';
import { dateTime } from './time.ts';
import { marks } from './words.ts';

const spec: readonly Column[] = [{}, { min: 8 }, { min: 6 }, { min: 20 }];

/** Rows come newest first, as the store gives them. */
export function historyLines(rows: readonly HistoryRow[], look: Look): Line[] {
  return columns(
    spec,
    rows.toReversed().map((row) => [[toned('quiet', dateTime(row.atMs, look))], ...rowCells(row)]),
    look,
  );
}

function rowCells(row: HistoryRow): readonly Cell[] {
  switch (row.type) {
    case 'change': {
      const { glyph, tone } = marks[row.to];
      return cells(row.check, tone, `${glyph} ${row.to}`, `was ${row.from}: ${row.summary}`);
    }
    case 'action': {
      const verified = row.result === 'verified';
      const took = verified ? `, in ${row.tookMs < 10 ? row.tookMs.toFixed(1) : Math.round(row.tookMs)} ms` : '';
      const outcome = verified ? '' : ` REFUSED: ${row.error}`;
      return cells(row.service, verified ? 'good' : 'bad', '→ table', `${row.command}${outcome} (${row.cause}${took})`);
    }
    case 'remark':
      return cells(row.server ?? '', 'plain', `· ${row.kind}`, row.text);
    case 'notice': {
      const tone = { waiting: 'warn', delivered: 'plain', dead: 'bad' } as const;
      const tries = row.attempts > 1 ? ` after ${row.attempts} attempts` : '';
      const error = row.state === 'delivered' || row.lastError === '' ? '' : `: ${row.lastError}`;
      const text = `${row.kind} by ${row.alert} to ${row.recipient}${tries}${error}`;
      return cells(row.server ?? '', tone[row.state], `· ${row.state}`, text);
    }
    default:
      return row satisfies never;
  }
}

function cells(subject: string, tone: Tone, what: string, text: string): readonly Cell[] {
  return [[plain(subject)], [toned(tone, what)], [plain(text)]];
}

/** `since`: as a person reads it. */
export function emptyHistory(server: string | undefined, since: string | null): string {
  return `nothing in the history${server === undefined ? '' : ` of ${server}`}${since === null ? '' : ` since ${since}`}`;
}
