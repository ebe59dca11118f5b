/** Reads all sources at intervals and keeps the answer, so that answering costs nothing. */

import { type Report, reportText } from '../formats/agent-report.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import { type Answer, answerText } from './answer.ts';
import { answerOf, type Judgement, judge, noJudgement, type Rules } from './judge.ts';
import { merge, noEarlierReading, type Reading, withoutFigures } from './reading.ts';
import type { Source } from './sources.ts';

export interface WatcherOptions {
  readonly sources: readonly Source[];
  readonly rules: Rules;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Watcher {
  /** null: nothing is known yet. */
  answer(): string | null;
  report(): string;
  close(): void;
}

/** After this time the source counts as silent, so that the next reading need not wait. */
const sourceMs = 2000;
/** Rates need two readings: the second one follows soon. */
const secondLookMs = 1000;

/** Resolves after the first reading. */
export async function startWatcher({ sources, rules, everyMs, clock, log }: WatcherOptions): Promise<Watcher> {
  const asked = sources.map((source) => askOneAtATime(source, clock));
  const over = new AbortController();
  let cancel: Cancel = () => {};
  let judgement: Judgement = noJudgement;
  let reading: Reading = { figures: {}, missing: {} };
  let readAtMs: number | null = null;
  let toldCause: string | null = null;

  async function look(): Promise<void> {
    const atMs = clock.monoMs();
    const seen = merge(await Promise.all(asked.map((ask) => ask(atMs, over.signal))));
    if (over.signal.aborted) return;
    const before = judgement;
    reading = seen;
    readAtMs = atMs;
    judgement = judge(before, seen, atMs, rules);
    tell(before, judgement);
  }

  function tell(before: Judgement, now: Judgement): void {
    const [was, is] = [textOf(answerOf(before)), textOf(answerOf(now))];
    if (was !== is) log.info({ from: was, to: is, figures: limited() }, 'answer changes');
    const cause = now.lacking?.cause ?? null;
    // A rate that needs its second reading is not logged.
    if (cause === toldCause || (cause === noEarlierReading && before.lacking === null)) return;
    toldCause = cause;
    if (now.lacking !== null) log.warn({ cause: now.lacking.cause }, 'figures are missing; the last answer stands');
    else log.info({}, 'all figures are known');
  }

  function limited(): Reading['figures'] {
    return Object.fromEntries(Object.entries(reading.figures).filter(([name]) => name in rules.limits));
  }

  /** Missed readings are skipped: after a suspend there is one reading, not many. */
  function arm(dueMs: number): void {
    const now = clock.monoMs();
    const nextMs = dueMs > now ? dueMs : now + everyMs;
    cancel = clock.after(nextMs - now, () => {
      void look().then(() => {
        if (!over.signal.aborted) arm(nextMs + everyMs);
      });
    });
  }

  const startedMs = clock.monoMs();
  await look();
  arm(startedMs + Math.min(secondLookMs, everyMs));
  return {
    answer: () => textOf(answerOf(judgement)),
    report() {
      const report: Report = {
        answer: textOf(answerOf(judgement)),
        load: judgement.load,
        ageMs: readAtMs === null ? null : clock.monoMs() - readAtMs,
        figures: reading.figures,
        limits: rules.limits,
        missing: reading.missing,
      };
      return reportText(report);
    },
    close() {
      cancel();
      over.abort();
    },
  };
}

function textOf(answer: Answer | null): string | null {
  return answer === null ? null : answerText(answer);
}

type Ask = (atMs: number, over: AbortSignal) => Promise<Reading>;

/** A hanging file system must not use up a thread for each reading. Never rejects. */
function askOneAtATime(source: Source, clock: Clock): Ask {
  const late = withoutFigures(source.names, source.lateCause);
  let busy = false;
  return (atMs, over) => {
    if (busy) return Promise.resolve(late);
    busy = true;
    const stop = new AbortController();
    return new Promise((resolve) => {
      const end = (reading: Reading): void => {
        cancel();
        over.removeEventListener('abort', giveUp);
        resolve(reading);
      };
      const giveUp = (): void => {
        stop.abort();
        end(late);
      };
      const cancel = clock.after(sourceMs, giveUp);
      over.addEventListener('abort', giveUp);
      void source
        .read(atMs, stop.signal)
        .catch(() => late)
        .then((reading) => {
          busy = false;
          end(reading);
        });
    });
  };
}
