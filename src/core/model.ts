/**
 * The words of the decisions (CONTRIBUTING.md has the whole list).
 * Wall times (`atMs`, `sinceMs`, `untilMs`) are ms since the epoch.
 */

/** `server/monitor`, the name of a check. */
export type CheckId = `${string}/${string}`;

/** What a check is held to be. `untested` is a state of its own: nothing is done about it. */
export type Status = 'untested' | 'ok' | 'overloaded' | 'fail';

export type VerdictStatus = Exclude<Status, 'untested'>;

/** A verdict with its times; `unknown` is our own problem and never counts against the server. */
export interface Observation {
  readonly status: VerdictStatus | 'unknown';
  readonly summary: string;
  readonly detail?: string;
  readonly measures?: Readonly<Record<string, number>>;
  /** The values of measures at which the server is full. */
  readonly limits?: Readonly<Record<string, number>>;
  /** The failure rests on silence, not on anything that was heard from the server. */
  readonly silent?: boolean;
  /** Of a failure that is doubted, and so `unknown`: whose silence or lateness speaks against it. */
  readonly doubtedBy?: 'reference' | 'timers';
  readonly atMs: number;
  readonly tookMs: number;
}

/** A stored step of one check. */
export interface StatusChange {
  readonly check: CheckId;
  readonly server: string;
  readonly monitor: string;
  readonly from: Status;
  readonly to: VerdictStatus;
  readonly atMs: number;
  /** When the first observation of the run that led here was made. */
  readonly firstSeenMs: number;
  readonly summary: string;
  readonly detail: string;
}

/** A hand on the weight of a server in one pool: holds until it expires or is lifted. */
export interface Pin {
  readonly server: string;
  readonly service: string;
  /** As the table has it, from 1. */
  readonly weight: number;
  readonly atMs: number;
  /** null: until lifted. */
  readonly untilMs: number | null;
  readonly why: string;
  readonly by: string;
}

/** A hand on a server: holds until it expires or is lifted. */
export interface Hold {
  readonly server: string;
  readonly kind: 'drain' | 'disable';
  readonly atMs: number;
  /** null: until lifted. */
  readonly untilMs: number | null;
  readonly why: string;
  readonly by: string;
}
