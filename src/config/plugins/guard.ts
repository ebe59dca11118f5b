/** What a plugin from outside says is looked at before it is believed: its mistakes are told, and stay its own. */
import {
  type Action,
  type Alert,
  type Check,
  type Monitor,
  PermanentError,
  type Verdict,
} from '../../plugin/plugin.ts';
import { timesOf } from '../sections/monitors/timing.ts';
import { showValue } from '../show.ts';

const statuses: readonly unknown[] = ['ok', 'overloaded', 'fail', 'unknown'];
const summaryChars = 200;
const detailChars = 16_384;
const maxMeasures = 64;
/** A name stands in metrics and in the history. */
const nameChars = 100;
/** Of one check. A run that does not obey its deadline is left behind; more of them would eat up our files. */
const mostUnfinished = 8;

export function guardMonitor(monitor: Monitor): Monitor {
  return {
    ...monitor,
    prepare(options): Check {
      const check = expectFunction(monitor.prepare(options));
      let unfinished = 0;
      // Async, so that what it throws at once is a rejection, too.
      return async (target, context) => {
        if (unfinished >= mostUnfinished) throw new Error(`${mostUnfinished} runs of it never ended`);
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
          // Its name is enough, whichever copy of the class it comes from.
          if (error instanceof Error && error.name === 'PermanentError') throw new PermanentError(wordsOf(error));
          throw asError(error);
        }
      };
    },
  };
}

/** Throws when it is none. What is only untidy is made tidy: a summary is one line, a measure is a number. */
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
    summary: oneLine(summary),
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

/** What the functions of a monitor say to right options; null: nothing is wrong. */
export function monitorTrial(monitor: Monitor, options: unknown): string | null {
  return trial(() => {
    const port = monitor.tripwirePort(options);
    if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
      return `\`tripwirePort\`: expected a port or null, got ${shown(port)}`;
    timesOf({}, monitor, options);
    monitor.together?.(options);
    const loads: unknown = monitor.loads?.(options) ?? null;
    if (loads !== null && !(Array.isArray(loads) && loads.every((one) => typeof one === 'string')))
      return `\`loads\`: expected a list of texts or null, got ${shown(loads)}`;
    monitor.prepare(options);
    return null;
  });
}

export function alertTrial(alert: Alert, options: unknown): string | null {
  return trial(() => {
    const recipients: unknown = alert.recipients(options);
    const isList = Array.isArray(recipients) && recipients.every((one) => typeof one === 'string');
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

/** Anything can be thrown, and not all of it can be made text. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${shown(error)}`;
  const message: unknown = error.message;
  return (typeof message === 'string' && oneLine(message)) || 'it failed without a word';
}

/** What is an error of one line is left as it is. */
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

/** Without what does not belong in a subject line. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, summaryChars);
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
