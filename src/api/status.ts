/** What the status contains. */
import type { Ack, Problem } from '../core/incident.ts';
import type { Status as CheckStatus, Hold, Pin } from '../core/model.ts';

export interface Status {
  readonly director: {
    readonly name: string;
    readonly version: string;
    readonly pid: number;
    readonly startedMs: number;
    readonly nowMs: number;
    readonly configFile: string;
    readonly configLoadedMs: number;
    /** The last reload that was refused, until one succeeds. */
    readonly configError: string | null;
  };
  /** The director's own problems, one line each: frozen tables, a balancer or store that refuses, unsent mail, a silent reference. */
  readonly problems: readonly OwnProblem[];
  readonly services: readonly ServiceStatus[];
  readonly servers: readonly ServerStatus[];
  /** The kernel's packet marks; null: nothing is to be marked. */
  readonly marks: MarksStatus | null;
  readonly incidents: readonly IncidentStatus[];
  readonly mail: {
    readonly waiting: number;
    readonly oldestMs: number | null;
    readonly badRecipients: readonly { readonly recipient: string; readonly error: string; readonly atMs: number }[];
  };
  readonly scheduler: {
    readonly checks: number;
    readonly running: number;
    readonly missedBeats: number;
    readonly latenessP50Ms: number;
    readonly latenessP99Ms: number;
  };
}

export interface OwnProblem {
  readonly kind: 'frozen' | 'balancer' | 'store' | 'mail' | 'reference' | 'config' | 'marks' | 'weights';
  readonly text: string;
  readonly sinceMs: number;
}

export interface MarksStatus {
  /** null: not known yet. */
  readonly kind: 'nftables' | 'iptables' | null;
  readonly groups: number;
  /** Networks with a mark of their own. */
  readonly clients: number;
  readonly overrides: number;
  /** Real servers that are checked through a virtual address. */
  readonly paths: number;
  /** Since when the kernel is known to mark as it should; null: it is not. */
  readonly inSyncSinceMs: number | null;
  readonly problem: string | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
}

export interface ServiceStatus {
  readonly name: string;
  readonly key: string;
  readonly balancer: string;
  readonly scheduler: string;
  readonly persistenceS: number | null;
  readonly forward: string;
  readonly minPooled: number;
  readonly pooled: number;
  /** When the table was last read; null: not yet. */
  readonly readMs: number | null;
  readonly problem: string | null;
  readonly lastDrift: { readonly atMs: number; readonly text: string } | null;
  /** How weights follow the load; absent: they are as configured. */
  readonly balance?: { readonly by: readonly string[]; readonly everyMs: number; readonly dryRun: boolean };
  readonly places: readonly PlaceStatus[];
}

/** One line of a pool: a member, its stand-in, or a stand-in that is leaving. */
export interface PlaceStatus {
  readonly server: string;
  readonly address: string;
  readonly role: 'member' | 'backup';
  /** The member that a pooled backup stands in for, or would. */
  readonly standsInFor: string | null;
  readonly configuredWeight: number;
  /** null: not in the table. */
  readonly desiredWeight: number | null;
  readonly actualWeight: number | null;
  readonly activeConns: number;
  readonly inactiveConns: number;
  /** Pooled although failing, under law 3. */
  readonly keptFailing: boolean;
  /** Why it is where it is, one line. */
  readonly why: string;
  /** The weight that follows its load; absent where weights are as configured. */
  readonly balanced?: BalancedStatus;
  /** An operator's weight for it here; `inForce` while it gets viewers. Absent: there is none. */
  readonly pin?: Pin & { readonly inForce: boolean };
}

export interface BalancedStatus {
  /** What it should have; with a dry run, what it would. */
  readonly weight: number;
  /** The configured weight, in a scale that is fine enough. */
  readonly base: number;
  readonly multiplier: number;
  readonly dryRun: boolean;
  /** One line: what it measures, what follows from it. */
  readonly why: string;
}

export interface ServerStatus {
  readonly name: string;
  readonly address: string;
  readonly status: CheckStatus;
  readonly sinceMs: number;
  readonly hold: Hold | null;
  /** Also those that wait for a pool which is not in the configuration. Absent: there are none. */
  readonly pins?: readonly Pin[];
  readonly backups: readonly string[];
  readonly checks: readonly CheckStatusView[];
  readonly pulse: { readonly state: 'off' | 'never' | 'heard' | 'dark'; readonly rttMs: number | null };
}

export interface CheckStatusView {
  readonly monitor: string;
  readonly type: string;
  readonly status: CheckStatus;
  readonly sinceMs: number;
  readonly summary: string;
  readonly lastMs: number | null;
  readonly tookMs: number | null;
  readonly measures: Readonly<Record<string, number>>;
  /** Why the last check had no verdict, when it was `unknown`; else null. */
  readonly unknown: string | null;
  readonly tripwire: 'off' | 'armed' | 'open' | 'waiting';
}

export interface IncidentStatus {
  readonly id: string;
  readonly server: string;
  readonly status: 'overloaded' | 'fail';
  readonly openedMs: number;
  readonly summary: string;
  readonly problems: readonly Problem[];
  readonly ack: Ack | null;
}
