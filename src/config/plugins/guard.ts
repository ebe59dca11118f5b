/** Checks what a plugin of the site returns and throws, so that its bugs are reported and do no harm elsewhere. */
import {
  type Action,
  type Alert,
  type Check,
  type Monitor,
  PermanentError,
  type Verdict,
} from '../../plugin/plugin.ts';
import { oneLine } from '../../text.ts';
import { asMap } from '../entry.ts';
import { timesOf } from '../sections/monitors/timing.ts';
import { showValue } from '../show.ts';

const statuses: readonly unknown[] = ['ok', 'overloaded', 'fail', 'unknown'];
const summaryChars = 200;
const detailChars = 16_384;
const maxMeasures = 64;
/** Longest name of a measure: it is written into metrics and the history. */
const nameChars = 100;
/** Runs of one check that ignore their deadline: each keeps its sockets and files open. */
const maxUnfinished = 8;

export function guardMonitor(monitor: Monitor): Monitor {
  return {
    ...monitor,
    prepare(options): Check {
      const check = expectFunction(monitor.prepare(options));
      let unfinished = 0;
      // Async, so that an exception before its first `await` is a rejection, too.
      return async (target, context) => {
        if (unfinished >= maxUnfinished) throw new Error(`${maxUnfinished} runs of it never ended`);
        unfinished += 1;
        try {
          return readVerdict(await check(target, context));
        } catch (error) {
          throw asError(error);
        } finally {
          unfinished -= 1;
        }
      };
    },
  };
}

export function guardAlert(alert: Alert): Alert {
  return {
    ...alert,
    prepare(options): Action {
      const action = expectFunction(alert.prepare(options));
      return async (...notice) => {
        try {
          await action(...notice);
        } catch (error) {
          // By name, because the plugin may have its own copy of the class.
          if (error instanceof Error && error.name === 'PermanentError') throw new PermanentError(wordsOf(error));
          throw asError(error);
        }
      };
    },
  };
}

/** Throws when it is no verdict. Cuts the summary to one line and drops measures that are no numbers. */
export function readVerdict(value: unknown): Verdict {
  const { status, summary, detail, measures, limits, silent } = asMap(value);
  if (!statuses.includes(status) || typeof summary !== 'string' || summary.trim() === '') {
    const expected = "expected a verdict such as { status: 'ok', summary: 'answers' }";
    throw new Error(`${expected}, got ${shown(value)}`);
  }
  const numbers = numbersOf(measures);
  const full = numbersOf(limits).filter(([, limit]) => limit > 0);
  return {
    status: status as Verdict['status'],
    summary: oneLine(summary).slice(0, summaryChars),
    ...(typeof detail === 'string' ? { detail: detail.slice(0, detailChars) } : {}),
    ...(numbers.length === 0 ? {} : { measures: Object.fromEntries(numbers) }),
    ...(full.length === 0 ? {} : { limits: Object.fromEntries(full) }),
    ...(silent === true && status === 'fail' ? { silent } : {}),
  };
}

function numbersOf(value: unknown): readonly (readonly [name: string, number: number])[] {
  const numbers = Object.entries(asMap(value)).flatMap(([name, number]) =>
    typeof number === 'number' && Number.isFinite(number) && name.length <= nameChars ? [[name, number] as const] : [],
  );
  return numbers.slice(0, maxMeasures);
}

/** Calls the functions of a monitor with valid options. Returns what is wrong, or null. */
export function monitorTrial(monitor: Monitor, options: unknown): string | null {
  return trial(() => {
    const port = monitor.tripwirePort(options);
    if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
      return `\`tripwirePort\`: expected a port or null, got ${shown(port)}`;
    timesOf({}, monitor, options);
    monitor.together?.(options);
    const loads: unknown = monitor.loads?.(options) ?? null;
    if (loads !== null && !(Array.isArray(loads) && loads.every(isText)))
      return `\`loads\`: expected a list of texts or null, got ${shown(loads)}`;
    monitor.prepare(options);
    return null;
  });
}

export function alertTrial(alert: Alert, options: unknown): string | null {
  return trial(() => {
    const recipients: unknown = alert.recipients(options);
    const isList = Array.isArray(recipients) && recipients.every(isText);
    if (!isList) return `\`recipients\`: expected a list of texts, got ${shown(recipients)}`;
    alert.prepare(options);
    return null;
  });
}

function trial(run: () => string | null): string | null {
  try {
    return run();
  } catch (error) {
    return wordsOf(error);
  }
}

/** The message on one line. Anything can be thrown, and not all of it can become text. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${shown(error)}`;
  const message: unknown = error.message;
  return (typeof message === 'string' && oneLine(message).slice(0, summaryChars)) || 'it failed without a message';
}

/** An error whose message is one line stays the same object. */
function asError(error: unknown): Error {
  const words = wordsOf(error);
  return error instanceof Error && error.message === words ? error : new Error(words, { cause: error });
}

function expectFunction<F extends Check | Action>(value: F): F {
  if (typeof value !== 'function') throw new Error(`\`prepare\`: expected a function, got ${shown(value)}`);
  return value;
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `a map with ${Object.keys(value).slice(0, 8).join(', ') || 'nothing'}`
    : showValue(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
