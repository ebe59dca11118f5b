/** What the store keeps, as the engine sees it. `open.ts` has the one on disk. */
import type { Incident } from '../core/incident.ts';
import type { Hold, Pin, StatusChange } from '../core/model.ts';
import type { NoticeKind } from '../plugin/plugin.ts';

/** A command given to a balancer, or a refusal, with its cause. */
export interface TableAction {
  readonly atMs: number;
  readonly service: string;
  /** As a person reads it: `add 10.10.3.29:0 weight 1`. */
  readonly command: string;
  /** Why: `edge1 fail: rtsp refused`, `drift`, `drain by anna`. */
  readonly cause: string;
  readonly incidentId: string | null;
  readonly result: 'verified' | 'refused';
  /** From the decision until the table, read back, showed it. */
  readonly tookMs: number;
  /** stderr, or what was read back instead; empty when verified. */
  readonly error: string;
}

/** A notice on its way. `email` is null until the first attempt, then fixed. */
export interface OutboxRow {
  readonly id: string;
  readonly alert: string;
  readonly recipient: string;
  readonly kind: NoticeKind;
  readonly server: string | null;
  readonly incidentId: string | null;
  /** The state the notice speaks of, for the email: the incident as it was when the notice was made. */
  readonly incident: Incident | null;
  /** For `director` and `test` notices: what to say. */
  readonly about: string;
  readonly atMs: number;
  /** Not tried before: the gathering window, or the back-off. */
  readonly notBeforeMs: number;
  readonly attempts: number;
  readonly lastError: string;
  readonly email: Email | null;
  readonly state: 'waiting' | 'delivered' | 'dead';
  readonly settledMs: number | null;
}

export interface Email {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Message-IDs of the thread before this one, oldest first. */
  readonly references: readonly string[];
}

/** What a person said of a network of clients. */
export interface ClientOrder {
  /** Canonical: `10.0.0.7`, `10.0.0.0/8`. */
  readonly network: string;
  /** null: as if the configuration did not list it. */
  readonly mark: number | null;
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
}

export type PacketFilterKind = 'nftables' | 'iptables';

/** What one decision puts on disk, in one transaction. */
export interface Batch {
  readonly changes?: readonly StatusChange[];
  /** Inserted or replaced by id. */
  readonly incidents?: readonly Incident[];
  readonly notices?: readonly OutboxRow[];
  readonly actions?: readonly TableAction[];
  /** A hold set, or lifted (null). */
  readonly holds?: readonly { readonly server: string; readonly hold: Hold | null }[];
  /** A weight pinned, or let go (null). */
  readonly pins?: readonly { readonly server: string; readonly service: string; readonly pin: Pin | null }[];
  /** An order given, or taken back (null). */
  readonly clientMarks?: readonly { readonly network: string; readonly order: ClientOrder | null }[];
  /** Whether a packet filter may hold marks of ours, so that a later run knows what to take away. */
  readonly packetFilters?: readonly { readonly kind: PacketFilterKind; readonly marks: boolean }[];
  /** Start, stop, reload, freeze, thaw, drift, acks, holds, pins: lines for the history. */
  readonly remarks?: readonly Remark[];
}

export interface Remark {
  readonly atMs: number;
  readonly kind: string;
  readonly server: string | null;
  readonly text: string;
}

export type HistoryRow =
  | ({ readonly type: 'change' } & StatusChange)
  | ({ readonly type: 'action' } & TableAction)
  | ({ readonly type: 'remark' } & Remark)
  | {
      readonly type: 'notice';
      readonly atMs: number;
      readonly alert: string;
      readonly recipient: string;
      readonly kind: NoticeKind;
      readonly server: string | null;
      readonly state: OutboxRow['state'];
      readonly attempts: number;
      readonly lastError: string;
    };

/** What was to be recorded does not fit the schema: a program error, and no retry can help. */
export class UnfitRows extends Error {
  override readonly name = 'UnfitRows';
}

