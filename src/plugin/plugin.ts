/** All that a monitor or an alert may know of the program. */

import type { Clock, Log } from '../ports.ts';
import type { Options, Schema } from './fields.ts';

export { field, type Options, type Schema } from './fields.ts';

export interface Target {
  /** The server's name in the configuration. */
  readonly server: string;
  /** An IP literal without brackets. */
  readonly address: string;
  /** For a monitor of type `vip`. */
  readonly path?: TargetPath;
}

/** How to reach a virtual address through one real server: the source port decides. */
export interface TargetPath {
  readonly vip: string;
  readonly port: number;
  /** Any of them that is free. */
  readonly sourcePorts: readonly number[];
  /** Source ports of the ways through other servers: while they work, the fault is not ours. */
  readonly witnesses: readonly { readonly address: string; readonly sourcePorts: readonly number[] }[];
}

/** What one check found out about one target. A failing target is a result, never an exception. */
export interface Verdict {
  /** `unknown`: we could not tell, and it is not the server's fault as far as we know. */
  readonly status: 'ok' | 'overloaded' | 'fail' | 'unknown';
  /** One line, cause first, the same words for the same fault; numbers that vary belong in `detail` or `measures`. */
  readonly summary: string;
  readonly detail?: string;
  readonly measures?: Readonly<Record<string, number>>;
  /** Of measures that say how full a server is: the value at which it is full, above 0. Weights can go by them. */
  readonly limits?: Readonly<Record<string, number>>;
  /** True when the failure rests on silence alone: law 1 wants a second witness before it counts. */
  readonly silent?: boolean;
}

export type Phase = 'dns' | 'tcp' | 'tls' | 'first byte' | 'total';

/** Where a check writes its conversation down; `understudy probe` prints it, the daemon keeps none. */
export interface Trace {
  /** Ends a phase: it took from the check's start until now. */
  phase(name: Phase): void;
  sent(bytes: Uint8Array | string): void;
  received(bytes: Uint8Array | string): void;
  note(text: string): void;
}

export interface CheckContext {
  /**
   * Aborted at the absolute deadline with a `Deadline` as its reason (then the check returns a verdict that
   * says how far it got), or with anything else (shutdown, a hedged twin was quicker: then it just rejects).
   * In both cases it closes what it opened.
   */
  readonly signal: AbortSignal;
  readonly trace: Trace;
  readonly log: Log;
  /** All that a monitor knows of time. */
  readonly clock: Clock;
}

/** The abort reason at a check's deadline. */
export class Deadline extends Error {
  override readonly name = 'Deadline';
  readonly afterMs: number;
  constructor(afterMs: number) {
    super(`no verdict in ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}

/** Rejects only if the check itself is broken or aborted; the runner names the cause and calls it `unknown`. */
export type Check = (target: Target, context: CheckContext) => Promise<Verdict>;

/** Times as the configuration writes them, for where it names none; what is absent is as for other monitors. */
export interface UsualTiming {
  readonly interval?: string;
  /** Never longer than the interval: a shorter one that is written shortens it. */
  readonly timeout?: string;
}

export interface Monitor {
  /** The `type` in the configuration. */
  readonly type: string;
  /** One line for the documentation and the JSON Schema. */
  readonly about: string;
  /** The options beside those that every monitor has. */
  readonly options: Schema;
  /** `interval` where the configuration names none, as written there; `1s` if absent. */
  readonly interval?: string;
  /** The same for times that depend on the options. */
  timing?(options: unknown): UsualTiming;
  /** One line about `timing` for the JSON Schema: `10s with level: play`. */
  readonly timingNote?: string;
  /** A check asks the network: a late answer may be asked for a second time before the deadline (a hedge). */
  readonly network: boolean;
  /** `on_limit` where the configuration names none; `drain` if absent. */
  readonly onLimit?: 'drain' | 'warn';
  /** The TCP port a tripwire holds a connection to, or null for none. */
  tripwirePort(options: unknown): number | null;
  /** Its checks are due at the same times, whatever their server: it judges them in one run. */
  together?(options: unknown): boolean;
  /** Measures that come with a limit; null: that shows in the answers only. None if absent. */
  loads?(options: unknown): readonly string[] | null;
  prepare(options: unknown): Check;
}

interface MonitorOf<S extends Schema> {
  readonly type: string;
  readonly about: string;
  readonly options: S;
  readonly interval?: string;
  readonly timing?: (options: Options<S>) => UsualTiming;
  readonly timingNote?: string;
  readonly network: boolean;
  readonly onLimit?: 'drain' | 'warn';
  readonly tripwirePort?: (options: Options<S>) => number | null;
  readonly together?: (options: Options<S>) => boolean;
  readonly loads?: (options: Options<S>) => readonly string[] | null;
  readonly prepare: (options: Options<S>) => Check;
}

/** Ties a monitor's options to their schema; the engine never sees their type. */
export function defineMonitor<S extends Schema>(monitor: MonitorOf<S>): Monitor {
  const { timing } = monitor;
  return {
    type: monitor.type,
    about: monitor.about,
    options: monitor.options,
    ...(monitor.interval === undefined ? {} : { interval: monitor.interval }),
    ...(timing === undefined ? {} : { timing: (options: unknown) => timing(options as Options<S>) }),
    ...(monitor.timingNote === undefined ? {} : { timingNote: monitor.timingNote }),
    network: monitor.network,
    ...(monitor.onLimit === undefined ? {} : { onLimit: monitor.onLimit }),
    tripwirePort: (options) => monitor.tripwirePort?.(options as Options<S>) ?? null,
    together: (options) => monitor.together?.(options as Options<S>) ?? false,
    loads: (options) => (monitor.loads === undefined ? [] : monitor.loads(options as Options<S>)),
    prepare: (options) => monitor.prepare(options as Options<S>),
  };
}

/**
 * One message to deliver. Everything in it was stored before the first attempt and is the same in every attempt,
 * but for the delay that a late one names in its subject.
 */
export interface Notice {
  /** Made before the first attempt, so that a repeat is recognisable. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** null: about the director itself, or a test. */
  readonly server: string | null;
  readonly incidentId: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Message-IDs of the thread so far, oldest first; empty for its root. */
  readonly references: readonly string[];
  readonly atMs: number;
}

export type NoticeKind = 'down' | 'overloaded' | 'reminder' | 'changed' | 'recovered' | 'director' | 'test';

export interface ActionContext {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Delivered at least once: use `notice.id` to make a repeat harmless. Throws PermanentError if retrying cannot help. */
export type Action = (recipient: string, notice: Notice, context: ActionContext) => Promise<void>;

export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

interface AlertOf<S extends Schema> {
  readonly type: string;
  readonly about: string;
  readonly options: S;
  readonly recipients: (options: Options<S>) => readonly string[];
  readonly prepare: (options: Options<S>) => Action;
}

/** Ties an alert's options to their schema, as `defineMonitor` does for a monitor. */
export function defineAlert<S extends Schema>(alert: AlertOf<S>): Alert {
  return {
    type: alert.type,
    about: alert.about,
    options: alert.options,
    recipients: (options) => alert.recipients(options as Options<S>),
    prepare: (options) => alert.prepare(options as Options<S>),
  };
}

/** An alert that tells people. (Those that act on a balancer are the reconciler's and have no plugin.) */
export interface Alert {
  readonly type: string;
  readonly about: string;
  readonly options: Schema;
  /** To whom a notice goes; each recipient has its own row in the outbox and its own retries. */
  recipients(options: unknown): readonly string[];
  prepare(options: unknown): Action;
}
