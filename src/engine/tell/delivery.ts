/** One attempt to deliver a notice: what the alert gets, and the outcome. */
import { backoff, noticeBackoff } from '../../core/backoff.ts';
import { type Action, type Notice, PermanentError } from '../../plugin/plugin.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Email, OutboxRow } from '../../store/store.ts';
import { errorText, oneLine } from '../../text.ts';

/** A email that is later than this says so in its subject. */
const lateMs = 2 * 60_000;

export type Outcome =
  | { readonly is: 'delivered' }
  | { readonly is: 'retry'; readonly error: string }
  | { readonly is: 'dead'; readonly error: string; readonly refused: boolean }
  /** We stopped: as if it had not been tried. */
  | { readonly is: 'abandoned' };

export function noticeOf(row: OutboxRow, email: Email, nowMs: number): Notice {
  const lateForMs = nowMs - row.atMs;
  const delay = lateForMs < lateMs ? '' : ` (delayed ${roughly(lateForMs)})`;
  return {
    id: row.id,
    kind: row.kind,
    server: row.server,
    incidentId: row.incidentId,
    subject: `${email.subject}${delay}`,
    text: email.text,
    html: email.html,
    references: email.references,
    atMs: row.atMs,
  };
}

/** `14 min`, `3 h`, `2 d` */
function roughly(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

export interface Attempt {
  readonly action: Action;
  readonly notice: Notice;
  readonly recipient: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when we stop. */
  readonly stopping: AbortSignal;
}

/** Never rejects, and never takes longer than `timeoutMs`, whatever the alert does. */
export async function attempt(to: Attempt): Promise<Outcome> {
  const abort = new AbortController();
  const stop = () => abort.abort(to.stopping.reason);
  to.stopping.addEventListener('abort', stop);
  const cancelDeadline = to.clock.after(to.timeoutMs, () =>
    abort.abort(new Error(`not delivered in ${to.timeoutMs} ms`)),
  );
  try {
    if (to.stopping.aborted) return { is: 'abandoned' };
    const context = { signal: abort.signal, log: to.log };
    await Promise.race([to.action(to.recipient, to.notice, context), rejectionOf(abort.signal)]);
    return { is: 'delivered' };
  } catch (error) {
    if (to.stopping.aborted) return { is: 'abandoned' };
    if (error instanceof PermanentError) return { is: 'dead', error: errorLine(error), refused: true };
    return { is: 'retry', error: errorLine(error) };
  } finally {
    cancelDeadline();
    to.stopping.removeEventListener('abort', stop);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** What the store keeps of an outcome. `row.attempts` counts the attempt that just ended. */
export function settle(row: OutboxRow, outcome: Outcome, nowMs: number, jitter: number): Partial<OutboxRow> {
  switch (outcome.is) {
    case 'delivered':
      return { state: 'delivered', lastError: '', settledMs: nowMs };
    case 'dead':
      return { state: 'dead', lastError: outcome.error, settledMs: nowMs };
    case 'abandoned':
      return { notBeforeMs: nowMs };
    case 'retry': {
      const waitMs = backoff(noticeBackoff, row.attempts, nowMs - row.atMs, jitter);
      if (waitMs !== 'give up') return { notBeforeMs: nowMs + waitMs, lastError: outcome.error };
      return { state: 'dead', lastError: `given up: ${outcome.error}`, settledMs: nowMs };
    }
    default:
      return outcome satisfies never;
  }
}

/** Errors come from mail servers and scripts: one line of limited length for the store and the log. */
export function errorLine(error: unknown): string {
  return oneLine(errorText(error)).slice(0, 500);
}
