/** The current state of a director as plain values: `gather.ts` reads them, `judge.ts` judges them. */
import type { Table } from '../../core/table.ts';
import type { Device, Route } from '../host/interfaces.ts';

/** `unknown`: cannot be determined here. */
export type ModuleState = 'loaded' | 'builtin' | 'loadable' | 'missing' | 'unknown';

export interface Facts {
  readonly root: boolean;
  /** `6.1.0-18-amd64`; null: not known. */
  readonly kernel: string | null;
  readonly ipvs: IpvsFacts;
  /** IPVS schedulers, by the name that a service uses. */
  readonly schedulers: ReadonlyMap<string, ModuleState>;
  readonly programs: ReadonlySet<string>;
  /** The command that installs a package on this system: `apt-get install`. */
  readonly installer: string;
  /** By name; null: the kernel does not have the setting, or hides it. */
  readonly sysctls: ReadonlyMap<string, string | null>;
  /** Values that a file sets at the next boot. */
  readonly kept: ReadonlyMap<string, { readonly value: string; readonly file: string }>;
  /** null: ip(8) is not installed. */
  readonly devices: readonly Device[] | null;
  /** The route to each address in question. For a VIP: the route of packets with its mark, if it differs. */
  readonly routes: ReadonlyMap<string, Route | null>;
  /** True if this machine runs VRRP, so the VIP may rightly be on another machine. */
  readonly vrrp: boolean;
  /** Packet filter rules that set marks, as their programs print them; null: we lack the permission to read them. */
  readonly rules: string | null;
}

export interface IpvsFacts {
  /** Of ip_vs, if it is in the kernel: `loaded` or `builtin`. */
  readonly module: ModuleState;
  /** null: missing or unreadable. */
  readonly table: Table | null;
  /** Buckets of the connection table; null: unknown. */
  readonly buckets: number | null;
  /** Seconds; null: unknown. */
  readonly timeouts: { readonly tcp: number; readonly tcpFin: number; readonly udp: number } | null;
  readonly syncs: boolean;
}

export function isPresent({ module }: IpvsFacts): boolean {
  return module === 'loaded' || module === 'builtin';
}
