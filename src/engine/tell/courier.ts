/**
 * Delivers the notices of the outbox, each at least once. It runs on its own promises: nothing that a mail server
 * does delays a check or a swap, and nothing here throws at its caller.
 */
import { setMaxListeners } from 'node:events';
import { backoff, noticeBackoff } from '../../core/backoff.ts';
import type { Action } from '../../plugin/plugin.ts';
import type { Cancel, Clock, Log, Random } from '../../ports.ts';
import type { Email, Outbox, OutboxRow } from '../../store/store.ts';
import { attempt, errorLine, noticeOf, type Outcome, settle } from './delivery.ts';
import { laneOf, superseded } from './lane.ts';

export interface CourierParts {
  readonly store: Outbox;
  /** By their names in the configuration; asked for each notice, so that a reload takes effect. */
  readonly alerts: () => ReadonlyMap<string, { readonly action: Action }>;
  /** Called once for a notice, before its first attempt. */
  readonly render: (row: OutboxRow) => Promise<Email>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly attemptTimeoutMs?: number;
}

export interface MailStatus {
  readonly waiting: number;
  readonly oldestMs: number | null;
  readonly badRecipients: Awaited<ReturnType<Outbox['badRecipients']>>;
}

export interface Courier {
  /** There may be something new to deliver. */
  wake(): void;
  /** As of the last time that the store answered. */
  status(): MailStatus;
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
  // Every attempt under way listens to it.
  setMaxListeners(0, stopping.signal);
  /** Lane -> alert of the attempt under way, or of one whose outcome is not on disk yet. */
  const busy = new Map<string, string>();
  const running = new Set<Promise<void>>();
  const unsaved: (() => Promise<void>)[] = [];
  /** Alert -> errors that are in the log since it last delivered. */
  const logged = new Map<string, Set<string>>();
  let storeProblem = '';
  let pulledInMs = Number.NEGATIVE_INFINITY;
  let cancelTimer: Cancel = () => {};
  let status: MailStatus = { waiting: 0, oldestMs: null, badRecipients: [] };
  let pumping: Promise<void> | null = null;
  let isAskedAgain = false;

  /** One at a time; what comes up meanwhile is another turn. */
  async function pump(): Promise<void> {
    isAskedAgain = true;
    if (pumping !== null) return pumping;
    pumping = (async () => {
      for (; isAskedAgain; ) {
        isAskedAgain = false;
        await turn();
      }
    })();
    await pumping.finally(() => {
      pumping = null;
    });
  }

  async function turn(): Promise<void> {
    cancelTimer();
    cancelTimer = () => {};
    try {
      await saveOutcomes();
      if (!stopping.signal.aborted) await startDue();
      const { count: waiting, oldestMs } = await store.waitingNotices();
      status = { waiting, oldestMs, badRecipients: await store.badRecipients() };
      noteStoreAnswers();
    } catch (error) {
      const problem = errorLine(error);
      if (problem !== storeProblem) log.error({ err: error }, 'cannot deliver while the store refuses');
      storeProblem = problem;
      sleep(storeRetryMs);
    }
  }

  function noteStoreAnswers(): void {
    if (storeProblem !== '') log.info({}, 'store answers again, delivering');
    storeProblem = '';
  }

  async function startDue(): Promise<void> {
    await pullIn();
    for (const row of await store.dueNotices(clock.wallMs(), atOnce + busy.size)) if (mayStart(row)) await begin(row);
    // The end of an attempt is the next occasion; meanwhile polling at intervals is enough.
    const nextMs = busy.size > 0 ? clock.wallMs() : await store.nextNoticeMs();
    if (nextMs !== null) sleep(nextMs - clock.wallMs());
  }

  async function pullIn(): Promise<void> {
    if (clock.monoMs() - pulledInMs < longestSleepMs) return;
    pulledInMs = clock.monoMs();
    const nowMs = clock.wallMs();
    const count = await store.pullIn(nowMs + longestWaitMs, nowMs);
    if (count > 0) log.warn({ count }, 'notices were put off for too long, delivering now: was the clock set back?');
  }

  function sleep(ms: number): void {
    if (stopping.signal.aborted) return;
    const atLeastMs = busy.size > 0 ? shortestSleepMs : 0;
    cancelTimer = clock.after(Math.min(Math.max(ms, atLeastMs), longestSleepMs), () => void pump());
  }

