/** The contract of monitors and alerts: all that they may know of the program. Public as `understudyd/plugin`. */

import type { Clock, Log } from '../ports.ts';
import type { Options, Schema } from './fields.ts';

export { field, type Options, type Schema } from './fields.ts';

export interface Target {
  /** The server's name in the configuration. */
  readonly server: string;
  /** An IP literal without brackets. */
  readonly address: string;
  /** Only for the monitor `vip`. */
  readonly path?: TargetPath;
}

/** How to reach a virtual address through one real server: the source port of a connection selects the server. */
export interface TargetPath {
  readonly vip: string;
  readonly port: number;
  /** Bind one that is free. */
  readonly sourcePorts: readonly number[];
  /** Other servers with their source ports. While a connection through one of them works, the problem is not ours. */
  readonly witnesses: readonly { readonly address: string; readonly sourcePorts: readonly number[] }[];
}

/** The result of one check. A failing server is a verdict, never an exception. */
export interface Verdict {
  /** `unknown`: the check could not be made, and as far as we know that is not the server's fault. */
  readonly status: 'ok' | 'overloaded' | 'fail' | 'unknown';
  /** One line of at most 200 characters, cause first. The same fault has the same text: varying numbers go to `detail` or `measures`. */
  readonly summary: string;
  /** More about it, for people: up to 16 KiB, any number of lines. */
  readonly detail?: string;
  /** Figures by name, such as `{ cpu: 41.5 }`, at most 64: for status, metrics and weights. */
  readonly measures?: Readonly<Record<string, number>>;
  /** For measures of how full a server is: the value at which it is full, above 0. With `balance`, weights follow them. */
  readonly limits?: Readonly<Record<string, number>>;
  /** True when nothing at all was received. Such a failure counts only when a reference host or the server's own kernel answers. */
  readonly silent?: boolean;
}

export type Phase = 'dns' | 'tcp' | 'tls' | 'first byte' | 'total';

/** Records the conversation of a check. `understudy probe` prints it; the daemon keeps none. */
export interface Trace {
  /** A phase has ended now. Its time counts from the start of the check. */
  phase(name: Phase): void;
  sent(bytes: Uint8Array | string): void;
  received(bytes: Uint8Array | string): void;
  note(text: string): void;
}

export interface CheckContext {
  /**
   * Aborted with a `Deadline` as its reason when the check's time is up: then the check returns a verdict that says how
   * far it got. Aborted with any other reason at shutdown, or when a second attempt was quicker: then the check rejects.
   * In both cases it closes what it opened.
   */
  readonly signal: AbortSignal;
  readonly trace: Trace;
  readonly log: Log;
  /** The only source of time for a monitor. */
  readonly clock: Clock;
}

