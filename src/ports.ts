/** What the moving parts need of the world, as interfaces. `system/` has the real ones, tests have their own. */

export type Cancel = () => void;

export interface Clock {
  /** Wall time in ms since the epoch: for records and calendars, never for intervals. */
  wallMs(): number;
  /** Monotonic time in ms, fractional, with an arbitrary zero: for intervals and durations. */
  monoMs(): number;
  /** Calls back once, `delayMs` from now or later. A cancelled timer never calls. */
  after(delayMs: number, callback: () => void): Cancel;
}

/** A number in [0, 1). */
export type Random = () => number;

export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** A TCP connect to an IP literal. One of `onOpen`, `onRefused`, `onFailed` is called, `onClosed` after an open; none before `dial` returned. */
export interface DialEvents {
  onOpen?(): void;
  /** The host's kernel answered that nobody listens. */
  onRefused?(): void;
  /** No answer, or our own problem: the error code. */
  onFailed?(code: string): void;
  onClosed?(): void;
}

/** Ends a connection, or the attempt, by reset; no event follows. */
export type HangUp = () => void;

export type Dial = (address: string, port: number, events: DialEvents) => HangUp;

export interface ExecResult {
  /** null when the process was ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly input?: string;
  readonly timeoutMs: number;
  /** Of stdout and of stderr is kept so much, and the rest dropped; 1 MiB if absent. */
  readonly outputLimitBytes?: number;
}

/** A long-lived child that takes lines on stdin. */
export interface Pipe {
  /** Hands the text to the kernel before it returns, unless the pipe is full. */
  write(text: string): void;
  close(): void;
}

export interface PipeEvents {
  onStderr(text: string): void;
  /** Called once; also when the program could not be started (`cause` says why). */
  onExit(cause: string): void;
}

export interface Exec {
  /** Runs a program to its end. Rejects when it cannot be started, or was killed at its time limit. */
  run(file: string, args: readonly string[], options: ExecOptions): Promise<ExecResult>;
  open(file: string, args: readonly string[], events: PipeEvents): Pipe;
}