/** The database of one director. All calls are synchronous; they throw with the driver's error as `cause` when the disk refuses. */
export interface Store extends Boot, Writer {
  /** Table actions of an incident, oldest first. */
  actionsOf(incidentId: string): readonly TableAction[];
  /**
   * Waiting notices that are due, the oldest first, at most one for each (alert, recipient, incident): a later one waits
   * until the earlier is settled, so that order is kept. At most `limit` for each alert, so that the backlog of one
   * does not hide those of others.
   */
  dueNotices(nowMs: number, limit: number): readonly OutboxRow[];
  /** Those that wait for the same alert, recipient and incident as this one, itself included, in order. */
  waitingWith(row: Pick<OutboxRow, 'alert' | 'recipient' | 'incidentId'>): readonly OutboxRow[];
  /** The earliest `notBeforeMs` of the notices that nothing earlier holds back, or null. */
  nextNoticeMs(): number | null;
  /** Makes notices due now that would wait beyond `latestMs`, as after the clock was set back; returns how many. */
  pullIn(latestMs: number, nowMs: number): number;
  /** Stores the outcome of an attempt, or the email before it. */
  updateNotice(id: string, change: Partial<OutboxRow>): void;
  /** A recipient that a mail server refused permanently (5xx): shown in the status, still tried for new incidents. */
  markRecipient(recipient: string, error: string | null, atMs: number): void;
  badRecipients(): readonly { readonly recipient: string; readonly error: string; readonly atMs: number }[];
  waitingNotices(): { readonly count: number; readonly oldestMs: number | null };
  /** Newest first. */
  history(query: {
    readonly server?: string;
    readonly sinceMs?: number;
    readonly limit: number;
  }): readonly HistoryRow[];
  /** Deletes up to `limit` rows that ended before `beforeMs`; true when there may be more. */
  prune(beforeMs: number, limit: number): boolean;
  /** An online copy. */
  backup(file: string): Promise<void>;
  close(): void;
}

/** What a start reads, once. */
export interface Boot {
  openIncidents(): readonly Incident[];
  /** Closed since then and reported before, but nobody was notified of the recovery. */
  untoldRecoveries(sinceMs: number): readonly Incident[];
  /** The notices of an incident, oldest first. */
  noticesOf(incidentId: string): readonly OutboxRow[];
  holds(): readonly Hold[];
  pins(): readonly Pin[];
  /** In the order in which they were given. */
  clientMarks(): readonly ClientOrder[];
  /** Those that may hold marks of ours. */
  packetFilters(): readonly PacketFilterKind[];
}

/** A commit is on disk when the call returns. */
export interface Writer {
  record(batch: Batch): void;
  /** Writes and removes a row. Throws if the disk does not answer. */
  ping(): void;
}

type Promised<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** Notices on their way. Asynchronous, so that the database can move into a worker thread. */
export type Outbox = Promised<Pick<Store, (typeof outboxCalls)[number]>>;
/** What happened. Asynchronous, for the same reason. */
export type History = Promised<Pick<Store, (typeof historyCalls)[number]>>;

/** The store as the rest of the program sees it. */
export interface StorePorts {
  readonly boot: Boot;
  readonly writer: Writer;
  readonly outbox: Outbox;
  readonly history: History;
}

const outboxCalls = [
  'noticesOf',
  'actionsOf',
  'dueNotices',
  'waitingWith',
  'nextNoticeMs',
  'pullIn',
  'updateNotice',
  'markRecipient',
  'badRecipients',
  'waitingNotices',
] as const;
const historyCalls = ['history', 'prune', 'backup'] as const;

export function portsOf(store: Store): StorePorts {
  const promised = (names: readonly (keyof Store)[]): unknown =>
    Object.fromEntries(
      names.map((name) => {
        type Call = (...args: readonly unknown[]) => unknown;
        return [name, async (...args: readonly unknown[]) => (store[name] as Call)(...args)];
      }),
    );
  return {
    boot: store,
    writer: store,
    outbox: promised(outboxCalls) as Outbox,
    history: promised(historyCalls) as History,
  };
}
