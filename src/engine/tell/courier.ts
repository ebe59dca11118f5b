/**
 * Delivers the notices of the outbox, each at least once. It runs on its own promises: nothing that a mail server
 * does delays a check or a swap, and nothing here throws at its caller.
 */
import { backoff, noticeBackoff } from '../../core/backoff.ts';
import type { Action } from '../../plugin/plugin.ts';
import type { Cancel, Clock, Log, Random } from '../../ports.ts';
import type { Email, OutboxRow, Store } from '../../store/store.ts';
import { attempt, noticeOf, type Outcome, oneLine, settle } from './delivery.ts';
import { laneOf, superseded } from './lane.ts';

export interface CourierParts {
  readonly store: Pick<
    Store,
    'dueNotices' | 'waitingWith' | 'nextNoticeMs' | 'pullIn' | 'updateNotice' | 'markRecipient' | 'badRecipients'
  >;
  /** By their names in the configuration; asked for each notice, so that a reload takes effect. */
  readonly alerts: () => ReadonlyMap<string, { readonly action: Action }>;
  /** Called once for a notice, before its first attempt. */
  readonly render: (row: OutboxRow) => Email;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly attemptTimeoutMs?: number;
}

export interface Courier {
  /** There may be something new to deliver. */
  wake(): void;
  /** Gives up the attempts under way, which will be repeated, and waits for their ends. */
  stop(): Promise<void>;
}

/** At once for each alert, so that a slow one does not use up the turns of the others. */
const atOnce = 4;
/** The disk is full or away. */
const storeRetryMs = 5000;
/** Wall times were asked of a monotonic timer: look again in case the clock was set. */
const longestSleepMs = 60_000;
/** No back-off puts a notice off for longer: the clock was set back since. */
const longestWaitMs = noticeBackoff.capMs + 60_000;
/** While attempts are under way the next due notice may be one of them. */
const shortestSleepMs = 1000;

