/** What a director is like now, as plain values. `gather.ts` reads them, `judge.ts` thinks about them. */
import type { Table } from '../../core/table.ts';
import type { Device, Route } from '../host/interfaces.ts';

/** `unknown`: nothing here can tell. */
export type ModuleState = 'loaded' | 'builtin' | 'loadable' | 'missing' | 'unknown';

export interface Facts {
  readonly root: boolean;
  /** `6.1.0-18-amd64`; null: not known. */
  readonly kernel: string | null;
  readonly ipvs: IpvsFacts;
  /** Schedulers by the name that a service has for them. */
  readonly schedulers: ReadonlyMap<string, ModuleState>;
  readonly programs: ReadonlySet<string>;
  /** How this system installs a package: `apt-get install`. */
  readonly installer: string;
  /** By name; null: the kernel has no such setting, or hides it. */
  readonly sysctls: ReadonlyMap<string, string | null>;
  /** What the next boot sets, where a file says so. */
  readonly kept: ReadonlyMap<string, { readonly value: string; readonly file: string }>;
  /** null: ip(8) is not there. */
  readonly devices: readonly Device[] | null;
  /** To each address asked about. For a VIP: as packets with its mark go, if they do so in another way. */
  readonly routes: ReadonlyMap<string, Route | null>;
  /** Something on this machine does VRRP, so that the VIP may be elsewhere for good reason. */
  readonly vrrp: boolean;
  /** Rules of the packet filters that set marks, as their programs list them; null: we may not see them. */
  readonly rules: string | null;
}

export interface IpvsFacts {
  /** Of ip_vs, if it is in the kernel: `loaded` or `builtin`. */
  readonly module: ModuleState;
  /** null: it is not there, or cannot be read. */
  readonly table: Table | null;
  /** Buckets of the connection table; null: not known. */
  readonly buckets: number | null;
  /** Seconds; null: not known. */
  readonly timeouts: { readonly tcp: number; readonly tcpFin: number; readonly udp: number } | null;
  readonly syncs: boolean;
}

export function isPresent({ module }: IpvsFacts): boolean {
  return module === 'loaded' || module === 'builtin';
}
