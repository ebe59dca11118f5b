/** What a machine says of itself at one moment, whoever was asked. What is not there, it did not say. */
export interface Facts {
  readonly cpus?: number;
  readonly loads?: Loads;
  readonly cpuTime?: CpuTime;
  /** Percent that the machine, or a program on it, measured by itself. */
  readonly busy?: number;
  /** Percent that no program could get without swapping. */
  readonly memory?: number;
  readonly disks?: readonly Disk[];
  readonly links?: readonly Link[];
  /** Of the interface that a program on the machine chose, and measured by it. */
  readonly band?: Band;
  /** Seconds since the machine started; counters begin anew with it. */
  readonly upS?: number;
  /** Why a measure is not there, in the source's own words. */
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
  /** Where it is mounted; null: the fullest of those that the source looks at. */
  readonly path: string | null;
  /** Percent, of what those who are not root can have where the source tells them apart. */
  readonly used: number;
  /** Percent of the inodes, where the file system has a fixed number of them. */
  readonly inodes?: number;
}

/** An interface and its counters. */
export interface Link {
  readonly name: string;
  readonly received: number;
  readonly sent: number;
  /** The counters begin at 0 again after so many octets; absent for those of 64 bits. */
  readonly wrapsAt?: number;
  /** Mbit/s, where it is known. */
  readonly speed?: number;
  /** It has the address that the server is known by, or the default route. */
  readonly isChosen?: boolean;
  /** Not the way to anybody: loopback, or down. */
  readonly isIdle?: boolean;
}

/** Mbit/s. */
export interface Band {
  readonly in: number;
  readonly out: number;
}
