/** What a machine reports about itself at one point in time, from any source. Missing fields were not reported. */
export interface Facts {
  readonly cpus?: number;
  readonly loads?: Loads;
  readonly cpuTime?: CpuTime;
  /** Percent, as measured by the machine itself or by a program on it. */
  readonly busy?: number;
  /** Percent that programs cannot get without swapping. */
  readonly memory?: number;
  readonly disks?: readonly Disk[];
  readonly links?: readonly Link[];
  /** Measured by a program on the machine, for the interface that it chose. */
  readonly band?: Band;
  /** Seconds since the machine started, which resets the counters. */
  readonly upS?: number;
  /** Why a measure is missing, in the source's own words. */
  readonly missing?: Readonly<Partial<Record<What, string>>>;
}

export type What = 'cpu' | 'load' | 'bandwidth' | 'memory' | 'disk';

export interface Loads {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
}

/** CPU seconds of all CPUs together since the machine started. */
export interface CpuTime {
  readonly busyS: number;
  readonly totalS: number;
}

export interface Disk {
  /** The mount point; null: the fullest of those that the source examines. */
  readonly path: string | null;
  /** Percent of the space available to users other than root, if the source distinguishes them. */
  readonly used: number;
  /** Percent of the inodes, for file systems with a fixed number of them. */
  readonly inodes?: number;
}

/** An interface and its counters. */
export interface Link {
  readonly name: string;
  readonly received: number;
  readonly sent: number;
  /** The counters wrap to 0 after this many octets; absent for 64-bit counters. */
  readonly wrapsAt?: number;
  /** Mbit/s, if known. */
  readonly speed?: number;
  /** True if it has the server's configured address, or the default route. */
  readonly isChosen?: boolean;
  /** True for loopback and for interfaces that are down. */
  readonly isIdle?: boolean;
}

/** Mbit/s. */
export interface Band {
  readonly in: number;
  readonly out: number;
}
