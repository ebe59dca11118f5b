/**
 * The one API, as JSON over the control socket: for the command line, scripts and the page.
 * Times are ms since the epoch. A refusal is `{ "error": "one clear line" }` with status 4xx.
 *
 *   GET  /status                      Status
 *   GET  /history?server=&since=&limit=   HistoryRow[] (since: ms since the epoch)
 *   GET  /servers/:server/explanation     Explanation
 *   GET  /table                       TableView[]
 *   GET  /events                      server-sent events: one `status` event a change
 *   POST /servers/:server/hold        HoldRequest -> Hold
 *   POST /servers/:server/enable      { by, why } -> { lifted: Hold | null }
 *   POST /servers/:server/ack         { by, why } -> Incident
 *   POST /servers/:server/probe       { monitor? } -> ProbeResult[]
 *   GET  /clients?from=&limit=        ClientList
 *   GET  /clients/:network            FoundClient
 *   POST /clients/:network            { mark, by, why } -> ClientChange
 *   DELETE /clients/:network?by=&why= ClientChange
 *   POST /alerts/:alert/test          {} -> { notices: number }
 *   POST /reload                      {} -> ReloadResult
 *   POST /backup                      { file } -> { file, bytes }
 */
import type { Ack, Trouble } from '../core/incident.ts';
import type { Status as CheckStatus, Hold } from '../core/model.ts';
import type { Entry } from '../core/table.ts';
import type { HistoryRow } from '../store/store.ts';
import type { ClientChange, ClientHand, ClientList, FoundClient } from './clients.ts';

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
  /** Our own trouble, each one plain line: frozen tables, a balancer or store that refuses, unsent mail, a silent reference. */
  readonly troubles: readonly OwnTrouble[];
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

export interface OwnTrouble {
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
  readonly byHand: number;
  /** Real servers that are checked through a virtual address. */
  readonly paths: number;
  /** Since when the kernel is known to mark as it should; null: it is not. */
  readonly rightSinceMs: number | null;
  readonly trouble: string | null;
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
  readonly trouble: string | null;
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
  /** What its load made of its weight; absent where weights are as configured. */
  readonly balanced?: BalancedStatus;
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
  /** Why the last check said nothing, when it was `unknown`; else null. */
  readonly unknown: string | null;
  readonly tripwire: 'off' | 'armed' | 'open' | 'waiting';
}

export interface IncidentStatus {
  readonly id: string;
  readonly server: string;
  readonly status: 'overloaded' | 'fail';
  readonly openedMs: number;
  readonly summary: string;
  readonly troubles: readonly Trouble[];
  readonly ack: Ack | null;
}

export interface Explanation {
  readonly server: ServerStatus;
  readonly pools: readonly {
    readonly service: string;
    readonly role: 'member' | 'backup';
    readonly inTable: boolean;
    readonly weight: number | null;
    /** The chain of reasons, first cause first. */
    readonly because: readonly string[];
    /** Which packets get the service's mark, one line each; empty: it has none, or nobody sets it. */
    readonly reachedBy: readonly string[];
  }[];
  readonly recent: readonly HistoryRow[];
}

export interface TableView {
  readonly service: string;
  readonly key: string;
  readonly desired: readonly Entry[];
  /** null: the table could not be read, or has no such service. */
  readonly actual: readonly (Entry & { readonly activeConns: number; readonly inactiveConns: number })[] | null;
  /** What would be done now, as a person reads it; empty: they agree. */
  readonly plan: readonly string[];
  readonly trouble: string | null;
}

export interface HoldRequest {
  readonly kind: 'drain' | 'disable';
  readonly forMs: number | null;
  readonly why: string;
  readonly by: string;
}

export interface ProbeResult {
  readonly server: string;
  readonly address: string;
  readonly monitor: string;
  readonly type: string;
  readonly status: 'ok' | 'overloaded' | 'fail' | 'unknown';
  readonly summary: string;
  readonly detail: string;
  readonly measures: Readonly<Record<string, number>>;
  readonly tookMs: number;
  readonly phases: readonly { readonly name: string; readonly atMs: number }[];
  readonly conversation: readonly {
    readonly atMs: number;
    readonly direction: 'sent' | 'received' | 'note';
    readonly text: string;
  }[];
}

export interface ReloadResult {
  readonly changed: readonly string[];
  /** What is allowed and yet hardly meant, and what waits for a restart. */
  readonly warnings?: readonly string[];
}

/** What the API asks of the daemon. Throws Refusal for what a person may not do or named wrongly. */
export interface Control {
  status(): Status;
  history(query: {
    readonly server?: string;
    readonly sinceMs?: number;
    readonly limit: number;
  }): readonly HistoryRow[];
  explain(server: string): Explanation;
  table(): Promise<readonly TableView[]>;
  hold(server: string, request: HoldRequest): Promise<Hold>;
  enable(server: string, by: string, why: string): Promise<{ readonly lifted: Hold | null }>;
  ack(server: string, by: string, why: string): IncidentStatus;
  /** `limit` rows from the one at `from`, counted from 0. */
  clients(from: number, limit: number): ClientList;
  findClient(network: string): FoundClient;
  setClient(network: string, mark: number, hand: Omit<ClientHand, 'atMs'>): Promise<ClientChange>;
  unsetClient(network: string, hand: Omit<ClientHand, 'atMs'>): Promise<ClientChange>;
  probe(server: string, monitor: string | null): Promise<readonly ProbeResult[]>;
  testAlert(alert: string): { readonly notices: number };
  reload(): Promise<ReloadResult>;
  backup(file: string): Promise<{ readonly file: string; readonly bytes: number }>;
  /** Calls back after each change of what `status` would say; returns how to stop. */
  onChange(callback: () => void): () => void;
}

/** Refused, with one clear line; `notFound` when the name is unknown. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly notFound: boolean;
  constructor(message: string, notFound = false) {
    super(message);
    this.notFound = notFound;
  }
}
