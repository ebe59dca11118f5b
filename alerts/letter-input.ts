/** All that a letter is written from. */
import type { NoticeKind } from '../src/plugin/plugin.ts';
import type { LetterAction, Names } from './outcome.ts';

export interface LetterInput {
  /** The notice as the outbox has it. */
  readonly notice: {
    readonly id: string;
    readonly alert: string;
    readonly recipient: string;
    readonly kind: NoticeKind;
    readonly incident: LetterIncident | null;
    /** What a `director` or `test` notice says; in the others a further line, such as who was kept although failing. */
    readonly about: string;
  };
  /** All notices of the incident, oldest first, this one included or not. */
  readonly thread: readonly ThreadNotice[];
  /** Table actions of the incident, oldest first. */
  readonly actions: readonly LetterAction[];
  /** Servers that may stand in for the notice's server, in any pool. */
  readonly backups: readonly string[];
  /** Servers that stand in for it now. */
  readonly standIns: readonly string[];
  /** What the director lacks now, such as a table that it cannot change. */
  readonly troubles: readonly LetterTrouble[];
  /** Servers pooled although bad, any server's, one line each that begins with its name: `edge2 in playout`. */
  readonly kept: readonly string[];
  readonly names: Names;
  readonly director: string;
  /** IANA zone of the reader, beside UTC. */
  readonly zone: string;
  readonly nowMs: number;
}

export interface LetterTrouble {
  readonly kind: string;
  readonly text: string;
}

export interface LetterIncident {
  readonly id: string;
  readonly server: string;
  readonly openedMs: number;
  readonly closedMs: number | null;
  readonly status: 'overloaded' | 'fail';
  readonly summary: string;
  readonly troubles: readonly {
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