  async function saveOutcomes(): Promise<void> {
    for (let save = unsaved[0]; save !== undefined; save = unsaved[0]) {
      await save();
      unsaved.shift();
    }
  }

  function mayStart(row: OutboxRow): boolean {
    if (busy.has(laneOf(row))) return false;
    return [...busy.values()].filter((alert) => alert === row.alert).length < atOnce;
  }

  /** Rejects when the store does; then nothing was sent. */
  async function begin(head: OutboxRow): Promise<void> {
    const row = await supersede(head);
    const action = parts.alerts().get(row.alert)?.action;
    const nowMs = clock.wallMs();
    if (action === undefined) {
      const error = `alert \`${row.alert}\` is not in the configuration any more`;
      await store.updateNotice(row.id, settle(row, { is: 'dead', error, refused: false }, nowMs, 0));
      report(row, { is: 'dead', error, refused: false }, clock.monoMs());
      return;
    }
    const email = row.email ?? (await compose(row));
    const attempts = row.attempts + 1;
    // Recorded with its back-off before the attempt: if delivery crashes the daemon, the restart must not retry at once.
    const waitMs = backoff(noticeBackoff, attempts, 0, random());
    const claimed = { ...row, email, attempts, notBeforeMs: nowMs + Number(waitMs) };
    await store.updateNotice(row.id, { email, attempts, notBeforeMs: claimed.notBeforeMs });
    noteStoreAnswers();
    if (stopping.signal.aborted) return;
    const lane = laneOf(row);
    busy.set(lane, row.alert);
    const delivery = deliver(claimed, email, action, lane).finally(() => running.delete(delivery));
    running.add(delivery);
  }

  async function supersede(head: OutboxRow): Promise<OutboxRow> {
    if (head.incidentId === null) return head;
    const waiting = await store.waitingWith(head);
    const nowMs = clock.wallMs();
    const dropped = superseded(waiting, nowMs);
    for (const { row, because } of dropped) {
      await store.updateNotice(row.id, { state: 'dead', lastError: because, settledMs: nowMs });
      log.info({ notice: row.id, alert: row.alert, recipient: row.recipient, because }, 'notice superseded');
    }
    return waiting.find((row) => dropped.every((gone) => gone.row !== row)) ?? head;
  }

  async function compose(row: OutboxRow): Promise<Email> {
    try {
      return await parts.render(row);
    } catch (error) {
      // People must be notified even if the text is plain.
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
    unsaved.push(async () => {
      await store.updateNotice(row.id, change);
      await markRecipient(row.recipient, outcome, nowMs);
      busy.delete(lane);
    });
    // Not awaited: a turn may be waiting for the end of this attempt.
    void pump();
  }

  async function markRecipient(recipient: string, outcome: Outcome, nowMs: number): Promise<void> {
    if (outcome.is === 'dead' && outcome.refused) await store.markRecipient(recipient, outcome.error, nowMs);
    if (outcome.is !== 'delivered') return;
    const isMarked = (await store.badRecipients()).some((bad) => bad.recipient === recipient);
    if (isMarked) await store.markRecipient(recipient, null, nowMs);
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
        logged.delete(row.alert);
        log.info({ ...fields, tookMs: Math.round(clock.monoMs() - startedMs) }, 'notice delivered');
        return;
      case 'dead':
        log.error({ ...fields, error: outcome.error }, 'notice not delivered, given up');
        return;
      case 'retry': {
        const known = logged.get(row.alert) ?? new Set();
        if (known.has(outcome.error)) log.debug({ ...fields, error: outcome.error }, 'notice not delivered yet');
        else log.warn({ ...fields, error: outcome.error }, 'notice not delivered yet, will be tried again');
        if (known.size < 100) logged.set(row.alert, known.add(outcome.error));
        return;
      }
      case 'abandoned':
        log.info(fields, 'delivery stopped, will be repeated');
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Later, not now: the caller has a table to bring in sync. */
  function wake(): void {
    if (stopping.signal.aborted) return;
    cancelTimer();
    cancelTimer = clock.after(0, () => void pump());
  }

  wake();
  return {
    wake,
    status: () => status,
    async stop() {
      stopping.abort(new Error('shutting down'));
      cancelTimer();
      await pumping;
      await Promise.allSettled([...running]);
      await pump();
      cancelTimer();
    },
  };
}

function givenUp(error = ''): Outcome {
  return { is: 'dead', error, refused: false };
}
