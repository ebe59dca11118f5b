/** One reading of this machine and its video server. */

/** By name, as in the report: `cpu`, `load5`, `band_out`, `publishers`, ... */
export type Figures = Readonly<Record<string, number>>;

export interface Reading {
  readonly figures: Figures;
  /** Why a figure is missing, by its name. */
  readonly missing: Readonly<Record<string, string>>;
}

/** The cause for a rate, which needs two readings. */
export const noEarlierReading = 'no earlier reading';

/** The same cause for several figures. */
export function withoutFigures(names: readonly string[], cause: string): Reading {
  return { figures: {}, missing: Object.fromEntries(names.map((name) => [name, cause])) };
}

export function merge(readings: readonly Reading[]): Reading {
  return {
    figures: Object.assign({}, ...readings.map(({ figures }) => figures)),
    missing: Object.assign({}, ...readings.map(({ missing }) => missing)),
  };
}

export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
