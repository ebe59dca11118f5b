/** Clients and their marks in the API. */

/** One network that the configuration or an operator lists. */
export interface ClientRow {
  /** Canonical: `192.168.7.0/24`, `192.168.7.21`. */
  readonly network: string;
  /** null: unset manually, and so marked as if it were not listed. */
  readonly mark: number | null;
  /** The virtual service with that mark; null: none. */
  readonly service: string | null;
  readonly override: ClientOverride | null;
  /** The entry of the configuration, also where an override applies. */
  readonly configured: { readonly mark: number; readonly where: string } | null;
}

export interface ClientOverride {
  readonly by: string;
  readonly atMs: number;
  readonly why: string;
}

/** Overrides first, in the order in which they were set; then the configuration, in its order. */
export interface ClientList {
  /** Another number when anything has changed since another page was read. */
  readonly version: number;
  readonly total: number;
  readonly overrides: number;
  /** The mark of clients that are not listed; null: they get none. */
  readonly defaultMark: number | null;
  /** Networks in use with each mark, the lowest mark first. */
  readonly marks: readonly { readonly mark: number; readonly service: string | null; readonly networks: number }[];
  /** False: there is no group by client, so that the list decides nothing. */
  readonly inUse: boolean;
  readonly rows: readonly ClientRow[];
}

/** The mark of a client, and why. */
export interface ClientMarkView {
  readonly mark: number | null;
  /** The longest listed network that contains it; null: there is none, and `mark` is the default. */
  readonly listed: ClientRow | null;
}

export interface FoundClient extends ClientMarkView {
  /** The network that was asked for, in canonical form. */
  readonly client: string;
  /** Was unset manually; the longest such network. */
  readonly unset: ClientRow | null;
  /** Listed networks inside the one that was asked for. */
  readonly inside: number;
  /** The packet groups that its packets can be in. */
  readonly groups: readonly ClientGroup[];
}

export interface ClientGroup {
  /** `10.10.3.30 tcp 1935,8080`. */
  readonly packets: string;
  readonly byClient: boolean;
  readonly mark: number | null;
  /** The virtual service with that mark; null: none. */
  readonly service: string | null;
  /** Real servers that take new viewers there now; null: the table was not read. */
  readonly pooled: readonly { readonly server: string; readonly address: string; readonly weight: number }[] | null;
}

export interface ClientChange {
  readonly client: string;
  readonly before: ClientMarkView;
  readonly now: ClientMarkView;
  /** The virtual service with the mark it has now; null: none. */
  readonly service: string | null;
  /** Until the packet filter applied it. */
  readonly tookMs: number;
  /** Why it is not on disk, so that it would be lost if the daemon ended now; null: it is. */
  readonly unsaved: string | null;
}

/** `GET /clients` gives so many rows at most. */
export const clientRowLimit = { fallback: 100, max: 10_000 } as const;
