/**
 * The words of dynamic weights. A server's weight is the operator's (its base) times a multiplier that the law learns
 * from how full the servers are, each beside the others. Times are monotonic ms.
 */

/** One thing that can be full. It is missing when its figures make no sense, and silent when it is old. */
export interface Term {
  /** As in the configuration: `cpu`, `band_out`, `subscribers`. */
  readonly name: string;
  readonly value: number;
  /** The value at which the server is full, above 0. */
  readonly limit: number;
  readonly atMs: number;
}

/** What is known of one server of the pool at a step. */
export interface ServerLoad {
  readonly server: string;
  /** The operator's weight: only the ratios between servers count. */
  readonly weight: number;
  /** Gets new viewers. Failed, drained, disabled and untested servers do not, and count for nothing here. */
  readonly pooled: boolean;
  /** Takes over from another server, whose viewers all come now, so it does not come in slowly. */
  readonly atOnce: boolean;
  /** A stand-in: its weight comes and goes with those it stands for, and must not scale all others. */
  readonly standIn: boolean;
  /** A hand's weight, in the table's scale; null: the law steers. */
  readonly pin: number | null;
  /** The weight in the table; null: not there. */
  readonly found: number | null;
  readonly terms: readonly Term[];
}

export interface WeightRange {
  readonly least: number;
  readonly most: number;
}

/** 0 is not in them: it means drained, and is never the law's. */
export const weightRanges: Readonly<Record<'ipvs' | 'haproxy', WeightRange>> = {
  /** ip_vs(4): the weight is an int, ipvsadm(8) takes 0 to 65535. */
  ipvs: { least: 1, most: 65_535 },
  /** HAProxy configuration manual, `weight`: 0 to 256. */
  haproxy: { least: 1, most: 256 },
};

export interface WeightSettings {
  /** How much of a difference is taken back at each act; see `gainFor`. */
  readonly gain: number;
  readonly range: WeightRange;
  /** A tick: `stepWeights` is called once in each. */
  readonly measureMs: number;
  /** Weights move so often, but for what cannot wait: an overload, a hand, a server that comes in. */
  readonly actMs: number;
  /** Nothing is applied: the law supposes that load would have followed the weights. */
  readonly dryRun: boolean;
}

export const defaultWeightSettings: WeightSettings = {
  gain: 0.1,
  range: weightRanges.ipvs,
  measureMs: 5000,
  actMs: 15_000,
  dryRun: false,
};

/** What the law remembers of a server, in plain values. */
export interface ServerMemory {
  /** Smoothed utilisation; null: none is known. */
  readonly smoothed: number | null;
  /** Of the last reading that was taken. */
  readonly readAtMs: number | null;
  /** When it was last heard, or first seen. */
  readonly knownAtMs: number;
  /** Readings in a row at the brink. */
  readonly brimming: number;
  readonly overloaded: boolean;
  /** What the law has learned: its multiplier among all, the largest of the pool being 1. */
  readonly share: number;
  /** The multiplier in force, on its way to `share`. */
  readonly reached: number;
  readonly base: number;
  /** The weight last asked for; null: it was not pooled. */
  readonly weight: number | null;
  readonly pinned: boolean;
  /** Had the least weight for its overload. */
  readonly relieved: boolean;
}

export interface WeightMemory {
  readonly servers: ReadonlyMap<string, ServerMemory>;
  /** null: nothing was done yet, so the table is adopted. */
  readonly actedMs: number | null;
}

export const noWeights: WeightMemory = { servers: new Map(), actedMs: null };

export type WeightState =
  | 'level'
  | 'steered'
  | 'coming in'
  /** At the least weight, so that its viewers go elsewhere. */
  | 'overloaded'
  /** Overloaded, and elsewhere is no room: it is only levelled. */
  | 'full'
  | 'panic'
  | 'held'
  | 'blind'
  | 'pinned'
  | 'alone'
  | 'out';

export interface Weighing {
  /** What it should have when pooled; never 0. */
  readonly weight: number;
  readonly multiplier: number;
  /** Smoothed; null: unknown. */
  readonly utilisation: number | null;
  /** 0.95 or more for three readings, and not yet at 0.85: worth an alert, whatever is done about it. */
  readonly overloaded: boolean;
  readonly state: WeightState;
  /** The weight asked for before, when this step changes it; null: no change. */
  readonly changedFrom: number | null;
  /** One line for `explain` and the log: the inputs, what follows from them, the weight. */
  readonly why: string;
}

export interface WeightStep {
  readonly memory: WeightMemory;
  /** In the order of the inputs. */
  readonly weights: ReadonlyMap<string, Weighing>;
  /** More than half of the pool is overloaded: it is too small, and nothing is lowered any more. */
  readonly overloadPanic: boolean;
}
