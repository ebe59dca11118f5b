/** The configuration as the program uses it: whole, checked, frozen. Durations are ms, names resolve. */
import type { ClientMark, PacketGroup, VipPath } from '../core/marks.ts';
import type { Forward, ServiceAddress } from '../core/table.ts';

export interface Config {
  readonly director: DirectorConfig;
  readonly servers: ReadonlyMap<string, ServerConfig>;
  readonly checks: readonly CheckConfig[];
  readonly services: ReadonlyMap<string, VirtualServiceConfig>;
  readonly classify: ClassifyConfig;
  /** One for each check of a monitor of type `vip`. */
  readonly paths: readonly VipPath[];
  readonly alerts: ReadonlyMap<string, AlertConfig>;
  readonly mail: MailConfig | null;
}

export interface DirectorConfig {
  readonly name: string;
  /** IP literals; `port` null: the pulse's own. */
  readonly references: readonly { readonly address: string; readonly port: number | null }[];
  /** Folder of the database and the control socket. */
  readonly stateDir: string;
  /** null: off. */
  readonly pulse: { readonly everyMs: number; readonly port: number } | null;
  /** The table is read and made right this often, whatever happens. */
  readonly reconcileEveryMs: number;
  /** Checks that may run at once. */
  readonly maxChecks: number;
  readonly maxChecksPerServer: number;
  readonly retention: { readonly historyMs: number; readonly backups: number };
}

/** Which packets get which mark; without groups nothing is marked. */
export interface ClassifyConfig {
  /** `auto`: what the host has, nftables first. */
  readonly backend: 'auto' | 'nftables' | 'iptables';
  /** At most one of them is by client. */
  readonly groups: readonly PacketGroup[];
  readonly clients: readonly ConfiguredClient[];
}

export interface ConfiguredClient extends ClientMark {
  /** Where it stands: `understudy.yaml:12`, `clients.csv:7`. */
  readonly where: string;
}

export interface ServerConfig {
  readonly name: string;
  readonly address: string;
  /** Names of servers that may stand in, best first. */
  readonly backups: readonly string[];
  /** May stand in for several servers at once, or while it is a member elsewhere. */
  readonly shared: boolean;
}

/** One (server, monitor) pair: what is scheduled. */
export interface CheckConfig {
  readonly server: string;
  readonly monitor: MonitorConfig;
  /** Names of the watches it comes from. */
  readonly watches: readonly string[];
  /** Names of alerts that tell people about it. */
  readonly alerts: readonly string[];
  /** Balancers whose pools obey this check; empty: it only informs. */
  readonly steers: readonly BalancerKind[];
  /** The way to the server by a virtual address, for a monitor of type `vip`; else null. */
  readonly path: VipPath | null;
}

export interface MonitorConfig {
  readonly name: string;
  readonly type: string;
  readonly timing: Timing;
  /** `drain`: overloaded means weight 0; `warn`: people are told and the table stays. */
  readonly onLimit: 'drain' | 'warn';
  readonly tripwire: boolean;
  /** As the monitor's own schema gave them. */
  readonly options: unknown;
}

export interface Timing {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retryIntervalMs: number;
  /** Bad verdicts in a row that make a status. */
  readonly fall: number;
  /** Good verdicts in a row that end it. */
  readonly rise: number;
}

export type BalancerKind = 'ipvs' | 'haproxy' | 'memory';

/** One table: the kernel's, one in memory, or that of the HAProxy at a socket. */
export type TableName = 'ipvs' | 'memory' | `haproxy ${string}`;

export function tableName({ balancer, at }: Pick<VirtualServiceConfig, 'balancer' | 'at'>): TableName {
  if (at.kind === 'haproxy') return `haproxy ${at.socket}`;
  return balancer === 'haproxy' ? 'haproxy ' : balancer;
}

export interface VirtualServiceConfig {
  readonly name: string;
  readonly balancer: BalancerKind;
  readonly at: ServiceAddress;
  readonly scheduler: string;
  readonly persistenceS: number | null;
  readonly persistencePrefix: number;
  readonly forward: Forward;
  readonly members: readonly MemberConfig[];
  readonly minPooled: { readonly count: number } | { readonly share: number };
  readonly failBack: { readonly afterMs: number } | 'manual';
  /** With HAProxy: the names of server lines that differ from those of the servers, by server. */
  readonly lines?: Readonly<Record<string, string>>;
  /** Weights follow the load; absent: they are as configured. */
  readonly balance?: BalanceConfig;
}

export interface BalanceConfig {
  /** Measures with a limit, or monitors of such. */
  readonly by: readonly string[];
  /** Weights move so often; servers are looked at three times as often. */
  readonly everyMs: number;
  /** What would be done is said, and not done. */
  readonly dryRun: boolean;
}

export interface MemberConfig {
  readonly server: string;
  readonly weight: number;
  /** Port on the real server; 0 for fwmark services. */
  readonly port: number;
  /** The member's own, or else its server's. */
  readonly backups: readonly string[];
}

export interface AlertConfig {
  readonly name: string;
  readonly type: string;
  readonly options: unknown;
  readonly rule: NoticeRule;
}

/** When people are told. The words are mon's. */
export interface NoticeRule {
  /** Failing for this long before the first notice. */
  readonly alertafterMs: number;
  /** A reminder this often while failing and not acknowledged; null: none. */
  readonly alerteveryMs: number | null;
  /** At most so many notices an incident, the recovery not counted; null: no limit. */
  readonly numalerts: number | null;
  /** A notice on recovery, if one was sent before. */
  readonly upalert: boolean;
}

export interface MailConfig {
  /** `smtp://[user[:password]@]host[:port]` or `smtps://...`, tried in order; or a folder for .eml files. */
  readonly relays: readonly string[];
  readonly folder: string | null;
  readonly from: string;
  readonly timeoutMs: number;
}
