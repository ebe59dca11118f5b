/**
 * The one API, as JSON over the control socket: for the command line, scripts and the page.
 * Times are ms since the epoch. A refusal is `{ "error": "one clear line" }` with status 4xx.
 *
 *   GET  /status                      Status
 *   GET  /history?server=&since=&limit=   HistoryRow[] (since: ms since the epoch)
 *   GET  /servers/:server/explanation     Explanation
 *   GET  /table                       TableView[]
 *   GET  /events                      server-sent events: one `status` event a change
 *   POST /servers/:server/hold        HoldRequest -> Ordered<Hold>
 *   POST /servers/:server/enable      { by, why } -> Ordered<{ lifted: Hold | null }>
 *   POST /servers/:server/pin         PinRequest -> Ordered<Pinned>
 *   POST /servers/:server/unpin       { service?, by, why } -> Ordered<{ lifted: Pin[] }>
 *   POST /servers/:server/ack         { by, why } -> Ordered<IncidentStatus>
 *   POST /servers/:server/probe       { monitor? } -> ProbeResult[]
 *   GET  /clients?from=&limit=        ClientList
 *   GET  /clients/:network            FoundClient
 *   POST /clients/:network            { mark, by, why } -> ClientChange
 *   DELETE /clients/:network?by=&why= ClientChange
 *   POST /alerts/:alert/test          {} -> { notices: number }
 *   POST /reload                      {} -> ReloadResult
 *   POST /backup                      { file } -> { file, bytes }
 */
import type { Hold, Pin } from '../core/model.ts';
import type { Entry } from '../core/table.ts';
import type { HistoryRow } from '../store/store.ts';
import type { ClientChange, ClientList, ClientOverride, FoundClient } from './clients.ts';
import type { IncidentStatus, ServerStatus, Status } from './status.ts';

export type * from './status.ts';

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
  readonly desired: readonly DesiredEntry[];
  /** null: the table could not be read, or has no such service. */
  readonly actual: readonly (Entry & { readonly activeConns: number; readonly inactiveConns: number })[] | null;
  /** What would be done now, as a person reads it; empty: they agree. */
  readonly plan: readonly string[];
  readonly problem: string | null;
}

/** `pinned`: its weight is a hand's. */
export type DesiredEntry = Entry & { readonly pinned?: true };

export interface PinRequest {
  /** As the table has it, from 1. */
  readonly weight: number;
  /** null: each pool of which the server is a member. */
  readonly service: string | null;
  readonly forMs: number | null;
  readonly why: string;
  readonly by: string;
}

export interface Pinned {
  readonly pins: readonly Pin[];
  /** What keeps them from what may be expected of them, one line each. */
  readonly notes: readonly string[];
}

export interface HoldRequest {
  readonly kind: 'drain' | 'disable';
  readonly forMs: number | null;
  readonly why: string;
  readonly by: string;
}

/** The answer to an order that was carried out. */
export type Ordered<T> = T & {
  /** Why it is not on disk, so that it would be lost if the daemon ended now; null: it is. */
  readonly unsaved: string | null;
};

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

/** What a reader may ask. Throws Refusal for an unknown name. */
export interface Views {
  status(): Status;
  history(query: {
    readonly server?: string;
    readonly sinceMs?: number;
    readonly limit: number;
  }): Promise<readonly HistoryRow[]>;
  explain(server: string): Promise<Explanation>;
  table(): Promise<readonly TableView[]>;
  /** `limit` rows from the one at `from`, counted from 0. */
  clients(from: number, limit: number): ClientList;
  findClient(network: string): FoundClient;
  /** Calls back after each change of what `status` would return; returns how to stop. */
  onChange(callback: () => void): () => void;
}

/** What an operator may order. Throws Refusal for what is not allowed and for an unknown name. */
export interface Orders {
  hold(server: string, request: HoldRequest): Promise<Ordered<Hold>>;
  enable(server: string, by: string, why: string): Promise<Ordered<{ readonly lifted: Hold | null }>>;
  pin(server: string, request: PinRequest): Promise<Ordered<Pinned>>;
  /** `service` null: in all pools. */
  unpin(
    server: string,
    service: string | null,
    by: string,
    why: string,
  ): Promise<Ordered<{ readonly lifted: readonly Pin[] }>>;
  ack(server: string, by: string, why: string): Ordered<IncidentStatus>;
  setClient(network: string, mark: number, author: Omit<ClientOverride, 'atMs'>): Promise<ClientChange>;
  unsetClient(network: string, author: Omit<ClientOverride, 'atMs'>): Promise<ClientChange>;
  /** Runs checks now; `monitor` null: all of the server. */
  probe(server: string, monitor: string | null): Promise<readonly ProbeResult[]>;
  testAlert(alert: string): { readonly notices: number };
  reload(): Promise<ReloadResult>;
  backup(file: string): Promise<{ readonly file: string; readonly bytes: number }>;
}

/** Everything that people and programs may ask of the daemon. */
export interface Control extends Views, Orders {}

/** An order or a question that is refused, with one clear line; `notFound`: the name is unknown. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly notFound: boolean;
  constructor(message: string, notFound = false) {
    super(message);
    this.notFound = notFound;
  }
}