export function startCourier(parts: CourierParts): Courier {
  const { store, clock, random, log } = parts;
  const stopping = new AbortController();
  /** Lane -> alert of the attempt under way, or of one whose outcome is not on disk yet. */
  const busy = new Map<string, string>();
  const running = new Set<Promise<void>>();
  const unsaved: (() => void)[] = [];
  /** Alert -> errors that are in the log since it last delivered. */
  const told = new Map<string, Set<string>>();
  let storeProblem = '';
  let pulledInMs = Number.NEGATIVE_INFINITY;
  let cancelTimer: Cancel = () => {};

  function pump(): void {
    cancelTimer();
    cancelTimer = () => {};
    try {
      saveOutcomes();
      if (stopping.signal.aborted) return;
      pullIn();
      const due = store.dueNotices(clock.wallMs(), atOnce + busy.size);
      for (const row of due) if (mayStart(row)) begin(row);
      // The end of an attempt is the next occasion; meanwhile a look now and then is enough.
      const nextMs = busy.size > 0 ? clock.wallMs() : store.nextNoticeMs();
      if (storeProblem !== '') log.info({}, 'store answers again, delivering');
      storeProblem = '';
      if (nextMs !== null) sleep(nextMs - clock.wallMs());
    } catch (error) {
      const problem = oneLine(error);
      if (problem !== storeProblem) log.error({ err: error }, 'cannot deliver while the store refuses');
      storeProblem = problem;
      sleep(storeRetryMs);
    }
  }

  function pullIn(): void {
    if (clock.monoMs() - pulledInMs < longestSleepMs) return;
    pulledInMs = clock.monoMs();
    const nowMs = clock.wallMs();
    const count = store.pullIn(nowMs + longestWaitMs, nowMs);
    if (count > 0) log.warn({ count }, 'notices were put off for too long, delivering now: was the clock set back?');
  }

  function sleep(ms: number): void {
    if (stopping.signal.aborted) return;
    const atLeastMs = busy.size > 0 ? shortestSleepMs : 0;
    cancelTimer = clock.after(Math.min(Math.max(ms, atLeastMs), longestSleepMs), pump);
  }

  function saveOutcomes(): void {
    for (let save = unsaved[0]; save !== undefined; save = unsaved[0]) {
      save();
      unsaved.shift();
    }
  }

  function mayStart(row: OutboxRow): boolean {
    if (busy.has(laneOf(row))) return false;
    return [...busy.values()].filter((alert) => alert === row.alert).length < atOnce;
  }

  /** Throws when the store does: then nothing was sent. */
  function begin(head: OutboxRow): void {
    const row = supersede(head);
    const action = parts.alerts().get(row.alert)?.action;
    const nowMs = clock.wallMs();
    if (action === undefined) {
      const error = `alert \`${row.alert}\` is not in the configuration any more`;
      store.updateNotice(row.id, settle(row, { is: 'dead', error, refused: false }, nowMs, 0));
      report(row, { is: 'dead', error, refused: false }, clock.monoMs());
      return;
    }
    const email = row.email ?? compose(row);
    const attempts = row.attempts + 1;
    // Counted and put off before it is tried, so that a notice that kills us cannot do so in a tight loop.
    const waitMs = backoff(noticeBackoff, attempts, 0, random());
    const claimed = { ...row, email, attempts, notBeforeMs: nowMs + Number(waitMs) };
    store.updateNotice(row.id, { email, attempts, notBeforeMs: claimed.notBeforeMs });
    const lane = laneOf(row);
    busy.set(lane, row.alert);
    const delivery = deliver(claimed, email, action, lane).finally(() => running.delete(delivery));
    running.add(delivery);
  }

  function supersede(head: OutboxRow): OutboxRow {
    if (head.incidentId === null) return head;
    const waiting = store.waitingWith(head);
    const nowMs = clock.wallMs();
    const dropped = superseded(waiting, nowMs);
    for (const { row, because } of dropped) {
      store.updateNotice(row.id, { state: 'dead', lastError: because, settledMs: nowMs });
      log.info({ notice: row.id, alert: row.alert, recipient: row.recipient, because }, 'notice superseded');
    }
    return waiting.find((row) => dropped.every((gone) => gone.row !== row)) ?? head;
  }

  function compose(row: OutboxRow): Email {
    try {
      return parts.render(row);
    } catch (error) {
      // People must be told even if the words for it are plain.
      log.error({ notice: row.id, err: error }, 'email could not be written, sending a plain one');
      const what = row.incident?.summary ?? row.about;
      const subject = `[understudy] ${row.server ?? 'director'} ${row.kind}: ${what}`;
      return { subject, text: `${subject}\n`, html: '', references: [] };
    }
  }

  async function deliver(row: OutboxRow, email: Email, action: Action, lane: string): Promise<void> {
    const startedMs = clock.monoMs();
    const outcome = await attempt({
      action,
      notice: noticeOf(row, email, clock.wallMs()),
      recipient: row.recipient,
      timeoutMs: parts.attemptTimeoutMs ?? 120_000,
      clock,
      log,
      stopping: stopping.signal,
    });
    const nowMs = clock.wallMs();
    const change = settle(row, outcome, nowMs, random());
    report(row, outcome.is === 'retry' && change.state === 'dead' ? givenUp(change.lastError) : outcome, startedMs);
    unsaved.push(() => {
      store.updateNotice(row.id, change);
      keepMark(row.recipient, outcome, nowMs);
      busy.delete(lane);
    });
    pump();
  }

  function keepMark(recipient: string, outcome: Outcome, nowMs: number): void {
    if (outcome.is === 'dead' && outcome.refused) store.markRecipient(recipient, outcome.error, nowMs);
    if (outcome.is !== 'delivered') return;
    if (store.badRecipients().some((bad) => bad.recipient === recipient)) store.markRecipient(recipient, null, nowMs);
  }

  function report(row: OutboxRow, outcome: Outcome, startedMs: number): void {
    const fields = {
      notice: row.id,
      alert: row.alert,
      recipient: row.recipient,
      kind: row.kind,
      server: row.server,
      incident: row.incidentId,
      attempts: row.attempts,
    };
    switch (outcome.is) {
      case 'delivered':
        told.delete(row.alert);
        log.info({ ...fields, tookMs: Math.round(clock.monoMs() - startedMs) }, 'notice delivered');
        return;
      case 'dead':
        log.error({ ...fields, error: outcome.error }, 'notice not delivered, and not tried again');
        return;
      case 'retry': {
        const known = told.get(row.alert) ?? new Set();
        if (known.has(outcome.error)) log.debug({ ...fields, error: outcome.error }, 'notice not delivered yet');
        else log.warn({ ...fields, error: outcome.error }, 'notice not delivered yet, will be tried again');
        if (known.size < 100) told.set(row.alert, known.add(outcome.error));
        return;
      }
      case 'abandoned':
        log.info(fields, 'delivery stopped, will be repeated');
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Later, not now: the caller has a table to put right. */
  function wake(): void {
    if (stopping.signal.aborted) return;
    cancelTimer();
    cancelTimer = clock.after(0, pump);
  }

  wake();
  return {
    wake,
    async stop() {
      stopping.abort(new Error('shutting down'));
      cancelTimer();
      await Promise.allSettled([...running]);
      pump();
      cancelTimer();
    },
  };
}

function givenUp(error = ''): Outcome {
  return { is: 'dead', error, refused: false };
}
