/** The `Log` port on pino: JSON lines for machines, readable ones for a person at a terminal. */
import { type DestinationStream, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import type { Log } from '../ports.ts';
import { redact, redactText } from './redact.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** For a person: colours and local times; otherwise JSON. */
  readonly pretty: boolean;
  /** stdout if absent. */
  readonly to?: DestinationStream;
}

export interface OpenLog {
  readonly log: Log;
  /** Writes out what is still in memory; the last thing before the process ends. */
  flush(): void;
}

/** A reader of our output that stands still (a full pipe) costs lines beyond this, never a late check. */
const bufferCapBytes = 8 * 1024 * 1024;

export function openLog({ level, pretty, to }: LogOptions): OpenLog {
  const stdout =
    to === undefined && !pretty ? pino.destination({ dest: 1, sync: false, maxLength: bufferCapBytes }) : null;
  // A reader that went away (EPIPE) must not end the daemon.
  stdout?.on('error', () => {});
  const stream =
    stdout ??
    (pretty
      ? pinoPretty({
          colorize: to === undefined,
          destination: to ? writerOf(to) : 1,
          sync: true,
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss.l',
          hideObject: true,
          messageFormat: (line, key) => readable(line, key),
        })
      : to);
  const out = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream as DestinationStream,
  );
  const write =
    (name: LogLevel) =>
    (fields: object, text: string): void => {
      if (out.isLevelEnabled(name)) out[name](redact(fields), redactText(text));
    };
  return {
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    flush: () => {
      try {
        stdout?.flushSync();
      } catch {
        // Nobody reads any more, or the file never opened.
      }
    },
  };
}

/** `status change  server=edge1 to=fail summary="no answer"`: what JSON says, without its brackets. */
function readable(line: Record<string, unknown>, messageKey: string): string {
  const fields = Object.entries(line).filter(([key]) => key !== messageKey && key !== 'level' && key !== 'time');
  const shown = fields.map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${key}=${/^[^\s"]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return [`${line[messageKey]}`.padEnd(shown.length === 0 ? 0 : 16), ...shown].join(' ');
}

function writerOf(to: DestinationStream): NodeJS.WritableStream {
  return to as unknown as NodeJS.WritableStream;
}
