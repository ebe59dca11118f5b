/** What a command has of the world: where it writes, how wide and colourful, who asks, and when to stop. */
import type { Clock } from '../ports.ts';
import type { Line, Look } from './render/look.ts';
import { paint } from './render/look.ts';

/** 0 fine, 1 refused or failed, 2 wrong usage or no daemon. */
export type ExitCode = 0 | 1 | 2;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Nobody listens on the control socket. */
export class NoDaemon extends Error {
  override readonly name = 'NoDaemon';
}

export function exitCodeOf(fault: unknown): ExitCode {
  return fault instanceof UsageError || fault instanceof NoDaemon ? 2 : 1;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** A terminal's keyboard. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown;
  on(event: 'data', listener: (keys: Buffer) => void): unknown;
  off(event: 'data', listener: (keys: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface Session {
  readonly out: Output;
  readonly err: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Whose hand it is, for the record. */
  readonly by: string;
  /**
   * From the first call on, Ctrl-C, SIGTERM, SIGHUP and a reader that goes away abort the signal, which is always the
   * same, instead of ending the process.
   */
  readonly interruption: () => AbortSignal;
  /** null: stdin is no terminal. */
  readonly keyboard: Keyboard | null;
  /** For tests; undefined: the machine's own. */
  readonly timeZone?: string;
}

/** How to write to `out` now; a terminal may have been resized. */
export function lookOf(session: Session): Look {
  const { out, env } = session;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    width: widthOf(out.columns ?? Number(env['COLUMNS'] ?? 0), out.isTTY === true),
    unicode: /utf-?8/i.test(locale),
    colour: out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    ...(session.timeZone && { timeZone: session.timeZone }),
  };
}

/** A terminal that reports 0 columns, as in some containers and serial lines, does not know its width. */
function widthOf(columns: number, isTTY: boolean): number {
  if (columns > 0) return Math.max(20, columns);
  // Not a terminal: wide enough that little is cut, whatever reads it.
  return isTTY ? 80 : 160;
}

export function print(session: Session, lines: readonly Line[]): void {
  const look = lookOf(session);
  session.out.write(lines.map((line) => `${paint(line, look)}\n`).join(''));
}

export function printJson(session: Session, value: unknown): void {
  session.out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Ends after `ms`, or at once when the signal aborts; never rejects. */
export function pause(session: Session, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = session.clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
