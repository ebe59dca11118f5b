/** The configuration as the program uses it: complete, checked, frozen. Durations are in ms, and all names exist. */
import type { VipPath } from '../core/marks.ts';
import type { AlertConfig } from './sections/alerts.ts';
import type { ClassifyConfig } from './sections/classify/groups.ts';
import type { DirectorConfig } from './sections/director.ts';
import type { MailConfig } from './sections/mail.ts';
import type { ServerConfig } from './sections/servers.ts';
import type { VirtualServiceConfig } from './sections/services/services.ts';
import type { CheckConfig } from './sections/watches.ts';

export type { AlertConfig, BalancerKind, NoticeRule } from './sections/alerts.ts';
export type { ClassifyConfig, ConfiguredClient } from './sections/classify/groups.ts';
export type { DirectorConfig } from './sections/director.ts';
export type { MailConfig } from './sections/mail.ts';
export type { MonitorConfig, Timing } from './sections/monitors/monitors.ts';
export type { ServerConfig } from './sections/servers.ts';
export type { BalanceConfig } from './sections/services/balance.ts';
export type { MemberConfig, VirtualServiceConfig } from './sections/services/services.ts';
export type { CheckConfig } from './sections/watches.ts';

export interface Config {
  readonly director: DirectorConfig;
  readonly servers: ReadonlyMap<string, ServerConfig>;
  readonly checks: readonly CheckConfig[];
  readonly services: ReadonlyMap<string, VirtualServiceConfig>;
  readonly classify: ClassifyConfig;
  /** Several for each check of a monitor of type `vip`. */
  readonly paths: readonly VipPath[];
  readonly alerts: ReadonlyMap<string, AlertConfig>;
  readonly mail: MailConfig | null;
}

/** One table: the kernel's, one in memory, or that of the HAProxy at a socket. */
export type TableName = 'ipvs' | 'memory' | `haproxy ${string}`;

export function tableName({ balancer, at }: Pick<VirtualServiceConfig, 'balancer' | 'at'>): TableName {
  if (at.kind === 'haproxy') return `haproxy ${at.socket}`;
  return balancer === 'haproxy' ? 'haproxy ' : balancer;
}