/** The reason of the abort at a check's deadline. */
export class Deadline extends Error {
  override readonly name = 'Deadline';
  readonly afterMs: number;
  constructor(afterMs: number) {
    super(`no verdict in ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}

/** One check of one server. It rejects only when it is aborted or has a bug; a bug becomes the verdict `unknown`. */
export type Check = (target: Target, context: CheckContext) => Promise<Verdict>;

/** Default times, written as in the configuration: `10s`. An absent one is the same as for other monitors. */
export interface DefaultTiming {
  readonly interval?: string;
  /** At most the interval: a shorter interval in the configuration shortens it. */
  readonly timeout?: string;
}

export interface Monitor {
  /** The `type` in the configuration. */
  readonly type: string;
  /** One line for the documentation and the JSON Schema: `Waits for the greeting of an SSH server`. */
  readonly about: string;
  /** The monitor's own options. `interval`, `timeout` and the others that every monitor has are not among them. */
  readonly options: Schema;
  /** The default of `interval`, written as in the configuration, from `10ms`; `1s` if absent. */
  readonly interval?: string;
  /** Default times that depend on the options. */
  timing?(options: unknown): DefaultTiming;
  /** One line about `timing` for the JSON Schema: `10s with level: play`. */
  readonly timingNote?: string;
  /** True: a check asks over the network, so a second attempt may be started beside a silent first one. */
  readonly network: boolean;
  /** The default of `on_limit`; `drain` if absent. */
  readonly onLimit?: 'drain' | 'warn';
  /** The TCP port for a tripwire: a connection held open, whose closing starts a check at once. null: none. */
  tripwirePort(options: unknown): number | null;
  /** True: all checks of this monitor are due at the same times, because one run checks all servers. */
  together?(options: unknown): boolean;
  /** Names of the measures that come with a limit; null: only the verdicts show them. No measures if absent. */
  loads?(options: unknown): readonly string[] | null;
  /** Called once for each check, and once to try the options when the configuration is read: it opens nothing. */
  prepare(options: unknown): Check;
}

/** A monitor as it is written, with the type of its options. See `Monitor` for each property. */
interface MonitorOf<S extends Schema>
  extends Pick<Monitor, 'type' | 'about' | 'interval' | 'timingNote' | 'network' | 'onLimit'> {
  readonly options: S;
  readonly timing?: (options: Options<S>) => DefaultTiming;
  readonly tripwirePort?: (options: Options<S>) => number | null;
  readonly together?: (options: Options<S>) => boolean;
  readonly loads?: (options: Options<S>) => readonly string[] | null;
  readonly prepare: (options: Options<S>) => Check;
}

/** Makes a monitor. Its functions get the options in the type of its schema. */
export function defineMonitor<S extends Schema>(monitor: MonitorOf<S>): Monitor {
  const { tripwirePort = () => null, together = () => false, loads = () => [] } = monitor;
  // The engine calls the functions only with options that this schema has parsed.
  return { ...monitor, tripwirePort, together, loads } as Monitor;
}

/**
 * One message to deliver. It is stored before the first attempt and is the same in every attempt, except that a late
 * one names the delay in its subject.
 */
export interface Notice {
  /** The same in every attempt, so that a repeat can be recognized. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** null: about the director itself, or a test. */
  readonly server: string | null;
  readonly incidentId: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Message-IDs of the thread so far, oldest first; empty for the first message. */
  readonly references: readonly string[];
  /** When it was made, in ms since 1970. */
  readonly atMs: number;
}

export type NoticeKind = 'down' | 'overloaded' | 'reminder' | 'changed' | 'recovered' | 'director' | 'test';

export interface ActionContext {
  /** Aborted when the delivery takes too long, and at shutdown. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Delivers a notice to one recipient. It may be called again after a delivery that succeeded: use `notice.id` to make a
 * repeat harmless. A rejection is retried later, a `PermanentError` is not.
 */
export type Action = (recipient: string, notice: Notice, context: ActionContext) => Promise<void>;

/** Another attempt cannot help, for example because the recipient does not exist. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** An alert as it is written, with the type of its options. See `Alert` for each property. */
interface AlertOf<S extends Schema> extends Pick<Alert, 'type' | 'about'> {
  readonly options: S;
  readonly recipients: (options: Options<S>) => readonly string[];
  readonly prepare: (options: Options<S>) => Action;
}

/** Makes an alert. Its functions get the options in the type of its schema. */
export function defineAlert<S extends Schema>(alert: AlertOf<S>): Alert {
  return { ...alert } as Alert;
}

/** An alert that notifies people. (The types `ipvs`, `haproxy` and `memory` have no plugin.) */
export interface Alert {
  /** The `type` in the configuration. */
  readonly type: string;
  /** One line for the documentation and the JSON Schema. */
  readonly about: string;
  /** The alert's own options. `alertafter` and the others that every alert has are not among them. */
  readonly options: Schema;
  /** Who gets a notice. Each recipient has attempts of its own. */
  recipients(options: unknown): readonly string[];
  /** Called once for each alert of the configuration, and once to try the options: it opens nothing. */
  prepare(options: unknown): Action;
}
