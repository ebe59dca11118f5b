/** All that an email is written from. */
import type { NoticeKind } from '../src/plugin/plugin.ts';
import type { EmailAction, Names } from './outcome.ts';

export interface EmailInput {
  /** The notice as the outbox has it. */
  readonly notice: {
    readonly id: string;
    readonly alert: string;
    readonly recipient: string;
    readonly kind: NoticeKind;
    readonly incident: EmailIncident | null;
    /** What a `director` or `test` notice says; in the others a further line, such as who was kept although failing. */
    readonly about: string;
  };
  /** All notices of the incident, oldest first, this one included or not. */
  readonly thread: readonly ThreadNotice[];
  /** Table actions of the incident, oldest first. */
  readonly actions: readonly EmailAction[];
  /** Servers that may stand in for the notice's server, in any pool. */
  readonly backups: readonly string[];
  /** Servers that stand in for it now. */
  readonly standIns: readonly string[];
  /** What the director lacks now, such as a table that it cannot change. */
  readonly problems: readonly EmailProblem[];
  /** Servers pooled although bad, any server's, one line each that begins with its name: `edge2 in playout`. */
  readonly kept: readonly string[];
  readonly names: Names;
  readonly director: string;
  /** IANA zone of the reader, beside UTC. */
  readonly zone: string;
  readonly nowMs: number;
}

export interface EmailProblem {
  readonly kind: string;
  readonly text: string;
}

export interface EmailIncident {
  readonly id: string;
  readonly server: string;
  readonly openedMs: number;
  readonly closedMs: number | null;
  readonly status: 'overloaded' | 'fail';
  readonly summary: string;
  readonly problems: readonly {
    readonly check: string;
    readonly status: 'overloaded' | 'fail';
    readonly summary: string;
    readonly detail: string;
    readonly sinceMs: number;
  }[];
}

export interface ThreadNotice {
  readonly id: string;
  readonly alert: string;
  readonly recipient: string;
  readonly kind: NoticeKind;
  readonly attempts: number;
  readonly state: 'waiting' | 'delivered' | 'dead';
}
