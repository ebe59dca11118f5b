import type { HistoryRow } from '../store/store.ts';
import type { Client } from './client.ts';
import { countOption, durationOption, type JsonOption } from './options.ts';
import { emptyHistory, historyLines } from './render/history.ts';
import { dateTime } from './render/time.ts';
import { type ExitCode, lookOf, print, printJson, type Session, UsageError } from './session.ts';

export interface HistoryOptions extends JsonOption {
  readonly server?: string;
  readonly since?: string;
  readonly limit?: string;
}

/** The daemon gives no more at once. */
const mostRows = 10_000;
const usualRows = 100;

export async function history(session: Session, client: Client, options: HistoryOptions): Promise<ExitCode> {
  const limit = countOption('--limit', options.limit, [1, mostRows]) ?? usualRows;
  const sinceMs = sinceOption(options.since, session.clock.wallMs());
  const query = new URLSearchParams({ limit: String(limit) });
  if (options.server !== undefined) query.set('server', options.server);
  if (sinceMs !== undefined) query.set('since', String(sinceMs));
  const rows = await client.get<readonly HistoryRow[]>(`/history?${query}`);
  const look = lookOf(session);
  if (options.json) printJson(session, rows);
  else if (rows.length > 0) print(session, historyLines(rows, look));
  else
    print(session, [[{ text: emptyHistory(options.server, sinceMs === undefined ? null : dateTime(sinceMs, look)) }]]);
  return 0;
}

/** `1h` ago, or a date such as `2026-11-21` or `2026-11-21T04:00`, in the reader's zone. */
function sinceOption(text: string | undefined, nowMs: number): number | undefined {
  if (text !== undefined && /^\d{4}-\d\d-\d\d/.test(text)) {
    const atMs = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'));
    if (Number.isNaN(atMs) || atMs < 0)
      throw new UsageError(`--since: expected a date such as 2026-11-21T04:00, got \`${text}\``);
    return atMs;
  }
  const agoMs = durationOption('--since', text);
  return agoMs === undefined ? undefined : Math.max(0, nowMs - agoMs);
}
